"""The pictures of a batch as tasks of a cluster: those of `redraw.batch`, in plain values."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from redraw.batch.places import absolute, is_remote
from redraw.batch.task import Done, Settings, Task, carry_out, done_from, plain, task_from
from redraw.batch.workers import BYTES_PER_PIXEL, OWN_BYTES
from redraw.cluster.joining import AHEAD, RETRIES, joined


def crew_on(address: str) -> "Callable[[Settings, int, Callable[[], bool]], RayCrew]":
    """What `redraw.batch.batch.Batch` takes as its crew.

    Args:
        address: Of a cluster ("host:port", "ray://host:port", "auto"); "local" starts one here.
    """

    def make(settings: Settings, jobs: int, stopped: Callable[[], bool]) -> RayCrew:
        return RayCrew(settings, address, jobs, stopped)

    return make


class RayCrew:
    """Carries out tasks on a Ray cluster.

    Args:
        settings: Of all tasks.
        address: As of `crew_on`.
        jobs: Tasks at once on a cluster that is started here.
        stopped: Asked between tasks; once true, no further ones are begun.

    Raises:
        UsageError: Ray is not installed, or the address is none.
        RunError: the cluster does not answer, or refuses.
    """

    threads = 1

    def __init__(
        self, settings: Settings, address: str, jobs: int, stopped: Callable[[], bool]
    ) -> None:
        self._stopped, self._settings = stopped, plain(settings)
        self._ray = joined(address, jobs)
        self._gpu = str(settings.options.get("device", "")).startswith("cuda")
        self._under_way: dict[Any, Task] = {}
        self._remote = self._ray.remote(max_retries=RETRIES, retry_exceptions=False)(_carried_out)
        self._sent = self._ray.put(self._settings)

    def outcomes(
        self, tasks: Iterator[tuple[Task, int | None]], begun: Callable[[Task], None]
    ) -> Iterator[Done]:
        """Carry out tasks; see `redraw.batch.workers.Workers.outcomes`."""
        more = True
        while True:
            while more and not self._stopped() and len(self._under_way) < self._room():
                following = next(tasks, None)
                if following is None:
                    more = False
                    break
                task, pixels = following
                begun(task)
                self._under_way[self._handed(task, pixels)] = task
            if not self._under_way or self._stopped():
                return
            ready, _ = self._ray.wait(list(self._under_way), num_returns=1, timeout=0.2)
            for one in ready:
                yield self._came(one, self._under_way.pop(one))

    def close(self) -> None:
        """End what is under way, and leave the cluster."""
        for one in self._under_way:
            self._ray.cancel(one, force=True)
        self._under_way.clear()
        self._ray.shutdown()

    def _room(self) -> int:
        """Tasks that may be under way: machines come and go."""
        return max(1, AHEAD * int(self._ray.cluster_resources().get("CPU", 1)))

    def _handed(self, task: Task, pixels: int | None) -> Any:
        # Paths mean the same everywhere; a task that is done twice, for its machine was lost
        # before it could say so, puts the same file in the same place.
        sent = replace(
            task,
            source=absolute(task.source) if not is_remote(task.source) else task.source,
            working="",
            force=True,
            threads=1,
        )
        need = OWN_BYTES + BYTES_PER_PIXEL * (pixels or 4_000_000)
        options: dict[str, Any] = {"num_cpus": 1, "memory": need}
        if self._gpu:
            options["num_gpus"] = 1
        return self._remote.options(**options).remote(plain(sent), self._sent)

    def _came(self, one: Any, task: Task) -> Done:
        try:
            return done_from(self._ray.get(one))
        except self._ray.exceptions.RayError as error:
            said = " ".join(str(error).split())[:200]
            return Done(task.place, f"its machine was lost {RETRIES + 1} times: {said}")


def _carried_out(task: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """A task, on whichever machine it is."""
    return plain(carry_out(task_from(task), Settings(**settings)))

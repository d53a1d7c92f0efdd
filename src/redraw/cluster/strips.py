"""The strips of one large picture as tasks of a cluster whose machines share a folder."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from redraw.cluster.joining import AHEAD, RETRIES, joined
from redraw.engines.threads import usable_threads
from redraw.errors import RedrawError, RunError, UsageError

if TYPE_CHECKING:
    from redraw.fitting.large.fit import LargeFit
    from redraw.fitting.large.passes import Job, Work


class RayStrips:
    """Carries out the strips of one large picture on a cluster, whose machines share its folder.

    Args:
        address: As of `crew_on`.
        fit: Whose strips they are.

    Raises:
        UsageError: the picture lies in memory, where no other machine can read it.
    """

    def __init__(self, address: str, fit: "LargeFit") -> None:
        if fit.source.place is None:
            raise UsageError(f"{fit.source.name} lies in memory; name a file to fit it with --ray")
        self._place = fit.source.place
        self._ray = joined(address, usable_threads())
        remote = self._ray.remote(max_retries=RETRIES, retry_exceptions=False, num_cpus=1)
        self._remote = remote(_strip_done)
        self._under_way: dict[Any, int] = {}

    def carried_out(
        self, job: "Job", work: "Work", level: int, strips: range
    ) -> Iterator[tuple[int, Any]]:
        """As of `redraw.fitting.large.passes.Crew`."""
        job = replace(job, folder=job.folder.absolute())
        sent, left = self._ray.put((job, work, self._place)), list(strips)
        done: dict[int, Any] = {}
        for strip in strips:
            while strip not in done:
                room = AHEAD * int(self._ray.cluster_resources().get("CPU", 1))
                while left and len(self._under_way) + len(done) < max(1, room):
                    following = left.pop(0)
                    self._under_way[self._remote.remote(sent, level, following)] = following
                ready, _ = self._ray.wait(list(self._under_way), num_returns=1, timeout=0.2)
                for one in ready:
                    done[self._under_way.pop(one)] = self._came(one)
            yield strip, done.pop(strip)

    def _came(self, one: Any) -> Any:
        try:
            found = self._ray.get(one)
        except self._ray.exceptions.RayError as error:
            said = " ".join(str(error).split())[:200]
            raise RunError(
                f"a machine was lost {RETRIES + 1} times: {said}; what is finished is kept, and the"
                " same command goes on"
            ) from None
        if isinstance(found, RedrawError):
            raise found
        return found

    def close(self) -> None:
        """End what is under way, and leave the cluster."""
        for one in self._under_way:
            self._ray.cancel(one, force=True)
        self._ray.shutdown()


def _strip_done(sent: "tuple[Job, Work, tuple[str, int | None]]", level: int, strip: int) -> Any:
    """One strip, on whichever machine it is; an error is what came of it."""
    from redraw.signals.large.opening import strips_of

    job, work, place = sent
    try:
        with contextlib.closing(strips_of(*place)) as source, ThreadPoolExecutor(1) as pool:
            return work(job, level, strip, job.read(level, strip, source.rows), pool)
    except RedrawError as error:
        return error

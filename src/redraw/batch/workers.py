"""Several processes that carry out tasks, and how many of them at once.

Each takes one task at a time. A process that dies takes its task with it, which is told as failed,
and another takes its place: nothing that a picture does ends the others.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator

from redraw.batch.task import Done, Settings, Task, done_from, plain
from redraw.engines.threads import usable_threads
from redraw.errors import RunError, UsageError

# What a fit holds besides its picture, and for each of the picture's values, in bytes: the most
# that was measured of the presets for pictures (`python -m benchmarks.growth`).
OWN_BYTES, BYTES_PER_PIXEL = 400 << 20, 3 * 4 * 6
# Seconds until a request to stop is noticed.
NOTICE = 0.1
# Share of the free memory that fits may take together.
SHARE = 0.7


def jobs_of(asked: int | None, name: str = "jobs") -> int:
    """How many processes at once: as many as were asked for, or one for each core.

    Raises:
        UsageError: it is no such number.
    """
    if asked is not None and asked < 1:
        raise UsageError(f"{name} is {asked}; accepted: whole numbers from 1")
    return asked or usable_threads()


class Workers:
    """Processes that carry out tasks.

    Args:
        settings: Of all tasks.
        jobs: Processes; each gets an equal share of the cores.
        stopped: Asked between tasks; once true, no further ones are begun.
    """

    def __init__(self, settings: Settings, jobs: int, stopped: Callable[[], bool]) -> None:
        self._settings, self._stopped = settings, stopped
        self._jobs = jobs
        self._heard: queue.Queue[tuple[int, Done | None]] = queue.Queue()
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._names = 0

    def outcomes(
        self, tasks: Iterator[tuple[Task, int | None]], begun: Callable[[Task], None]
    ) -> Iterator[Done]:
        """Carry out tasks; gives what came of each as it is done.

        Args:
            tasks: With the pixels of each, or None if that is not known. Asked for one at a time.
            begun: Called before a task is.
        """
        free: deque[int] = deque()
        at_work: dict[int, tuple[Task, int]] = {}
        waiting: tuple[Task, int | None] | None = None
        room = _memory()
        more = True
        while True:
            while more and not self._stopped():
                if waiting is None:
                    waiting = next(tasks, None)
                    if waiting is None:
                        more = False
                        break
                task, pixels = waiting
                need = OWN_BYTES + BYTES_PER_PIXEL * (pixels or 4_000_000)
                taken = sum(bytes_ for _, bytes_ in at_work.values())
                if at_work and taken + need > room:
                    break  # until another one gives its memory back
                if not free:
                    if len(self._processes) >= self._jobs:
                        break
                    free.append(self._start())
                name = free.popleft()
                begun(task)
                at_work[name] = task, need
                waiting = None
                self._send(name, task)
            if not at_work:
                return
            try:
                name, done = self._heard.get(timeout=NOTICE)
            except queue.Empty:
                if self._stopped():
                    return  # those under way are left; `close` ends them
                continue
            if name not in at_work:
                if done is None and name in self._processes:
                    _ended(self._processes.pop(name))
                continue
            task, _ = at_work.pop(name)
            if done is None:
                code = _ended(self._processes.pop(name))
                done = Done(task.place, f"its process ended {_how(code)}")
            else:
                free.append(name)
            yield done

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        for process in self._processes.values():
            process.kill()
        while self._processes:
            _ended(self._processes.popitem()[1])

    def _start(self) -> int:
        self._names += 1
        name = self._names
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "redraw.batch.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env={**os.environ, "OMP_NUM_THREADS": str(self.threads)},
            )
        except OSError as error:
            raise RunError(f"can't start a process to fit with: {error.strerror}") from error
        self._processes[name] = process
        threading.Thread(target=self._hear, args=(name, process), daemon=True).start()
        self._write(process, plain(self._settings))
        return name

    @property
    def threads(self) -> int:
        """CPU threads of each process."""
        return max(1, usable_threads() // self._jobs)

    def _send(self, name: int, task: Task) -> None:
        self._write(self._processes[name], plain(task))

    def _write(self, process: "subprocess.Popen[str]", data: dict[str, object]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it has ended: `_hear` tells
            process.stdin.write(json.dumps(data) + "\n")
            process.stdin.flush()

    def _hear(self, name: int, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):  # a line that was cut short
            for line in process.stdout:
                answer = json.loads(line)
                if "ready" not in answer:
                    self._heard.put((name, done_from(answer)))
        self._heard.put((name, None))


def _ended(process: "subprocess.Popen[str]") -> int:
    """Wait for a process that ends, and give back its pipes; its exit code."""
    code = process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    return code


def _how(code: int) -> str:
    if code < 0:
        import signal

        try:
            said = signal.Signals(-code).name
        except ValueError:
            said = f"signal {-code}"
        why = " (perhaps for want of memory)" if code == -9 else ""
        return f"by {said}{why}"
    return f"with status {code}"


def _memory() -> int:
    """Bytes that fits may take together."""
    with (
        contextlib.suppress(OSError, ValueError),
        open("/proc/meminfo", encoding="ascii") as file,
    ):
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(SHARE * 1024 * int(line.split()[1]))
    try:
        return int(SHARE * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return 4 << 30

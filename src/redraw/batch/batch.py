"""A batch: what is left to do of it, doing it, and what came of each picture.

Ends on its own, on Ctrl-C, in a crash or with a full disk: the same command goes on from there. A
picture counts as finished if its line in the manifest says so for the same settings and the same
input, and its field file is there.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from redraw.batch.inputs import Item
from redraw.batch.manifest import NAME, Entry, Manifest
from redraw.batch.places import (
    absolute,
    is_remote,
    joined,
    local,
    mark,
    put,
    reached,
    retrieve,
    stamp_of,
)
from redraw.batch.task import Done, Settings, Task
from redraw.batch.workers import Workers, jobs_of
from redraw.errors import OutputError

# Seconds between copies of the manifest to shared storage.
SHARED_EVERY = 60.0


@dataclass(frozen=True)
class Outcome:
    """What came of one picture.

    Attributes:
        item: The picture.
        entry: Its line in the manifest.
        skipped: It was finished before, and nothing was done now.
    """

    item: Item
    entry: Entry
    skipped: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is no field of it."""
        return self.entry.state == "failed"


class Crew(Protocol):
    """Whoever carries out tasks: processes of this machine, or those of a cluster."""

    @property
    def threads(self) -> int:
        """CPU threads of each task."""
        ...

    def outcomes(
        self, tasks: Iterator[tuple[Task, int | None]], begun: Callable[[Task], None]
    ) -> Iterator[Done]:
        """Carry out tasks; see `redraw.batch.workers.Workers.outcomes`."""
        ...

    def close(self) -> None:
        """Give back what it holds."""


class Batch:
    """A batch over pictures that lie on a disk.

    Args:
        items: The pictures.
        settings: What is asked of each.
        folder: Where results and manifest go.
        jobs: Processes at once; by default one per core.
        retry: Try again what failed before with the same settings.
        force: Fit again what is finished, and replace files that this batch did not make.
        crew: Makes what carries out the tasks; by default processes of this machine.

    Raises:
        UsageError: there is no such number of jobs, or the folder can't be reached.
        RunError: another command fits into the folder.
        OutputError: the folder can't be written, or a file is there that no batch made.
    """

    def __init__(
        self,
        items: Sequence[Item],
        settings: Settings,
        folder: str | os.PathLike[str],
        *,
        jobs: int | None = None,
        retry: bool = False,
        force: bool = False,
        crew: Callable[[Settings, int, Callable[[], bool]], Crew] = Workers,
    ) -> None:
        self.items, self.settings, self.folder = list(items), settings, os.fspath(folder)
        self.jobs = jobs_of(jobs)
        home = home_of(self.folder)
        if is_remote(self.folder) and not (home / NAME).exists():
            reached(self.folder)
            home.mkdir(parents=True, exist_ok=True)
            retrieve(joined(self.folder, NAME), home / NAME)
        self.manifest = Manifest(home)
        self._shared = time.monotonic()
        self._crew, self._stop = crew, False
        self._digest = settings.digest
        self._force = force
        self.finished: list[Outcome] = []
        self.left: list[Item] = []
        try:
            for item in self.items:
                outcome = None if force else self._before(item, retry=retry)
                if outcome is None:
                    self.left.append(item)
                else:
                    self.finished.append(outcome)
        except BaseException:
            self.manifest.close()
            raise

    def stop(self) -> None:
        """Begin no further picture, and leave those that are under way; safe from threads."""
        self._stop = True

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stop

    def outcomes(self) -> Iterator[Outcome]:
        """Do what is left; gives what came of each picture as it is done.

        Raises:
            OutputError: the disk is full or the manifest can't be written; what is finished stays.
        """
        jobs = max(1, min(self.jobs, len(self.left)))
        crew = self._crew(self.settings, jobs, lambda: self._stop)
        places = dict(enumerate(self.left))
        before: dict[int, tuple[int, int] | None] = {}

        def tasks() -> Iterator[tuple[Task, int | None]]:
            for place, item in places.items():
                yield (
                    Task(
                        place,
                        item.source,
                        absolute(item.output),
                        str(self.manifest.working.absolute()),
                        force=self._force or stamp_of(item.output) is not None,
                        threads=crew.threads,
                    ),
                    pixels_of(item.source),
                )

        def begun(task: Task) -> None:
            item = places[task.place]
            before[task.place] = stamp_of(item.output)
            self.manifest.add(
                replace(
                    self._entry(item),
                    input=stamp_of(item.source),
                    before=before[task.place],
                )
            )

        try:
            for done in crew.outcomes(tasks(), begun):
                item = places[done.place]
                entry = replace(
                    self._entry(item),
                    state="failed" if done.error else "done",
                    input=done.input,
                    psnr=done.psnr,
                    bytes=done.bytes,
                    seconds=done.seconds,
                    pixels=done.pixels,
                    model=done.model,
                    error=done.error,
                    notes=done.notes,
                )
                # One that the disk was full for stays begun: the same command tries it again.
                if not (done.full and done.error):
                    self.manifest.add(entry)
                if time.monotonic() - self._shared > SHARED_EVERY:
                    self._share()
                yield Outcome(item, entry)
                if done.full:
                    raise OutputError(
                        f"the disk of {self.folder} is full; make room, and the same command goes"
                        " on from there"
                    )
        finally:
            crew.close()

    def close(self) -> None:
        """Let others fit into the folder."""
        try:
            self._share()
        finally:
            self.manifest.close()

    def _share(self) -> None:
        """Put a copy of the manifest beside fields on shared storage."""
        self._shared = time.monotonic()
        if is_remote(self.folder) and self.manifest.path.exists():
            copy = self.manifest.working / NAME
            copy.write_bytes(self.manifest.path.read_bytes())
            put(copy, joined(self.folder, NAME), force=True)

    def _entry(self, item: Item) -> Entry:
        return Entry(item.place, item.source, "started", self._digest)

    def _before(self, item: Item, *, retry: bool) -> Outcome | None:
        """What became of a picture in an earlier command, or None if it is left to do.

        Raises:
            OutputError: a file is in its place that no batch made.
        """
        entry = self.manifest.entries.get(item.place)
        there = stamp_of(item.output)
        if entry is None:
            if there is not None:
                raise OutputError(
                    f"{item.output} exists already, and no batch made it; name another folder with"
                    " -o, or replace what is there with --force"
                )
            return None
        if entry.settings != self._digest or entry.input != stamp_of(item.source):
            return None
        if entry.state == "failed":
            return None if retry else Outcome(item, entry, skipped=True)
        if entry.state == "done":
            size = there[0] if there else None
            return Outcome(item, entry, skipped=True) if size == entry.bytes else None
        # Begun, and no word of its end: its file appears complete, so a new one says that it ended.
        if there is None or there == entry.before:
            return None
        finished = replace(entry, state="done", before=None, bytes=there[0])
        mark(item.output, there[0])
        self.manifest.add(finished)
        return Outcome(item, finished, skipped=True)


def home_of(folder: str) -> Path:
    """Where the manifest of an output folder lies on this machine.

    An object store takes no lines that are added: what goes there is noted in a folder here, and
    copied there now and then.
    """
    if not is_remote(folder):
        return Path(local(folder))
    digest = hashlib.sha256(folder.rstrip("/").encode()).hexdigest()[:8]
    return Path(f"redraw-batch-{digest}")


def pixels_of(source: str) -> int | None:
    """How many pixels a picture has, from the beginning of its file; None if that is not told."""
    if is_remote(source):
        return None
    from PIL import Image

    path = local(source)
    with contextlib.suppress(Exception), Image.open(path) as picture:
        return picture.width * picture.height
    return None

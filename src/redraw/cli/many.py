"""Many pictures in one command: what is said of each, and what is left to do at the end."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.cli.exit_codes import INTERRUPTED
from redraw.cli.interrupts import StopRequests
from redraw.cli.plain_text import plain
from redraw.cli.screen import console, is_live, put_json, say
from redraw.cli.wording import clock, counted, duration, shown_path, size_of
from redraw.errors import UsageError

if TYPE_CHECKING:
    from redraw.batch.batch import Batch, Outcome
    from redraw.batch.inputs import Item
    from redraw.batch.task import Settings

# Failures that are listed at the end; all of them stand in the manifest.
MOST_LISTED = 20


def are_many(
    names: Sequence[str], output: str | os.PathLike[str] | None, listing: Path | None
) -> bool:
    """Whether the names of a command mean several pictures, which go into a folder.

    Example:
        >>> are_many(["a.png", "b.png"], None, None), are_many(["scan.png"], None, None)
        (True, False)
        >>> are_many(["s3://scans/a.png"], "out", None)
        True
    """
    if len(names) > 1 or listing is not None:
        return True
    if not names:
        return False
    name = names[0]
    path = Path(name)
    pattern = not path.exists() and any(sign in name for sign in "*?[")
    folder = path.is_dir() and not (path / "config.json").is_file()
    into = output is not None and (str(output).endswith(os.sep) or Path(output).is_dir())
    return pattern or folder or into or _stored(name) or _stored(str(output or ""))


def _stored(name: str) -> bool:
    """Whether it lies on shared storage: fields of what lies there go into a folder."""
    scheme, found, _ = name.partition("://")
    return bool(found) and scheme not in ("", "file", "http", "https")


def fit_many_pictures(
    names: Sequence[str],
    output: str | None,
    *,
    ray: str | None,
    listing: Path | None,
    recursive: bool,
    picture: dict[str, Any],
    options: dict[str, Any],
    values: dict[str, Any],
    config: Path | None,
    jobs: int | None,
    retry: bool,
    force: bool,
    json: bool,
    quiet: bool,
    dry_run: bool = False,
) -> int:
    """`redraw fit` of several pictures; returns the exit code.

    Raises:
        UsageError: no output folder is named, or the names mean nothing.
        RedrawError: the output folder can't be written.
    """
    from redraw.batch.batch import Batch
    from redraw.batch.inputs import gather
    from redraw.batch.places import is_remote
    from redraw.batch.task import Settings
    from redraw.batch.workers import Workers, jobs_of

    jobs = jobs_of(jobs, "--jobs")
    if output is None:
        raise UsageError("several pictures are named; name the folder for their fields: -o FOLDER")
    if not is_remote(output) and Path(output).exists() and not Path(output).is_dir():
        raise UsageError(f"{output} is a file; several fields need a folder: -o FOLDER")
    items = gather(names, output, recursive=recursive, listing=listing)
    settings = Settings(
        picture,
        options,
        values,
        config.read_text(encoding="utf-8-sig") if config else None,
        config.name if config else None,
        {name: text for name, text in os.environ.items() if name.startswith("REDRAW_")},
    )
    if dry_run:
        _planned(items, settings, output, jobs, retry=retry, force=force, json=json)
        return 0
    with StopRequests() as stops:
        crew = Workers
        if ray is not None:
            from redraw.cluster.pictures import crew_on

            crew = crew_on(ray)
        batch = Batch(items, settings, output, jobs=jobs, retry=retry, force=force, crew=crew)
        stops.begin()
        stops.attach(batch)
        report = _Silent(batch) if quiet else _Json(batch) if json else _reporter(batch, stops)
        try:
            report.begun()
            for outcome in batch.outcomes():
                report.one(outcome)
            report.ended()
        finally:
            report.close()
            batch.close()
    if batch.stopped:
        return INTERRUPTED
    return 1 if report.failed else 0


def _counted(items: "Sequence[Item]") -> str:
    """How many there are, called pictures where all of them are by their names."""
    from redraw.batch.inputs import PICTURES

    others = any(Path(item.source).suffix.lower() not in {*PICTURES, ""} for item in items)
    return counted(len(items), "file" if others else "picture")


def _planned(
    items: "list[Item]",
    settings: "Settings",
    output: str,
    jobs: int,
    *,
    retry: bool,
    force: bool,
    json: bool,
) -> None:
    """Say what would be done; nothing is made.

    Raises:
        OutputError: a file is there that no batch made.
    """
    from redraw.batch.batch import Batch, home_of
    from redraw.batch.manifest import NAME

    left = items
    if (home_of(output) / NAME).exists():
        batch = Batch(items, settings, output, jobs=jobs, retry=retry, force=force)
        left = batch.left
        batch.close()
    jobs = min(jobs, max(1, len(left)))
    there = len(items) - len(left)
    if json:
        put_json({"event": "plan", "pictures": len(items), "finished": there, "jobs": jobs})
        return
    say(
        f"{_counted(items)} into {_folder(output)}"
        + (f"; {there:,} of them finished before" if there else "")
        + f"; {jobs} at once; nothing is done yet"
    )
    for item in left[:MOST_LISTED]:
        say(f"  {plain(item.source)} -> {plain(item.output)}")
    if len(left) > MOST_LISTED:
        say(f"  and {len(left) - MOST_LISTED:,} more")


class _Silent:
    """Counts, and says nothing but what failed."""

    def __init__(self, batch: "Batch") -> None:
        self.batch = batch
        self.total = len(batch.items)
        self.made = 0
        self.bytes = 0
        self.failed: list[Outcome] = [one for one in batch.finished if one.failed]
        self._began = time.perf_counter()

    def begun(self) -> None:
        pass

    def one(self, outcome: "Outcome") -> None:
        if outcome.failed:
            self.failed.append(outcome)
        else:
            self.made += 1
            self.bytes += outcome.entry.bytes or 0

    def ended(self) -> None:
        pass

    def close(self) -> None:
        pass

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began


class _Json(_Silent):
    """An object for each picture, and one for all of them."""

    def begun(self) -> None:
        for outcome in self.batch.finished:
            put_json({"event": "picture", "skipped": True, **outcome.entry.to_json()})

    def one(self, outcome: "Outcome") -> None:
        super().one(outcome)
        put_json({"event": "picture", **outcome.entry.to_json()})

    def ended(self) -> None:
        put_json(
            {
                "event": "finished",
                "pictures": self.total,
                "made": self.made,
                "skipped": len(self.batch.finished),
                "failed": len(self.failed),
                "bytes": self.bytes,
                "seconds": round(self.seconds, 3),
                "stopped": self.batch.stopped,
            }
        )


class _Lines(_Silent):
    """A line for each picture."""

    def begun(self) -> None:
        there = len(self.batch.finished)
        jobs = min(self.batch.jobs, max(1, len(self.batch.left)))
        self._say(
            f"{_counted(self.batch.items)} into {_folder(self.batch.folder)}"
            + (f"; {there:,} of them finished before" if there else "")
            + (f"; {jobs} at once" if self.batch.left else "; nothing is left to do")
        )

    def one(self, outcome: "Outcome") -> None:
        super().one(outcome)
        entry, done = outcome.entry, self.made + len(self.failed) + self._before
        name = f"{done:,}/{self.total:,}  {plain(outcome.item.source)}"
        if entry.error:
            self._say(f"{name}: {entry.error}", "red")
        else:
            facts = (
                f"{entry.psnr:.2f} dB" if entry.psnr is not None else "",
                size_of(entry.bytes or 0),
                duration(entry.seconds or 0.0),
            )
            told = ", ".join(fact for fact in facts if fact)
            self._say(f"{name}: {told}")
            for note in entry.notes:
                self._say(f"    note: {note}", "yellow")

    def ended(self) -> None:
        batch = self.batch
        pace = f", {self.made / self.seconds:.2g} a second" if self.made > 1 else ""
        self._say(
            f"{counted(self.made, 'field')} made in {duration(self.seconds)}{pace}"
            f" ({size_of(self.bytes)}); {shown_path(batch.manifest.path)} says all of each"
        )
        if batch.stopped:
            left = len(batch.left) - self.made - (len(self.failed) - self._failed_before)
            self._say(f"stopped; {left:,} left to do, and the same command goes on from there")
        if self.failed:
            self._say(f"{_counted([one.item for one in self.failed])} failed:", "red")
            for outcome in self.failed[:MOST_LISTED]:
                self._say(f"  {plain(outcome.item.source)}: {outcome.entry.error}")
            if len(self.failed) > MOST_LISTED:
                self._say(f"  and {len(self.failed) - MOST_LISTED:,} more, in the manifest")
            if any(outcome.skipped for outcome in self.failed):
                self._say("--retry tries those again that failed before")

    @property
    def _failed_before(self) -> int:
        return sum(one.failed for one in self.batch.finished)

    @property
    def _before(self) -> int:
        return len(self.batch.finished) - self._failed_before

    def _say(self, line: str, style: str = "") -> None:
        say(line)


class _Live(_Lines):
    """The same above a bar that says how long it will take."""

    def __init__(self, batch: "Batch", stops: StopRequests) -> None:
        super().__init__(batch)
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._stops = stops
        self._screen = console()
        self._bar: Progress = Progress(
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            console=self._screen,
            transient=True,
        )
        self._task = self._bar.add_task("starting", total=self.total, completed=len(batch.finished))

    def begun(self) -> None:
        super().begun()
        self._stops.display = True
        self._bar.start()

    def one(self, outcome: "Outcome") -> None:
        super().one(outcome)
        done = self.made + len(self.failed) - self._failed_before
        left = len(self.batch.left) - done
        told = "stopping" if self._stops.count else f"{clock(self.seconds / done * left)} left"
        self._bar.update(self._task, advance=1, description=told)

    def ended(self) -> None:
        self.close()
        super().ended()

    def close(self) -> None:
        self._bar.stop()
        self._stops.display = False

    def _say(self, line: str, style: str = "") -> None:
        from rich.text import Text

        self._screen.print(Text(line, style=style), soft_wrap=True)


def _folder(name: str) -> str:
    return name if "://" in name else f"{shown_path(name)}{os.sep}"


def _reporter(batch: "Batch", stops: StopRequests) -> _Silent:
    return _Live(batch, stops) if is_live(console()) else _Lines(batch)

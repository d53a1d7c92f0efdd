"""One picture's fit in plain values: what a worker of this machine or of a cluster is sent.

Paths travel, not arrays. The field file appears under its final name complete or not at all.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from redraw import memory
from redraw.batch.places import fetched, is_remote, local, put, stamp_of
from redraw.errors import OutputError, PictureError, RedrawError, TooLargeError, UsageError


@dataclass(frozen=True)
class Settings:
    """What is asked of every picture of a batch; plain values, so that it can be sent.

    Attributes:
        picture: What is done to a picture first, by the names of `redraw.signals.picture.opening`.
        options: The options of a fit, such as model, steps or psnr.
        values: Of the preset, as for `--set`.
        config: Content of a file of settings, or None; its name only says where a value is from.
        config_name: That name.
        environment: Variables such as REDRAW_OMEGA.
    """

    picture: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    config: str | None = None
    config_name: str | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Identifies what decides the results: how many threads work on them does not."""
        decisive = asdict(self)
        decisive.pop("config_name")
        decisive["options"] = {k: v for k, v in self.options.items() if k != "threads"}
        text = json.dumps(decisive, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Task:
    """A picture to fit.

    Attributes:
        place: Which of the batch it is, from 0.
        source: The picture's path; or a signal saved by `redraw.storage`, if `saved`.
        output: Where the field file goes.
        working: A folder on the same disk, where it is written first; "" for one of its own.
        force: Replace what is there.
        saved: `source` is a picture that was in memory.
        threads: CPU threads.
    """

    place: int
    source: str
    output: str
    working: str
    force: bool = False
    saved: bool = False
    threads: int = 1


@dataclass(frozen=True)
class Done:
    """What came of a task, in plain values.

    Attributes:
        place: Of the task.
        error: Why it failed, in one line; None if the field file is there.
        input: Size and time stamp of the picture's file as it was read.
        full: It failed since the disk is full: the others would as well.
    """

    place: int
    error: str | None = None
    input: tuple[int, int] | None = None
    psnr: float | None = None
    bytes: int | None = None
    seconds: float | None = None
    pixels: int | None = None
    model: str | None = None
    notes: tuple[str, ...] = ()
    full: bool = False


def carry_out(task: Task, settings: Settings) -> Done:
    """Fit the picture of a task and write its field file; what goes wrong is told, not raised."""
    began = time.perf_counter()
    try:
        if task.working:
            return _carry_out(task, settings, Path(task.working), began)
        with tempfile.TemporaryDirectory(prefix="redraw-") as folder:
            return _carry_out(task, settings, Path(folder), began)
    except RedrawError as error:
        full = isinstance(error, OutputError) and bool(task.working) and _is_full(task.working)
        return Done(task.place, _line(error), _stamp(task.source), full=full)
    except Exception as error:
        if memory.ran_out(error):
            return Done(task.place, "it needs more memory than there is; --max-side shrinks it")
        # A fault of redraw's own: the other pictures go on, and the line says what it was.
        return Done(task.place, f"a fault of redraw: {type(error).__name__}: {_line(error)}")


def _carry_out(task: Task, settings: Settings, working: Path, began: float) -> Done:
    from redraw.fitting.plan.planning import prepare
    from redraw.fitting.run.run import Run
    from redraw.signals.source import any_signal

    read = stamp_of(task.source)
    if task.saved:
        from redraw.storage.picture_file import load_picture

        signal = load_picture(Path(task.source))
    else:
        with fetched(task.source, working) as source:
            try:
                signal = any_signal(source, **settings.picture)
            except TooLargeError as error:
                done = _in_strips(task, settings, source, working, error)
                return replace(done, input=read, seconds=round(time.perf_counter() - began, 3))
    options = {"frames": 0, **settings.options, "threads": task.threads}
    plan = prepare(
        signal,
        config=_config_file(settings, working),
        environment=settings.environment,
        settings=settings.values,
        **options,
    )
    run = Run.start(signal, plan)
    run.guarded = False
    for _ in run.events():
        pass
    if not task.saved and stamp_of(task.source) != read:
        raise PictureError(
            f"{task.source} changed while it was fitted; the same command fits it again"
        )
    fitted, made = run.result, run.result.made
    # How long it took stands in the manifest: the file is the same whenever it is made, and where.
    timeless = {name: value for name, value in made.items() if name != "seconds"}
    fitted.about = replace(fitted.about, made=timeless)
    size = _put(fitted.save, task, working)
    return Done(
        task.place,
        input=read,
        psnr=_finite(made.get("psnr")),
        bytes=size,
        seconds=round(time.perf_counter() - began, 3),
        pixels=run.subject.size[0] * run.subject.size[1],
        model=plan.model,
        notes=tuple(run.notes),
    )


def _in_strips(
    task: Task, settings: Settings, source: str, working: Path, error: TooLargeError
) -> Done:
    """The same of a picture that is larger than memory.

    Raises:
        TooLargeError: what reads it in strips is not installed.
    """
    from redraw.fitting.large.asked import wanted_of
    from redraw.fitting.large.fit import QUALITY, LargeFit
    from redraw.fitting.plan.chosen_presets import WHOLE_PICTURES
    from redraw.signals.large.opening import strips_of

    options = {**settings.options, **settings.picture}
    quality, squares = wanted_of(source, options, settings.values)
    model = squares.model if squares else WHOLE_PICTURES
    try:
        strips = strips_of(source, settings.picture.get("page"))
    except UsageError:
        raise error from None
    fit: LargeFit | None = None
    # Beside the field: whatever ends this process, the next one goes on from there.
    beside = None if is_remote(task.output) or not task.working else Path(local(task.output))
    folder = beside and beside.with_name(f"{beside.stem}.parts")

    def save(path: Path, *, force: bool) -> None:
        nonlocal fit
        fit = LargeFit(
            strips,
            path,
            quality=QUALITY if quality is None else quality,
            threads=task.threads,
            force=force,
            folder=folder,
            told={"model": model, "source": strips.name},
            squares=squares,
        )
        try:
            for _ in fit.events():
                pass
        finally:
            fit.close()

    size = _put(save, task, working)
    assert fit is not None
    assert fit.result is not None
    return Done(
        task.place,
        psnr=_finite(fit.result.psnr),
        bytes=size,
        pixels=strips.width * strips.height,
        model=model,
        notes=fit.notes,
    )


def _put(save: Any, task: Task, working: Path) -> int:
    """Write a file elsewhere, then move it to its place; its size in bytes."""
    partial = working / f"{task.place}-{os.getpid()}{Path(task.output).suffix}"
    try:
        save(partial, force=True)
        return put(partial, task.output, force=task.force)
    finally:
        partial.unlink(missing_ok=True)


def _config_file(settings: Settings, working: Path) -> Path | None:
    """The file of settings, written out: it may not exist where a task is carried out."""
    if settings.config is None:
        return None
    name = Path(settings.config_name or "settings.toml")
    path = working / f"{os.getpid()}-{name.name}"
    path.write_text(settings.config, encoding="utf-8")
    return path


def _is_full(folder: str) -> bool:
    """Whether a megabyte more does not fit onto the disk."""
    try:
        status = os.statvfs(folder)
    except (OSError, AttributeError):
        return False
    return status.f_bavail * status.f_frsize < 1 << 20


def _stamp(source: str) -> tuple[int, int] | None:
    try:
        return stamp_of(source)
    except RedrawError:
        return None


def _finite(value: Any) -> float | None:
    return round(float(value), 3) if isinstance(value, int | float) else None


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def plain(value: Any) -> dict[str, Any]:
    """A task or what came of one, as JSON takes it."""
    return asdict(value)


def task_from(data: Mapping[str, Any]) -> Task:
    """The inverse of `plain`."""
    return Task(**data)


def done_from(data: Mapping[str, Any]) -> Done:
    """The inverse of `plain`."""
    found = dict(data)
    if found.get("input") is not None:
        found["input"] = tuple(found["input"])
    found["notes"] = tuple(found.get("notes") or ())
    return Done(**found)

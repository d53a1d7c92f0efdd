"""`redraw.fit_many`."""

import dataclasses
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.batch.task import Done, Settings, Task
from redraw.batch.workers import Workers, jobs_of
from redraw.errors import RedrawError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from redraw.fitting.result.fitted import FittedField
    from redraw.signals.picture.picture import Picture

PICTURE_OPTIONS = ("max_side", "size", "threshold", "max_pixels")


@dataclass(frozen=True)
class Fitted:
    """What came of one of many.

    Attributes:
        place: Which of the signals it is, from 0.
        field: Its field, or None.
        error: Why there is none, in one line.
        psnr: How good it is, in dB.
        seconds: From reading the picture to its field.
    """

    place: int
    field: "FittedField | None" = None
    error: str | None = None
    psnr: float | None = None
    seconds: float | None = None


def fit_many(
    signals: "Iterable[str | os.PathLike[str] | Picture | ArrayLike]",
    *,
    jobs: int | None = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Iterator[Fitted]:
    """Fit many pictures, several at once; gives each as it is done, in whatever order that is.

    One that fails stops nothing. Signals are asked for as processes become free, so that they may
    come from a generator, and no more of them are in memory than are being fitted.

    Args:
        signals: Each as `redraw.fit` takes a picture.
        jobs: Processes at once; by default one per core.
        settings: Any of the preset's values by name, as for `--set`.
        **options: As of `redraw.fit`: model, steps, seconds, psnr, budget, max_side, ...

    Raises:
        UsageError: an option is not accepted.

    Example:
        >>> pictures = ([[0.0, shade], [shade, 0.0]] for shade in (0.5, 1.0))
        >>> found = list(fit_many(pictures, jobs=1, model="siren", steps=2))
        >>> sorted(one.place for one in found), found[0].field.size
        ([0, 1], (2, 2))

    Source: the order of `concurrent.futures.as_completed`.
    """
    from redraw.fitting.plan.planning import check_request
    from redraw.fitting.result.loading import load

    if isinstance(signals, str | os.PathLike) or not isinstance(signals, Iterable):
        raise UsageError("fit_many takes several signals; give a list of them, or call redraw.fit")
    picture = {name: options.pop(name) for name in PICTURE_OPTIONS if name in options}
    for name in ("run", "output", "force", "on_event", "profile", "config", "threads"):
        if name in options:
            raise UsageError(f"fit_many takes no {name}; redraw.fit takes it for one picture")
    given = {name: value for name, value in options.items() if value is not None}
    steps = given.get("steps")
    line = {name: value for name, value in given.items() if name != "steps"}
    check_request(None, {}, {**(settings or {}), **line}, steps)
    asked = Settings(picture, given, dict(settings or {}))
    crew = Workers(asked, jobs_of(jobs), lambda: False)
    with tempfile.TemporaryDirectory(prefix="redraw-") as folder:
        refused: list[Done] = []
        tasks = _tasks(iter(signals), Path(folder), crew.threads, picture, refused)
        try:
            for done in crew.outcomes(tasks, lambda _: None):
                while refused:
                    yield Fitted(refused[0].place, error=refused.pop(0).error)
                yield _fitted(done, Path(folder), load)
            for one in refused:
                yield Fitted(one.place, error=one.error)
        finally:
            crew.close()


def _tasks(
    signals: Iterator[Any],
    folder: Path,
    threads: int,
    options: dict[str, Any],
    refused: list[Done],
) -> Iterator[tuple[Task, int | None]]:
    """A task for each signal; what is in memory is saved, and what can't be is refused."""
    for place, signal in enumerate(signals):
        task = Task(place, "", str(folder / f"{place}.redraw"), str(folder), threads=threads)
        if isinstance(signal, str | os.PathLike):
            source = os.fspath(signal)
            yield dataclasses.replace(task, source=source), None
            continue
        from redraw.signals.picture.opening import as_picture
        from redraw.storage.picture_file import save_picture

        try:
            picture = as_picture(signal, **options)
            path = folder / f"{place}.picture"
            save_picture(path, picture)
        except RedrawError as error:
            refused.append(Done(place, str(error)))
            continue
        pixels = picture.width * picture.height
        yield dataclasses.replace(task, source=str(path), saved=True), pixels


def _fitted(done: Done, folder: Path, load: Any) -> Fitted:
    """What the caller gets; files of a picture that is done are not kept."""
    path = folder / f"{done.place}.redraw"
    field = None if done.error else load(path)
    path.unlink(missing_ok=True)
    (folder / f"{done.place}.picture").unlink(missing_ok=True)
    return Fitted(done.place, field, done.error, done.psnr, done.seconds)


__all__ = ["Fitted", "fit_many"]

"""What a run or a field file has learned from a table, as a picture in a file."""

import os
from pathlib import Path
from typing import BinaryIO

from redraw.engines import Drawer
from redraw.errors import RunError, UsageError
from redraw.fields import Field
from redraw.figures.plots import check_format, save_figure
from redraw.figures.table_plots import View, draw_fit, draw_residuals, view_without_rows
from redraw.files import write_atomically
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.result.fitted import open_drawer
from redraw.fitting.result.loading import load
from redraw.signals.kinds import kind_of
from redraw.storage.run_folder import RunFolder
from redraw.storage.signal_file import saved_signal


def plot_table(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    residuals: bool = False,
    force: bool = False,
) -> None:
    """Draw what was learned, or what is left of it.

    Args:
        path: A run folder, whose rows are drawn as well, or a field file, which holds none.
        out: `.png`, `.svg` or `.pdf`.
        residuals: Draw these.
        force: Replace what is there.

    Raises:
        UsageError: it is a picture's, or `out` ends in something else.
        RunError: the run has no checkpoint yet.
        FileFormatError, OutputError: a file can't be read or written.
    """
    kind = check_format(out)
    path = Path(path)
    view = _of_run(path) if path.is_dir() else _of_field(path, residuals)
    draw = draw_residuals if residuals else draw_fit

    def write(file: BinaryIO) -> None:
        save_figure(lambda: draw(view), file, kind)

    write_atomically(out, write, force=force)


def field_of_run(folder: RunFolder) -> Field:
    """The field of a run as its last checkpoint has it; at its best, if that is kept.

    Raises:
        RunError: there is no checkpoint.
    """
    config = RunConfig.from_json(folder.config)
    checkpoint = folder.latest_checkpoint()
    if checkpoint is None:
        raise RunError(f"{folder.path} has no checkpoint yet; let it learn for a while")
    best = config.keep == "best" and checkpoint.header.get("best_step", -1) >= 0
    start = "best." if best else "field."
    tensors = {
        name.removeprefix(start): tensor
        for name, tensor in checkpoint.tensors.items()
        if name.startswith(start)
    }
    field = Field.build(config.field, config.seed)
    try:
        field.load_state_dict(tensors)
    except RuntimeError as error:  # PyTorch's own: names and shapes that are not the field's
        raise RunError(
            f"{folder.path}: its checkpoint holds other tensors than this configuration needs"
        ) from error
    field.encoding.check_stored(f"the checkpoint of step {checkpoint.step}")
    return field.to(next(iter(tensors.values())).dtype)


def _of_run(path: Path) -> View:
    folder = RunFolder.open(path, writable=False)
    signal = saved_signal(path)
    kind = kind_of(signal)
    if not kind.rows:
        raise UsageError(
            f"{path} learns a {kind.name}, which has no rows to show; draw its learning curve with"
            " --show learning"
        )
    drawer: Drawer = open_drawer(field_of_run(folder))
    return kind.part("rows")(signal, drawer)


def _of_field(path: Path, residuals: bool) -> View:
    field = load(path)
    if field.about.schema is None:
        raise UsageError(f"{path} is the field of a picture; draw it with `redraw render`")
    if residuals:
        raise UsageError(f"{path} holds no rows to be off from; name the run folder")
    return view_without_rows(field.about.schema, open_drawer(field))

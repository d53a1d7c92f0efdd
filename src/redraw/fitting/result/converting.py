"""Field files between floats and whole numbers."""

from pathlib import Path

from redraw.engines.solvers import solver_for
from redraw.engines.threads import usable_threads
from redraw.errors import UsageError
from redraw.fitting.api import fit
from redraw.fitting.plan.chosen_presets import WHOLE_PICTURES
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.result.loading import load
from redraw.fitting.result.quantising import quantise
from redraw.fitting.result.whole_learning import refuse
from redraw.storage.codecs.containers import CONTAINERS
from redraw.storage.codecs.network import save_network
from redraw.storage.codecs.table import CODECS
from redraw.storage.container import container_of
from redraw.storage.field_file import save_field

USUAL_PSNR = 42.0


def converted(
    source: Path,
    target: Path,
    *,
    to: str | None = None,
    psnr: float | None = None,
    most_bytes: int | None = None,
    force: bool = False,
) -> None:
    """Write a field file as the other kind.

    Drawings made of labels take whole steps (`Solver.small`), or become what these stand for.
    Networks of layers are quantised (`redraw.fitting.result.quantising`), or become the floats that
    their whole numbers stand for. Other fields are drawn at their own size, and what is drawn is
    coded as a photograph is.

    Args:
        source: A field file.
        target: The one to write.
        to: "whole" or "float"; None for what `source` is not.
        psnr: Of a photograph in whole numbers, against what the field draws; 42 dB by default.
        most_bytes: Of whole numbers, instead.
        force: Replace what is there.

    Raises:
        UsageError: it can't be; the message says the way out.
        FileFormatError: `source` is damaged or something else.
        OutputError: `target` exists or can't be written.
    """
    whole = container_of(source) is not None
    field = load(source)
    if (to or ("float" if whole else "whole")) == "float":
        if psnr is not None or most_bytes is not None:
            raise UsageError("psnr and bytes are of whole numbers; floats are as they are")
        _as_floats(field, target, force=force)
        return
    made = solver_for(field)
    small = made.small(field, usable_threads(), most_bytes or 0) if made else None
    if small is not None:
        if psnr is not None:
            raise UsageError("psnr is for photographs; drawings take bytes")
        save_field(target, small, field.about, force=force)
        return
    if refuse(field.lower()) is None:
        if psnr is not None:
            raise UsageError("psnr is for photographs; networks take bytes, or `redraw quantize`")
        save_network(target, quantise(field, most_bytes=most_bytes).data, force=force)
        return
    quality = None if most_bytes else (USUAL_PSNR if psnr is None else psnr)
    fit(field.render(), model=WHOLE_PICTURES, psnr=quality, bytes=most_bytes).save(
        target, force=force
    )


def smaller(field: FittedField) -> bool:
    """Whether a field has whole numbers that its solver knows of, and no network to quantise."""
    made = solver_for(field)
    return made is not None and made.whole_numbers


def _as_floats(field: FittedField, target: Path, *, force: bool) -> None:
    assert field.config is not None
    made = solver_for(field)
    floats = made.floats(field) if made else None
    if floats is not None:
        save_field(target, floats, field.about, force=force)
        return
    if CODECS[field.config.encoding.codec] in CONTAINERS.values():
        raise UsageError(
            "a coded picture has no floats but its pixels; write it as a picture (.png, .exr)"
        )
    save_field(target, field, field.about, force=force)

"""Field files between floats and whole numbers."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from redraw.engines.solvers import solver_for
from redraw.engines.threads import usable_threads
from redraw.errors import UsageError
from redraw.fitting.api import fit
from redraw.fitting.plan.chosen_presets import WHOLE_PICTURES
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.result.loading import load
from redraw.fitting.result.quantising import allowed_error, fitted_error, quantise, refuse_bytes
from redraw.fitting.result.whole_learning import refuse
from redraw.storage.codecs.containers import CONTAINERS
from redraw.storage.codecs.network import save_network
from redraw.storage.codecs.table import CODECS
from redraw.storage.coded_file import bytes_beside
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
    max_loss: float | None = None,
    force: bool = False,
) -> float | None:
    """Write a field file as the other kind.

    Drawings made of labels take whole steps (`Solver.small`), or become what these stand for.
    Networks of layers are quantised (`redraw.fitting.result.quantising`), or become the floats that
    their whole numbers stand for. Other fields are drawn at their own size, and what is drawn is
    coded as a photograph is.

    Args:
        source: A field file.
        target: The one to write.
        to: "whole" or "float"; None for what `source` is not, and for whole numbers where
            `psnr` or `most_bytes` is given.
        psnr: Of a photograph in whole numbers, against what the field draws; 42 dB by default.
        most_bytes: Of whole numbers, instead.
        max_loss: Of drawings in whole numbers, instead: dB that may be lost.
        force: Replace what is there.

    Returns:
        About how many dB a drawing lost, 0 where it is whole numbers already and no size or loss
        was asked for, which leaves it as it is; None where nobody knows, and of other fields.

    Raises:
        UsageError: it can't be; the message says the way out.
        FileFormatError: `source` is damaged or something else.
        OutputError: `target` exists or can't be written.
    """
    whole = container_of(source) is not None
    field = load(source)
    wanted = whole and psnr is None and most_bytes is None
    if (to or ("float" if wanted else "whole")) == "float":
        if psnr is not None or most_bytes is not None:
            raise UsageError("psnr and bytes are of whole numbers; floats are as they are")
        _as_floats(field, target, force=force)
        return None
    if most_bytes is not None:
        refuse_bytes(field, most_bytes)
    if smaller(field):
        if psnr is not None:
            raise UsageError("psnr is for photographs; drawings take bytes")
        if whole and most_bytes is None and max_loss is None:
            # To tell it anew would lose something for a few bytes.
            save_field(target, field, field.about, force=force)
            return 0.0
        small, lost = _drawing(field, most_bytes, max_loss)
        save_field(target, small, small.about, force=force)
        return lost
    if refuse(field.lower()) is None:
        if psnr is not None:
            raise UsageError("psnr is for photographs; networks take bytes, or `redraw quantize`")
        save_network(target, quantise(field, most_bytes=most_bytes).data, force=force)
        return None
    quality = None if most_bytes else (USUAL_PSNR if psnr is None else psnr)
    fit(field.render(), model=WHOLE_PICTURES, psnr=quality, bytes=most_bytes).save(
        target, force=force
    )
    return None


def _drawing(
    field: FittedField, most_bytes: int | None, max_loss: float | None
) -> tuple[FittedField, float | None]:
    """A drawing in whole numbers, and how many dB it lost."""
    made = solver_for(field)
    assert made is not None
    most, error = 0, 0.0
    if most_bytes is not None:
        most = max(1, most_bytes - bytes_beside(field.about, profile=True))
    if max_loss is not None:
        error = allowed_error(field, max_loss)
    own = made.small(field, usable_threads(), most, error)
    assert own is not None
    small = FittedField(own, field.about)
    fitted = fitted_error(field)
    if fitted is None:
        return small, None
    off = float(np.mean((small.render().values - field.render().values) ** 2, dtype=np.float64))
    lost = 10.0 * math.log10(1.0 + off / fitted)
    told = field.about.made | {"psnr": round(field.about.made["psnr"] - lost, 4)}
    return FittedField(own, replace(field.about, made=told)), lost


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

"""The size of a field that nobody named: what the picture itself or a quality asks for."""

from redraw.engines.solvers import solver_of
from redraw.engines.threads import usable_threads
from redraw.errors import UsageError
from redraw.fields import FieldConfig
from redraw.fields.sizes import parameters
from redraw.signals.signal import Signal

# Added to a quality that a fit is told to reach, in dB: what is chosen is off by some tenths.
MARGIN = 0.5


def enough(signal: Signal, config: FieldConfig, psnr: float, threads: int | None = None) -> int:
    """The budget with which a field reaches about `psnr`, as the solver of its encoding knows it.

    Args:
        signal: What is learned.
        config: Of the field, its channels set.
        psnr: In dB.
        threads: How many work on it; all by default. The result does not depend on it.

    Raises:
        UsageError: it is no raster, or no solver knows.
    """
    made = solver_of(config.encoding.solver)
    raster = None if made is None else signal.in_rows()
    found = None
    if made is not None and raster is not None:
        found = made.parameters_for(config, *raster, psnr, threads or usable_threads())
    if found is None:
        raise UsageError(
            f"the size of a field with the encoding {config.encoding.kind!r} does not follow from a"
            " quality; name one with --budget",
            setting="model",
        )
    return found


def made_for(
    config: FieldConfig, signal: Signal, budget: int | None, threads: int | None = None
) -> FieldConfig:
    """`config` with the sizes that the picture itself decides, if its solver finds any.

    Args:
        config: Of the field, all other sizes set.
        signal: The picture.
        budget: The most parameters, or None.
        threads: How many work on it; all by default. The result does not depend on it.

    Raises:
        UsageError: that is more than the budget.
    """
    made = solver_of(config.encoding.solver)
    raster = None if made is None else signal.in_rows()
    if made is None or raster is None:
        return config
    found = made.made_for(config, *raster, threads or usable_threads(), signal.footprint)
    if found != config and budget is not None and parameters(found) > budget:
        raise UsageError(
            f"a field with the encoding {config.encoding.kind!r} takes {parameters(found):,}"
            f" parameters for this picture; the budget is {budget:,}; leave it out, or name"
            " another --model",
            setting="budget",
        )
    return found

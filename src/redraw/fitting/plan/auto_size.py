"""The size of a spline that nobody named: as many parameters as a quality needs."""

from redraw.engines.spline.size import parameters_for
from redraw.engines.threads import usable_threads
from redraw.errors import UsageError
from redraw.fields import FieldConfig
from redraw.fields.sizes import in_subpixel_detail
from redraw.fields.spline_config import SplineConfig
from redraw.fitting.plan.budget import LEAST_SHARE, units_within
from redraw.fitting.subject.quality import fitted_values
from redraw.fitting.subject.subject import AnySignal
from redraw.signals.picture.picture import Picture

# Such a spline has at least and at most these shares of the picture's values; of a small picture at
# least so many parameters, and at most `LEAST_SHARE` or more.
LEAST, MOST = 0.02, 0.5
FEWEST = 512
# Added to a quality that a fit is told to reach, in dB: what is chosen is off by some tenths.
MARGIN = 0.5


def enough(signal: AnySignal, config: FieldConfig, psnr: float, threads: int | None = None) -> int:
    """The budget with which a spline reaches about `psnr`, from 2 % to half of the values.

    Args:
        signal: The picture.
        config: Of the field, its channels set.
        psnr: In dB.
        threads: How many work on it; all by default. The result does not depend on it.

    Raises:
        UsageError: it is no picture, or no spline.
    """
    if not (isinstance(config.encoding, SplineConfig) and isinstance(signal, Picture)):
        raise UsageError("only the size of a picture's spline follows from a quality")
    values = fitted_values(signal)
    transforms = config.encoding.transforms
    found = parameters_for(values, signal.known, psnr, threads or usable_threads(), transforms)
    found += in_subpixel_detail(units_within(config.encoding.subpixel, found))
    least, most = int(LEAST * values.size), int(MOST * values.size)
    return min(max(found, least, FEWEST), max(most, LEAST_SHARE))

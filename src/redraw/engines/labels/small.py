"""A field of labels in whole numbers, of a wanted size or a wanted nearness."""

from redraw.engines.labels.drawn import field_of, packed_of
from redraw.engines.labels.fineness import ERRORS, SIZES, Fineness, coarsest_within
from redraw.engines.labels.whole import Coded, coded, refuse_whole
from redraw.engines.labels.whole_start import Start
from redraw.errors import UsageError
from redraw.fields import Field
from redraw.fields.labels import Labels
from redraw.fields.labels_config import LabelsConfig


def as_whole(field: Field, threads: int, most_bytes: int = 0, most_error: float = 0.0) -> Field:
    """A field in whole numbers; itself if it can't be, or is that already in so few bytes.

    Args:
        field: As its fit left it, on the CPU.
        threads: How many work on it; the result does not depend on it.
        most_bytes: Of its header and numbers; 0 for as many as it takes to be nearly what it was.
        most_error: Instead: the mean squared difference of its own pixels.

    Raises:
        UsageError: a file of so few bytes draws nothing, or no whole numbers are so near.
    """
    if refuse_whole(field):
        return field
    assert isinstance(field.encoding, Labels)
    config = field.encoding.config
    if most_bytes and _fits(field, most_bytes - most_header(config)):
        return field
    start = Start(field, threads)
    if most_bytes:
        made = _within(start, most_bytes, most_header(config))
    elif most_error:
        made = _near(start, most_error)
    else:
        made = coded(start, Fineness())
    return field_of(made.drawing, config, made.sections)


def _fits(field: Field, most: int) -> bool:
    """Whether it is in whole numbers, whose sections have at most so many bytes."""
    packed = packed_of(field)
    return packed is not None and sum(map(len, packed[1])) <= most


def most_header(config: LabelsConfig) -> int:
    """Bytes at most of what a file says of the numbers, beside their sections (docs/format.md)."""
    sides, others, fixed, chunks = 2 * 3, 3 + 3 * 3, 4 + 1 + 1, 5 * (2 + 3 + 4)
    return sides + others + fixed + len(config.footprint) + chunks


def _within(start: Start, most: int, header: int) -> Coded:
    """The drawing whose header and sections nearly fill so many bytes; the usual one if they
    suffice.
    """
    bound = header + len(start.labels)
    if most < bound:
        raise _too_few(most, f"which of its areas each pixel is in alone takes {bound:,}")
    usual = coded(start, Fineness())
    if header + usual.size <= most:
        return usual
    start.hold()

    def made(factor: float) -> Coded:
        return usual if factor == 1.0 else coded(start, Fineness.times(factor))

    best, least = coarsest_within(made, lambda one: header + one.size, most, SIZES)
    if best is None:
        raise _too_few(most, f"it takes {int(least):,}")
    return best


def _too_few(most: int, why: str) -> UsageError:
    return UsageError(
        f"{most:,} bytes (metadata aside) are too few for this drawing: {why}", setting="bytes"
    )


def _near(start: Start, most: float) -> Coded:
    """The coarsest drawing of at most such a mean squared difference."""
    start.hold()
    best, _ = coarsest_within(
        lambda factor: coded(start, Fineness.times(factor)),
        lambda one: start.error_of(one.drawing),
        most,
        ERRORS,
    )
    if best is None:
        raise UsageError(
            "no whole numbers are so near to this field; allow a larger loss, or keep its floats"
        )
    return best

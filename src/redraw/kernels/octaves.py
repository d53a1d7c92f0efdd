"""Sizes on scales that grow with them, so that contexts are few."""

from redraw.kernels.compiling import inner


@inner
def few(value, most):
    """A size on a scale of two steps an octave: 0 to 4 themselves, then 6, 8, 12, 16 ..."""
    if value < 4:
        return min(value, most)
    shift = 0
    rest = value
    while rest >= 4:
        rest >>= 1
        shift += 1
    return min(2 + 2 * shift + (rest & 1), most)

"""What stands around a coefficient: sizes and signs of its neighbours, in its band and others.

Shapes: `coefficients` are all bands in one list (n,) int32; a `band` is a row as in
`redraw.kernels.band_layout` (4,) int64; sums of a row have a place for each of its columns.
"""

from redraw.kernels.band_layout import (
    BORDER,
    CHROMA,
    COLUMNS,
    FIRST,
    LUMA,
    ORIGIN,
    OWN,
    PARENT,
    ROWS,
    SECOND,
    STRIDE,
)
from redraw.kernels.compiling import inner
from redraw.kernels.mixing import SOURCES, placed


@inner
def row_of(coefficients, band, y, width):
    """A row of a band with its borders: coefficient x is at x + BORDER. (width + 2 BORDER,)"""
    at = band[ORIGIN] + y * band[STRIDE] - BORDER
    return coefficients[at : at + width + 2 * BORDER]


@inner
def cross_sums(coefficients, band, y, middle, beside, width):
    """Sizes of a row of another band, and the sums of the four around each."""
    own = row_of(coefficients, band, y, width)
    above, below = (
        row_of(coefficients, band, y - 1, width),
        row_of(coefficients, band, y + 1, width),
    )
    for x in range(width):
        middle[x] = abs(own[x + BORDER])
        beside[x] = (
            abs(own[x + BORDER - 1])
            + abs(own[x + BORDER + 1])
            + abs(above[x + BORDER])
            + abs(below[x + BORDER])
        )


@inner
def coarser_sums(coefficients, band, y, middle, near, wide, width):
    """Of a row of the next coarser band: the size below which a coefficient lies, and sums around.

    Those that are nearer, by where in its quarter a coefficient lies, weigh more.
    """
    row = min(y // 2, band[ROWS] - 1)
    most = band[COLUMNS] - 1
    own = row_of(coefficients, band, row, band[COLUMNS])
    close = row_of(coefficients, band, row + 1 if y & 1 else row - 1, band[COLUMNS])
    far = row_of(coefficients, band, row - 1 if y & 1 else row + 1, band[COLUMNS])
    for x in range(width):
        i = min(x >> 1, most) + BORDER
        right = 1 if x & 1 else -1
        beside = abs(own[i + right]) + abs(close[i])
        away = abs(own[i - right]) + abs(far[i])
        corners = abs(close[i + 1]) + abs(close[i - 1]) + abs(far[i + 1]) + abs(far[i - 1])
        middle[x] = abs(own[i])
        near[x] = 4 * abs(own[i]) + 2 * beside + away
        wide[x] = 2 * beside + away + corners


@inner
def _sign(value):
    return 0 if value == 0 else (1 if value > 0 else 2)


@inner
def sign_contexts(coefficients, bands, at, y, x, place, plane, third, bases):
    """What says which sign a coefficient has: those of its neighbours."""
    stride = bands[OWN, STRIDE]
    left, above = _sign(coefficients[at - 1]), _sign(coefficients[at - stride])
    parent = 0
    if bands[PARENT, ROWS]:
        row, column = (
            min(y // 2, bands[PARENT, ROWS] - 1),
            min(x // 2, bands[PARENT, COLUMNS] - 1),
        )
        i = bands[PARENT, ORIGIN] + row * bands[PARENT, STRIDE] + column
        parent = _sign(coefficients[i])
    first = second = luma = chroma = first_right = first_below = luma_left = luma_above = 0
    if bands[FIRST, ROWS]:
        i = bands[FIRST, ORIGIN] + y * bands[FIRST, STRIDE] + x
        first, first_right = _sign(coefficients[i]), _sign(coefficients[i + 1])
        first_below = _sign(coefficients[i + bands[FIRST, STRIDE]])
    if bands[SECOND, ROWS]:
        second = _sign(coefficients[bands[SECOND, ORIGIN] + y * bands[SECOND, STRIDE] + x])
    if bands[LUMA, ROWS]:
        i = bands[LUMA, ORIGIN] + y * bands[LUMA, STRIDE] + x
        luma, luma_left = _sign(coefficients[i]), _sign(coefficients[i - 1])
        luma_above = _sign(coefficients[i - bands[LUMA, STRIDE]])
    if bands[CHROMA, ROWS]:
        chroma = _sign(coefficients[bands[CHROMA, ORIGIN] + y * bands[CHROMA, STRIDE] + x])
    bases[0] = ((left * 3 + above) * 3 + third) * 3 + parent
    bases[1] = (luma * 3 + chroma) * 9 + plane * 3 + third
    corners = _sign(coefficients[at - stride - 1]) * 3 + _sign(coefficients[at - stride + 1])
    bases[2] = (corners * 9 + left * 3 + above) * 3 + third
    bases[3] = ((first * 3 + second) * 3 + parent) * 3 + third
    bases[4] = 0
    if plane:
        bases[4] = (((luma * 3 + luma_left) * 9 + left * 3 + luma_above) * 3 + above) * 3 + plane
    bases[5] = (first * 3 + first_right) * 27 + first_below * 9 + second * 3 + third
    bases[6] = place * 9 + luma * 3 + chroma
    bases[7] = (
        (_sign(coefficients[at - 2]) * 3 + _sign(coefficients[at - 2 * stride])) * 9
        + left * 3
        + above
    )
    for i in range(8, SOURCES):
        bases[i] = 0
    placed(bases)

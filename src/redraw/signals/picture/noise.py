"""How strong the noise of a drawing is, told by places where the page is even.

Noise is everywhere: in small blocks that a plane explains otherwise, what is left has the variance
of the noise, and nothing is more even. A drawing without noise has blocks that are even, and what
hatching, dithering and paper leave is unlike noise: neighbours tell of each other, or there are few
levels, or some blocks are far more even than others.

White paper cuts noise off, and black: of what remains there, squared distances from white add up to
half of the variance.

Shapes: H rows, W columns, C channels, N blocks of `BLOCK` x `BLOCK` pixels of one channel.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from redraw.signals.picture.tiles import tiles_of

Floats = NDArray[np.floating]

BLOCK, APART = 5, 3
# Noise that is told, in values: weaker is hardly more than what rounding to 8 bits leaves.
WEAKEST, STRONGEST = 0.004, 0.1
# Blocks whose values span less than this are even; a larger share of all, and there is no noise.
LEVEL, EVEN = 1.5 / 255.0, 0.002
# Blocks that are as even as noise allows: so many, and a share of those that are looked at.
FEWEST, SHARE = 40, 0.03
# Variances, in those of noise, of which few are less, and what many edges have beyond.
LOW, HIGH = 0.25, 1.6
# How many may be less, of those that are as even as noise allows.
BELOW = 0.02
# The first percent of variances over the mean, and the mean of those below `HIGH` of it: of noise
# by `BLOCK` squared less three values, and of squares cut off at white.
WHOLE, CUT = (0.434, 0.967), (0.22, 0.89)
# How much more neighbours tell of each other than those of noise do, and fourth moments over
# squared second ones.
TOLD, MOMENTS = 0.12, (2.2, 5.0)
# Shares of white in blocks that lie on white paper.
WHITE = 0.3, 0.8
ROUNDS = 20
# Pixels along each axis among which like ones are looked for, and how unlike they may be, in
# variances of the noise.
REACH, WIDE = 3, 0.72


def noise_of(values: Floats) -> float:
    """The deviation of a drawing's noise; 0 where there is none, or none that is like noise.

    Args:
        values: Within [0, 1]; alpha has none. (H, W, C)
    """
    colours = values[..., : values.shape[2] - (values.shape[2] in (2, 4))]
    blocks = _blocks(colours)
    if not len(blocks) or (np.ptp(blocks, axis=1) < LEVEL).mean() > EVEN:
        return 0.0
    low, high = blocks.min(axis=1), blocks.max(axis=1)
    left = blocks @ _beside_planes()
    inside = (low > 0.0) & (high < 1.0)
    found = _deviation((left[inside] ** 2).sum(axis=1) / (BLOCK**2 - 3), left[inside], WHOLE)
    for paper in (blocks, 1.0 - blocks):
        if not found:
            white = (paper >= 1.0).mean(axis=1)
            on_it = (white > WHITE[0]) & (white < WHITE[1])
            found = _deviation(2.0 * ((1.0 - paper[on_it]) ** 2).mean(axis=1), left[on_it], CUT)
    return found


def _blocks(values: Floats) -> Floats:
    """Of some tiles, all channels. (N, BLOCK^2)"""
    found = [np.zeros((0, BLOCK**2))]
    for tile in tiles_of(values):
        if min(tile.shape[:2]) >= BLOCK:
            views = sliding_window_view(tile, (BLOCK, BLOCK), (0, 1))[::APART, ::APART]
            found.append(views.reshape(-1, BLOCK**2).astype(np.float64))
    return np.concatenate(found)


def _beside_planes() -> Floats:
    """The projection of blocks onto what no plane explains. (BLOCK^2, BLOCK^2)"""
    y, x = np.mgrid[:BLOCK, :BLOCK] - BLOCK // 2
    planes = np.stack([np.ones((BLOCK, BLOCK)), y, x]).reshape(3, -1)
    planes /= np.linalg.norm(planes, axis=1, keepdims=True)
    return np.eye(BLOCK**2) - planes.T @ planes


def _deviation(variances: Floats, left: Floats, of_noise: tuple[float, float]) -> float:
    """Of the noise of blocks; 0 where they do not look like it.

    Args:
        variances: What each says of that of noise. (N,)
        left: What planes do not explain. (N, BLOCK^2)
        of_noise: See `WHOLE`.
    """
    least, mean = of_noise
    if len(variances) < FEWEST:
        return 0.0
    square = float(np.quantile(variances, 0.01)) / least
    for _ in range(ROUNDS):
        within = variances < HIGH * square
        square = float(variances[within].mean()) / mean if within.any() else 0.0
    within = variances < HIGH * square
    deviation = float(np.sqrt(square))
    if not WEAKEST <= deviation <= STRONGEST or within.sum() < max(FEWEST, SHARE * len(variances)):
        return 0.0
    if (variances < LOW * square).sum() > BELOW * within.sum():
        return 0.0
    return deviation if _like_noise(left[within]) else 0.0


def _like_noise(left: Floats) -> bool:
    """Whether neighbours tell nothing of each other, and there are many levels. (N, BLOCK^2)"""
    squares, moment = (left**2).mean(), (left**4).mean()
    if not MOMENTS[0] * squares**2 < moment < MOMENTS[1] * squares**2:
        return False
    found, noise = left.T @ left / len(left), _beside_planes()
    found /= np.trace(found) / np.trace(noise)
    at = np.arange(BLOCK**2).reshape(BLOCK, BLOCK)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0)):
        one = at[: BLOCK - down, max(0, -right) : BLOCK - max(0, right)].ravel()
        two = one + down * BLOCK + right
        if abs(float((found - noise)[one, two].mean())) > TOLD:
            return False
    return True


def calmed(values: Floats, deviation: float) -> Floats:
    """Means of pixels whose surroundings are alike: enough to judge a picture, not to learn it.

    Source: Buades, Coll & Morel 2005, "A non-local algorithm for image denoising".

    Args:
        values: (H, W, C)
        deviation: Of the noise.
    """
    height, width = values.shape[:2]
    edge = REACH + 1
    wide = np.pad(values, ((edge, edge), (edge, edge), (0, 0)), mode="symmetric")
    own = wide[REACH : REACH + height + 2, REACH : REACH + width + 2]
    square = deviation**2
    total, weights = values.copy(), np.ones((height, width, 1), values.dtype)
    for down in range(2 * REACH + 1):
        for across in range(2 * REACH + 1):
            if down == REACH and across == REACH:
                continue
            other = wide[down : down + height + 2, across : across + width + 2]
            unlike = ((other - own) ** 2).mean(axis=2)
            rows = unlike[:-2] + unlike[1:-1] + unlike[2:]
            around = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9.0
            beyond = np.maximum(around - 2.0 * square, 0.0) / (WIDE * square)
            weight = np.exp(-beyond)[:, :, None]
            total += weight * other[1:-1, 1:-1]
            weights += weight
    return total / weights

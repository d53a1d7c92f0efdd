"""Pages of two tones: every stroke has all of the ink, and what shows less of it is thin.

Where flat areas have one of two colours and no stroke is pale, a colour between the two is a
mixture: of pixels that a stroke covers in parts, and of narrow areas, too: two strokes with a gap
between them, all narrower than a pixel, give rows of one grey.

Shapes: H rows, W columns, C channels, N components.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from redraw.engines.labels.strokes import FULL, SMALLEST, Shown
from redraw.kernels.label_components import AREA

# Differences, in units of values: of the two tones at least, of an area from its tone at most, of a
# colour from the line between them. A pixel of a tone may be so far from it.
CONTRAST, NEAR, OFF, SAME = 0.5, 0.06, 0.025, 0.02
# A stroke shows so much of its ink somewhere; shares of stroke pixels, and of flat ones, that may
# be otherwise.
MOSTLY, RARE = 0.45, 0.01
# Areas no wider than four pixels may be none: a square of five is in none of them.
NARROW = 5


@dataclass(frozen=True)
class Tones:
    """The two colours of a page.

    Attributes:
        colours: Ground and ink. (2, C)
        tone: Which of them each component is: 0 or 1. (N,) int8
    """

    colours: NDArray[np.float32]
    tone: NDArray[np.int8]

    def painted(
        self, values: NDArray[np.float32], label: NDArray[np.int8]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Pixels of either tone in that colour; and which of these were not.

        Args:
            values: (H, W, C)
            label: The tone of each pixel, -1 for none. (H, W)

        Returns:
            The pixels (H, W, C); places y * W + x.
        """
        out = values.copy()
        for tone, colour in enumerate(self.colours):
            out[label == tone] = colour
        return out, np.flatnonzero(np.abs(out - values).max(axis=2) > SAME)


def two_tones(
    shown: Shown,
    size: NDArray[np.int64],
    plain: NDArray[np.int64],
    gain: float,
    members: tuple[NDArray[np.int32], NDArray[np.int64]],
    width: int,
) -> Tones | None:
    """The two tones of a page; None if it has more, or only one.

    Args:
        shown: What its components show.
        size: Pixels of each. (N,)
        plain: Flat ones among them. (N,)
        gain: On squared differences.
        members: Their places and where those of each begin; see `label_components.members`.
        width: W.
    """
    area, thin = plain > AREA * size, shown.kind == 1
    if not area.any():
        return None
    ground = shown.tip[np.argmax(np.where(area, size, 0))]
    far = _length(shown.tip - ground, gain)
    # The farthest colour that so many pixels show, or one beyond it.
    order = np.argsort(-far, kind="stable")
    ink = order[min(np.searchsorted(np.cumsum(size[order]), SMALLEST), len(order) - 1)]
    contrast, ink = far[ink], shown.tip[ink]
    if contrast < CONTRAST:
        return None
    line = ink - ground
    along = gain / contrast**2 * line
    share, behind = (shown.tip - ground) @ along, (shown.ground - ground) @ along
    between = _length(shown.tip - ground - share[:, None] * line, gain) <= OFF
    off = contrast * np.minimum(np.abs(share), np.abs(1.0 - share)) > NEAR
    other = (plain >= FULL) & off
    strong = between & (np.abs(share - behind) >= MOSTLY)
    if (
        (area & ~between).any()
        or (other & (share < MOSTLY)).any()
        or plain[other].sum() > RARE * plain.sum()
        or size[thin & ~strong].sum() > RARE * size[thin].sum()
        or any(_wide(own, members, width) for own in np.flatnonzero(other))
    ):
        return None
    return Tones(np.stack([ground, ink]), (share > 0.5).astype(np.int8))


def _wide(own: np.int64, members: tuple[NDArray[np.int32], NDArray[np.int64]], width: int) -> bool:
    """Whether a component holds a square of `NARROW` pixels a side."""
    order, begins = members
    y, x = np.divmod(order[begins[own] : begins[own + 1]], width)
    inside = np.zeros((np.ptp(y) + 1, np.ptp(x) + 1), bool)
    inside[y - y.min(), x - x.min()] = True
    if min(inside.shape) < NARROW:
        return False
    return bool(sliding_window_view(inside, (NARROW, NARROW)).all(axis=(2, 3)).any())


def _length(differences: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    """Of colours' differences. (N, C) -> (N,)"""
    return np.sqrt(np.float32(gain) * (differences * differences).sum(axis=1))

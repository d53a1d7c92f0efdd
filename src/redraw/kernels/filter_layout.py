"""How the weights of a coded picture's filter lie in one list: constants alone.

Each weight belongs to two neighbours of a pixel on opposite sides (`PAIRS`), and to their
differences from it, as they are or held within a limit (`LIMITS`). The first plane has a set of
weights for each class of a pixel, other planes have one.
"""

# Down and right, to one of the two neighbours.
PAIRS = (
    (0, 1), (0, 2), (0, 3),
    (1, -2), (1, -1), (1, 0), (1, 1), (1, 2),
    (2, -1), (2, 0), (2, 1),
    (3, 0),
)  # fmt: skip
LIMITS = 2
TAPS = LIMITS * len(PAIRS)
# How much happens around, and whether along an axis, a diagonal or neither.
CLASSES = 9
# Weights are in 1/128 and have a byte each.
WEIGHT_SHIFT, HEAVIEST = 7, 127


def weights_of(planes: int) -> int:
    """How many weights there are."""
    return TAPS * (CLASSES + planes - 1)

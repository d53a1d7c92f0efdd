"""How large the network for subpixel detail is (`redraw.fields.subpixel`): without PyTorch."""

from redraw.fields.sizes import in_network

# Pixels that it sees around the middle one, on each side.
AROUND = 2
# Numbers that come in, and that go out; its activation.
INPUTS = (2 * AROUND + 1) ** 2
PARTS = 3
ACTIVATION = "silu"
# Units in a layer of it.
MOST_UNITS = 512


def in_subpixel_detail(units: int) -> int:
    """Its parameters, 0 without units.

    Example:
        >>> in_subpixel_detail(32)
        1987
    """
    return in_network(INPUTS, (units, units), PARTS, activation=ACTIVATION) if units else 0

"""How finely a drawing in whole numbers is told, and how finely for a size or an error."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

# How much less or more a bit may cost than usual; tries, of which the first is the usual; and what
# share of what is asked for is near enough.
CHEAPEST, DEAREST, TRIES, NEAR = 2.0**-8, 4096.0, 8, 0.97
# How sizes and errors change by what a bit may cost, where nothing is known: powers, about.
SIZES, ERRORS = -0.25, 0.6
Made = TypeVar("Made")


@dataclass(frozen=True)
class Fineness:
    """How finely numbers are told.

    Attributes:
        price: What a bit may cost, in squared errors of a pixel's value.
        potential: Step of potentials, in 1/4096.
        colour: Of colours, in 1/65535.
        detail: Of detail, in 1/65535; 0 for none.
        hold: Weight of the squared differences of potentials from what they were.
    """

    price: float = 3e-5
    potential: int = 768
    colour: int = 257
    detail: int = 1028
    hold: float = 3e-5

    @classmethod
    def times(cls, factor: float) -> "Fineness":
        """One whose bits may cost so many times less or more than usual, and steps that suit it."""
        usual = cls()
        finer = 1 if factor > 0.25 else (2 if factor > 0.025 else 4)
        coarser = 1 if factor < 4.0 else (2 if factor < 40.0 else 4)
        return replace(
            usual,
            price=usual.price * factor,
            potential=usual.potential * coarser // finer,
            detail=max(257, round(usual.detail * factor**0.5)) if factor < 64.0 else 0,
        )


def coarsest_within(
    made_by: Callable[[float], Made], measured: Callable[[Made], float], most: float, power: float
) -> tuple[Made | None, float]:
    """What is nearest below a limit, of things made at several factors of `Fineness.times`.

    Args:
        made_by: Makes it.
        measured: What is limited of it: positive, and about a power of the factor.
        most: The limit.
        power: About which; its sign says whether a larger factor makes more or less of it.

    Returns:
        It, or None if there is none; and the least that was measured.
    """
    low, high = CHEAPEST, DEAREST
    factor, best, nearest, least = 1.0, None, 0.0, float("inf")
    for _ in range(TRIES):
        made = made_by(factor)
        found = max(measured(made), 1e-30)
        least = min(least, found)
        if found <= most and found > nearest:
            best, nearest = made, found
        if NEAR * most <= found <= most:
            break
        if (found <= most) == (power > 0):
            low = factor
        else:
            high = factor
        if low >= DEAREST or high <= CHEAPEST:
            break
        # Aimed at the middle of what is near enough; within the bracket, not at its very ends.
        aimed = factor * (0.5 * (1 + NEAR) * most / found) ** (1 / power)
        factor = min(max(aimed, low * (high / low) ** 0.1), high * (low / high) ** 0.1)
    return best, least

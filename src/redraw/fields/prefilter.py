"""The filter that makes B-spline weights of pixel averages, as numbers alone.

Source: Unser, Aldroubi & Eden 1993, "B-spline signal processing", part I.
"""

import math

# Averages over pixels of the B-spline at the pixel itself and beside it: the quartic one's samples.
AVERAGES = (230.0 / 384.0, 76.0 / 384.0, 1.0 / 384.0)
# The inverse filter is cut off where it has fallen to 1e-8 of its middle: float32 does not see it.
REACH = 18


def inverse_filter(reach: int = REACH) -> tuple[float, ...]:
    """The middle and one side of the filter that inverts `AVERAGES`. (reach + 1,)

    By partial fractions: the polynomial's roots inside the unit circle each give a geometric
    series.
    """
    middle, beside, far = AVERAGES
    # far (z^2 + z^-2) + beside (z + z^-1) + middle, as a polynomial of s = z + 1 / z
    root = math.sqrt(beside * beside - 4.0 * far * (middle - 2.0 * far))
    sums = [(-beside + sign * root) / (2.0 * far) for sign in (1.0, -1.0)]
    poles = [(s + math.sqrt(s * s - 4.0)) / 2.0 for s in sums]
    result = [0.0] * (reach + 1)
    for pole, (own, other) in zip(poles, (sums, sums[::-1]), strict=True):
        # 1 / (far (s - own)(s - other)); and 1 / (s - own) is a two-sided geometric series.
        factor = 1.0 / (far * (own - other)) * -pole / (1.0 - pole * pole)
        for distance in range(reach + 1):
            result[distance] += factor * pole**distance
    return tuple(result)

"""Functions of whole sums against whole numbers of 64 bits: at ties, beside them, and at limits."""

import numpy as np
import pytest
from numba import njit

from redraw.kernels import whole_functions
from redraw.kernels.vectors import lanes
from redraw.kernels.whole_functions import BEND, FARTHEST, HALF, MOST_BENT, TURN

LANES = lanes(8)
POINTS = 3 * lanes(8)
# Of a panel in which these points are but some.
PANEL, AT = 5 * lanes(8), lanes(8)
KINDS = ["periodic", "periodic_far", "bent", "bent_far", "ending", "rising"]
MOST = 10_000
# Of sums, and of results.
TYPES = [(np.int32, np.int16), (np.float32, np.float32), (np.float64, np.int16),
         (np.float64, np.float32)]  # fmt: skip


def runner(function):
    """What calls one of the kernels that look something up."""

    @njit(error_model="numpy")
    def run(sums, factors, table, out, at, rows, bend, half):
        vectors = len(sums) // rows // LANES
        function(sums, 0, factors, 0, table, 2, out, at, rows, vectors, PANEL, bend, half)

    return run


@njit(error_model="numpy")
def rising(sums, factors, table, out, at, rows, bend, half):
    vectors = len(sums) // rows // LANES
    whole_functions.rising(sums, 0, factors, 0, out, at, rows, vectors, PANEL, float(MOST))


RUN = [*(runner(getattr(whole_functions, kind)) for kind in KINDS[:-1]), rising]


def results(kind, sums, numerators, shift, bend, result):
    """What the kernel gives of (rows, POINTS) sums, factors being numerators / 2^shift."""
    rows = len(sums)
    factors = np.stack([np.ldexp(numerators, -shift), np.full(rows, 2.0 ** (-shift - 1))], 1)
    words = result is np.int16
    table = np.concatenate([[9, 9], TABLE]).astype(result)
    # One row more than there are, and a pair of them in words.
    out = np.full((rows + 1) // 2 * 2 * PANEL, 77, result)
    numerator, places = bend
    RUN[KINDS.index(kind)](
        sums.ravel(), factors.ravel(), table, out, AT * (2 if words else 1),
        rows, numerator / 2.0**places, 0.5 / 2.0**places,
    )  # fmt: skip
    if not words:
        found = out.reshape(-1, PANEL)
    else:
        found = out.reshape(-1, PANEL, 2).transpose(0, 2, 1).reshape(-1, PANEL)
    outside = np.delete(found, slice(AT, AT + POINTS), axis=1)
    assert (outside == 77).all()
    return found[:rows, AT : AT + POINTS]


TABLE = np.random.default_rng(3).integers(-(2**14), 2**14 + 1, 2 * HALF + 1)


def halved_up(numbers, shift):
    """floor(numbers / 2^shift + 1/2)"""
    return (numbers + (1 << (shift - 1))) >> shift


def expected(kind, sums, numerators, shift, bend):
    t = halved_up(sums.astype(np.int64) * numerators[:, None], shift)
    if kind == "rising":
        return t.clip(0, MOST)
    if kind == "ending":
        return TABLE[t.clip(-HALF, HALF) + HALF]
    if kind.startswith("bent"):
        z = t.clip(-int(MOST_BENT), int(MOST_BENT))
        t = halved_up((abs(z) + int(BEND)) * z * bend[0], bend[1])
    if kind.endswith("far"):
        t = t.clip(-int(FARTHEST), int(FARTHEST))
    return TABLE[t % TURN]


def near_ties(rng, numerators, shift, most):
    """Sums whose products are ties, or beside them by the last bit; others; and the largest."""
    sums = np.empty((len(numerators), POINTS), np.int64)
    for row, numerator in enumerate(numerators):
        inverse = pow(int(numerator), -1, 1 << shift)
        for n in range(POINTS):
            rest = (1 << (shift - 1)) + n % 3 - 1
            least = rest * inverse % (1 << shift)
            turns = int(rng.integers(-(most >> shift), most >> shift))
            sums[row, n] = least + (turns << shift)
    sums[:, -4:] = [most - 1, 1 - most, 0, 1]
    assert (abs(sums) < most).all()
    return sums


@pytest.mark.parametrize("rows", [1, 2, 7])
@pytest.mark.parametrize(("sums", "result"), TYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_places_are_exact(kind, sums, result, rows):
    rng = np.random.default_rng(rows)
    # Few places, and up to 2^52 of the last bit; first layers' sums have more bits, factors fewer.
    most, bits = (1 << 24, 28) if sums is not np.float64 else (1 << 46, 6)
    for shift in (1, 12, 22):
        numerators = 2 * rng.integers(1 << (bits - 2), 1 << (bits - 1), rows) + 1
        totals = near_ties(rng, numerators, shift, most)
        # Bent ones: places around their limits, and products of 52 bits.
        for bend in ((60_001, 33), (3, 20), (1, 6 + shift)):
            if kind == "periodic" and shift == 1:
                continue  # places of 2^51
            far = (int(MOST_BENT) + int(BEND)) * int(MOST_BENT) * bend[0] >> bend[1]
            if kind == "bent" and far >= FARTHEST:
                continue
            found = results(kind, totals.astype(sums), numerators, shift, bend, result)
            np.testing.assert_array_equal(found, expected(kind, totals, numerators, shift, bend))


@pytest.mark.parametrize("kind", ["bent", "bent_far", "ending", "rising"])
def test_small_sums_are_halved_up(kind):
    """Ties of small numbers, below zero too, and where places end."""
    rows = np.array([[-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5]])
    ends = np.array([[-HALF, HALF, -MOST, MOST, -int(MOST_BENT), int(MOST_BENT)]])
    around = 2 * ends.T + np.arange(-3, 4)
    for sums in (rows, around.reshape(1, -1)):
        padded = np.zeros((1, -(-sums.size // POINTS) * POINTS), np.int32)
        padded[0, : sums.size] = sums[0]
        for part in padded.reshape(-1, 1, POINTS):
            bend = (3, 12)
            found = results(kind, part, np.array([1]), 1, bend, np.int16)
            np.testing.assert_array_equal(found, expected(kind, part, np.array([1]), 1, bend))


@pytest.mark.parametrize("numerator", [65_533, 65_535])
def test_bent_places_with_a_bit_too_many_are_halved_up(numerator):
    """The largest argument times 16 bits has 53: half of its last bit more could not be held."""
    z = np.arange(int(MOST_BENT) - POINTS + 1, int(MOST_BENT) + 1)[None]
    for argument in ((z + int(BEND)) * z)[0]:
        # So that this one is a tie, to be halved up from an odd or an even number.
        bend = numerator, (int(argument) & -int(argument)).bit_length()
        assert argument * numerator > 2**52
        found = results("bent_far", z.astype(np.int32), np.array([2]), 1, bend, np.int16)
        np.testing.assert_array_equal(found, expected("bent_far", z, np.array([2]), 1, bend))

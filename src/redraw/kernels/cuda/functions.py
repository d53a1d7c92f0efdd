"""Sine, cosine, tanh, sigmoid and the activations, as Triton writes them for a card.

The formulas are those of `redraw.kernels.functions`, so errors are alike: 2e-7 absolute for sines
of up to 1e4, a few units of the last place for the others. None needs a library of the card's, so
Triton's interpreter runs them as well.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.names import FINER, GAUSS, RELU, SIGMOID, SILU, SINE, TANH


@triton.jit
def sincos(x):
    """sin x and cos x.

    A whole multiple of pi is taken off in three parts, of which the first two are exact: so it does
    not matter whether the compiler fuses products and sums. Polynomials as on the CPU.
    """
    q = tl.floor(x * 0.3183098861837907 + 0.5)
    r = x - q * 3.140625
    r = r - q * 9.67502593994140625e-4
    r = r - q * 1.509957990978376432e-7
    square = r * r
    s = -0.00019822746791964022 + square * 2.6347561854232496e-06
    s = 0.00833324227152172 + square * s
    s = -0.16666665966681088 + square * s
    s = r + r * square * s
    c = 2.4786083264145483e-05 + square * -2.6545920958211396e-07
    c = -0.0013888812616569114 + square * c
    c = 0.041666666080030945 + square * c
    c = 1.0 - 0.5 * square + square * square * c
    # An odd multiple of pi turns both signs.
    turned = 1.0 - 2.0 * (q - 2.0 * tl.floor(q * 0.5))
    return s * turned, c * turned


@triton.jit
def tanh(x):
    """tanh x. Near zero the polynomials of Cephes (Moshier 1989), else by the exponential."""
    size = tl.abs(x)
    square = x * x
    p = 2.06390887954e-2 + square * -5.70498872745e-3
    p = -5.37397155531e-2 + square * p
    p = 1.33314422036e-1 + square * p
    p = -3.33332819422e-1 + square * p
    near = x + x * square * p
    far = 1.0 - 2.0 / (tl.exp(2.0 * tl.minimum(size, 40.0)) + 1.0)
    far = tl.where(x < 0.0, -far, far)
    # A number that isn't one is in neither half.
    return tl.where(size < 0.625, near, tl.where(x == x, far, x))


@triton.jit
def sigmoids(x):
    """sigmoid(x) and sigmoid(-x), both exact in relative terms."""
    small = tl.exp(-tl.abs(x))
    large = 1.0 / (small + 1.0)
    small = small * large
    return tl.where(x < 0.0, small, large), tl.where(x < 0.0, large, small)


@triton.jit
def log_sigmoid(x):
    """log sigmoid(x), stable on both sides."""
    return tl.minimum(x, 0.0) - tl.log(1.0 + tl.exp(-tl.abs(x)))


@triton.jit
def activate(z, omega, spread, KIND: tl.constexpr):
    """The activation of z, and its derivative with respect to z.

    Args:
        z: Sums of a layer, float32.
        omega: Frequency (sine, finer, wire).
        spread: Inverse width (gauss, wire).
        KIND: Place in `redraw.kernels.names.ACTIVATIONS`.
    """
    if KIND == TANH:
        y = tanh(z)
        slope = 1.0 - y * y
    elif KIND == SIGMOID:
        y, other = sigmoids(z)
        slope = y * other
    elif KIND == RELU:  # a number that isn't one stays what it is
        y = tl.where(z < 0.0, 0.0, z)
        slope = tl.where(z > 0.0, 1.0, 0.0)
    elif KIND == SILU:
        s, other = sigmoids(z)
        y = z * s
        slope = s + y * other
    elif KIND == SINE:
        y, c = sincos(omega * z)
        slope = omega * c
    elif KIND == FINER:  # whose scale is held constant in the derivative
        scale = omega * (tl.abs(z) + 1.0)
        y, c = sincos(scale * z)
        slope = scale * c
    elif KIND == GAUSS:
        u = spread * z
        y = tl.exp(-(u * u))
        slope = y * (u * spread) * -2.0
    else:  # wire
        s, c = sincos(omega * z)
        u = spread * z
        bell = tl.exp(-(u * u))
        y = c * bell
        slope = -(omega * s * bell + y * (u * spread) * 2.0)
    return y, slope

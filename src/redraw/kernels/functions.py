"""Sine, cosine, exponential, tanh, sigmoid and the activations, a vector at a time.

Error bounds hold for float32 and are tested; float64 is within 1e-14.

    sincos     2e-7 absolute for |x| <= 1e4 (one multiple of pi taken off in two fused parts)
    exponential  2e-7 relative; 1e-38 and 3e38 beyond the range of float32
    tanh       2e-7 relative
    sigmoid    3e-7 relative
"""

from collections.abc import Callable
from typing import Any

from redraw.kernels.compiling import inner
from redraw.kernels.names import FINER, GAUSS, RELU, SIGMOID, SILU, SINE, TANH
from redraw.kernels.vectors import Value, Vectors, kernel


def nearest(e: Vectors, x: Value) -> tuple[Value, Any]:
    """The whole number nearest to x, as a number and as an integer's low bits.

    |x| is below 2^22; of float64 below 2^51.
    """
    magic = e(1.5 * 2.0 ** (52 if e.double else 23))
    shifted = x + magic
    return shifted - magic, e.as_bits(shifted)


def sincos(e: Vectors, x: Value) -> tuple[Value, Value]:
    """sin x and cos x.

    x - q pi is exact in one fused step: both sides are multiples of the last bit of pi as stored,
    and the result is small. The polynomials are least-maximum fits on [-pi/2, pi/2].
    """
    q, bits = nearest(e, x * 0.3183098861837907)
    if e.double:
        r = e.fma(q, -3.141592653589793, x)
        r = e.fma(q, -1.2246467991473532e-16, r)
        s_terms = _taylor(3, 23)
        c_terms = _taylor(4, 24)
    else:
        r = e.fma(q, -3.1415927410125732, x)
        r = e.fma(q, 8.742278012618954e-08, r)
        s_terms = [
            -0.16666665966681088,
            0.00833324227152172,
            -0.00019822746791964022,
            2.6347561854232496e-06,
        ]
        c_terms = [
            0.041666666080030945,
            -0.0013888812616569114,
            2.4786083264145483e-05,
            -2.6545920958211396e-07,
        ]
    square = r * r
    s = e.fma(r * square, e.polynomial(square, *s_terms), r)
    c = e.fma(square * square, e.polynomial(square, *c_terms), e.fma(square, -0.5, 1.0))
    # An odd multiple of pi turns both signs.
    sign = e.builder.shl(bits, e.whole(63 if e.double else 31))
    turn = [e.from_bits(e.builder.xor(e.as_bits(v), sign)) for v in (s, c)]
    return turn[0], turn[1]


def _taylor(first: int, last: int) -> list[float]:
    """+-1/n! for n = first, first + 2, ... last, as in the series of sine (odd) and cosine."""
    terms = []
    factorial = 1.0
    for n in range(1, last + 1):
        factorial *= n
        if n >= first and (n - first) % 2 == 0:
            terms.append((-1.0 if (n // 2) % 2 else 1.0) / factorial)
    return terms


def exponential(e: Vectors, x: Value) -> Value:
    """e^x."""
    low, high = (-708.0, 709.0) if e.double else (-87.0, 88.0)
    x = e.where(x < low, low, x)
    x = e.where(x > high, high, x)
    q, bits = nearest(e, x * 1.4426950408889634)
    r = e.fma(q, -0.693145751953125, x)
    r = e.fma(q, -1.4286068203094173e-06, r)
    if e.double:
        terms = [0.5]
        for n in range(3, 15):
            terms.append(terms[-1] / n)
    else:
        terms = [
            0.500000002736316,
            0.1666657603941842,
            0.0416663721594049,
            0.008363335765797031,
            0.0013941390218011013,
        ]
    y = e.fma(r * r, e.polynomial(r, *terms), r + 1.0)
    shift = 52 if e.double else 23
    return e.from_bits(e.builder.add(e.as_bits(y), e.builder.shl(bits, e.whole(shift))))


def tanh(e: Vectors, x: Value) -> Value:
    """tanh x. Near zero the polynomials of Cephes (Moshier 1989), else by the exponential."""
    size = e.absolute(x)
    square = x * x
    if e.double:
        over = e.polynomial(
            square, -1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1
        )
        under = e.polynomial(
            square,
            4.84406305325125486048e3,
            2.23548839060100448583e3,
            1.12811678491632931402e2,
            1.0,
        )
        near = e.fma(x * square, over / under, x)
    else:
        terms = e.polynomial(
            square,
            -3.33332819422e-1,
            1.33314422036e-1,
            -5.37397155531e-2,
            2.06390887954e-2,
            -5.70498872745e-3,
        )
        near = e.fma(x * square, terms, x)
    far = 1.0 - e(2.0) / (exponential(e, size + size) + 1.0)
    far = e.where(x < 0.0, -far, far)
    return e.where(size < 0.625, near, far)


def sigmoids(e: Vectors, x: Value) -> tuple[Value, Value]:
    """sigmoid(x) and sigmoid(-x), both exact in relative terms."""
    small = exponential(e, -e.absolute(x))
    large = e(1.0) / (small + 1.0)
    small = small * large
    negative = x < 0.0
    return e.where(negative, small, large), e.where(negative, large, small)


def _activation(value: Callable[..., tuple[Value, Value]]) -> Any:
    """A kernel over rows: z becomes the activation, `slope` its derivative with respect to z."""

    @kernel(arrays=2, integers=1, scalars=2)
    def rows(e, z, slope, vectors, omega, spread):
        def body(i):
            offset = e.times(i, e.lanes)
            y, d = value(e, e.load(z, offset), e(omega), e(spread))
            e.store(y, z, offset)
            e.store(d, slope, offset)

        e.repeat(vectors, body)

    return rows


@_activation
def tanh_rows(e, z, omega, spread):
    """tanh z."""
    y = tanh(e, z)
    return y, 1.0 - y * y


@_activation
def sigmoid_rows(e, z, omega, spread):
    """1 / (1 + exp(-z))."""
    y, other = sigmoids(e, z)
    return y, y * other


@_activation
def relu_rows(e, z, omega, spread):
    """max(z, 0)."""
    negative = z < 0.0  # NaN stays NaN
    return e.where(negative, 0.0, z), e.where(z > 0.0, 1.0, 0.0)


@_activation
def silu_rows(e, z, omega, spread):
    """z sigmoid(z)."""
    s, other = sigmoids(e, z)
    y = z * s
    return y, e.fma(y, other, s)


@_activation
def sine_rows(e, z, omega, spread):
    """sin(omega z)."""
    s, c = sincos(e, omega * z)
    return s, omega * c


@_activation
def finer_rows(e, z, omega, spread):
    """sin(omega (|z| + 1) z), the scale held constant in the derivative."""
    scale = omega * (e.absolute(z) + 1.0)
    s, c = sincos(e, scale * z)
    return s, scale * c


@_activation
def gauss_rows(e, z, omega, spread):
    """exp(-(s z)^2)."""
    u = spread * z
    y = exponential(e, -(u * u))
    return y, y * (u * spread) * -2.0


@_activation
def wire_rows(e, z, omega, spread):
    """cos(omega z) exp(-(s z)^2)."""
    s, c = sincos(e, omega * z)
    u = spread * z
    bell = exponential(e, -(u * u))
    y = c * bell
    return y, -e.fma(omega * s, bell, y * (u * spread) * 2.0)


@inner
def activate(kind, z, z_at, slope, slope_at, vectors, omega, spread):
    """Replace `vectors` vectors of z by the activation, and write its derivative to `slope`."""
    if kind == TANH:
        tanh_rows(z, z_at, slope, slope_at, vectors, omega, spread)
    elif kind == SIGMOID:
        sigmoid_rows(z, z_at, slope, slope_at, vectors, omega, spread)
    elif kind == RELU:
        relu_rows(z, z_at, slope, slope_at, vectors, omega, spread)
    elif kind == SILU:
        silu_rows(z, z_at, slope, slope_at, vectors, omega, spread)
    elif kind == SINE:
        sine_rows(z, z_at, slope, slope_at, vectors, omega, spread)
    elif kind == FINER:
        finer_rows(z, z_at, slope, slope_at, vectors, omega, spread)
    elif kind == GAUSS:
        gauss_rows(z, z_at, slope, slope_at, vectors, omega, spread)
    else:
        wire_rows(z, z_at, slope, slope_at, vectors, omega, spread)


@kernel(arrays=2, integers=1, scalars=0)
def sincos_rows(e, x, cosine, vectors):
    """cos x to `cosine`; x becomes sin x."""

    def body(i):
        offset = e.times(i, e.lanes)
        s, c = sincos(e, e.load(x, offset))
        e.store(s, x, offset)
        e.store(c, cosine, offset)

    e.repeat(vectors, body)


@kernel(arrays=3, integers=1, scalars=1)
def output_rows(e, z, value, other, vectors, sharpness):
    """sigmoid(sharpness z) to `value`, sigmoid(-sharpness z) to `other`; z becomes sharpness z."""

    def body(i):
        offset = e.times(i, e.lanes)
        logit = e(sharpness) * e.load(z, offset)
        yes, no = sigmoids(e, logit)
        e.store(logit, z, offset)
        e.store(yes, value, offset)
        e.store(no, other, offset)

    e.repeat(vectors, body)


@kernel(arrays=3, integers=1, scalars=1)
def output_slope_rows(e, gradient, value, other, vectors, sharpness):
    """Multiply the gradient by the slope of sigmoid(sharpness z)."""

    def body(i):
        offset = e.times(i, e.lanes)
        slope = e.load(value, offset) * e.load(other, offset) * e(sharpness)
        e.store(e.load(gradient, offset) * slope, gradient, offset)

    e.repeat(vectors, body)

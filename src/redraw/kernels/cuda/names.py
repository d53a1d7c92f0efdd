"""What kernels know by number (`redraw.kernels.names`), as Triton's kernels may compare with it."""

import triton.language as tl

from redraw.kernels import names

TANH, SIGMOID, RELU = (tl.constexpr(one) for one in (names.TANH, names.SIGMOID, names.RELU))
SILU, SINE = tl.constexpr(names.SILU), tl.constexpr(names.SINE)
FINER, GAUSS = tl.constexpr(names.FINER), tl.constexpr(names.GAUSS)

MSE, L1, BCE = (tl.constexpr(one) for one in (names.MSE, names.L1, names.BCE))
CROSS_ENTROPY = tl.constexpr(names.CROSS_ENTROPY)

SGD = tl.constexpr(names.SGD)

SIGMOIDAL, SOFTMAX = tl.constexpr(names.SIGMOIDAL), tl.constexpr(names.SOFTMAX)

FOURIER, GRID = tl.constexpr(names.FOURIER), tl.constexpr(names.GRID)

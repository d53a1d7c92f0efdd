"""What the kernels know by number: activations, losses and update rules. Names alone, no Numba.

A number is the place of its name, and what the kernels of `functions`, `losses` and `optimizers`
compare with. Which there are besides: `redraw.fields.sizes.ACTIVATIONS`, `redraw.engines.losses`,
`redraw.engines.solvers`; an engine refuses what is not here.
"""

ACTIVATIONS = ("tanh", "sigmoid", "relu", "silu", "sine", "finer", "gauss", "wire")
TANH, SIGMOID, RELU, SILU, SINE, FINER, GAUSS, WIRE = range(len(ACTIVATIONS))

LOSSES = ("mse", "l1", "bce", "relative_l2")
MSE, L1, BCE, RELATIVE_L2 = range(len(LOSSES))
# What a softmax learns by; the engine for CUDA alone knows it.
CROSS_ENTROPY = len(LOSSES)
# Of relative_l2: keeps the division finite where the prediction is black. tiny-cuda-nn's value.
RELATIVE_EPS = 0.01

RULES = ("adam", "adamw", "sgd")
ADAM, ADAMW, SGD = range(len(RULES))

# What follows the last layer.
OUTPUTS = ("linear", "sigmoid", "softmax")
LINEAR, SIGMOIDAL, SOFTMAX = range(len(OUTPUTS))

# What the first layer takes, for CUDA: positions, their waves, or a hash grid's features.
IDENTITY, FOURIER, GRID = range(3)

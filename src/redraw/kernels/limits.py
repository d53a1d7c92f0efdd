"""What this machine can do at best: products and copies with nothing in their way."""

import numpy as np

from redraw.kernels.compiling import entry
from redraw.kernels.tiles import product8


@entry
def products(weights, inputs, out, terms, rounds):
    """One tile's product, again and again: 2 * 8 * panel * terms operations a round.

    Args:
        weights: (terms, 8)
        inputs: (terms, panel)
        out: (8, panel)
        terms: Of each sum.
        rounds: How often.
    """
    for _ in range(rounds):
        product8(weights, np.int64(0), inputs, np.int64(0), out, np.int64(0), terms)


@entry
def copies(source, target, rounds):
    """Copy `source` to `target`, again and again. (n,), (n,)"""
    for _ in range(rounds):
        for i in range(len(source)):
            target[i] = source[i]
        # What no store follows would be copied once.
        source[0] += 1

"""Potentials of labels moved: the gradient of their bending, and Adam.

Shapes: P potentials.

Source: Kingma & Ba 2015, "Adam", algorithm 1.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner


@inner
def _along(potentials, beside, i):
    """The second difference along a row; 0 where unknown. (P,), (P,)"""
    if beside[i] != 3:
        return np.float32(0.0)
    return np.float32(potentials[i - 1] + potentials[i + 1] - 2 * potentials[i])


@inner
def _down(potentials, links, i):
    """The second difference along a column; 0 where unknown. (P,), (P, 2)"""
    above, below = links[i, 0], links[i, 1]
    if min(above, below) < 0:
        return np.float32(0.0)
    return np.float32(potentials[above] + potentials[below] - 2 * potentials[i])


@inner
def _mixed(potentials, links, beside, i):
    """The mixed second difference to the right and below; 0 where unknown. (P,), (P, 2), (P,)"""
    below = links[i, 1]
    if not beside[i] & 2 or below < 0 or links[i + 1, 1] < 0:
        return np.float32(0.0)
    return potentials[i] - potentials[i + 1] - potentials[below] + potentials[links[i + 1, 1]]


@entry
def add_bending(potentials, gradient, links, beside, bending, part, parts):
    """The gradient of the potentials' bending, added to theirs.

    Args:
        potentials: (P,)
        gradient: (P,)
        links: Nodes above and below. (P, 2)
        beside: Whether there are nodes on the left (1) and on the right (2). (P,)
        bending: Weight of the sum of squared second derivatives.
    """
    count = len(potentials)
    for i in range(count * part // parts, count * (part + 1) // parts):
        above, below = links[i, 0], links[i, 1]
        bent = -2 * _along(potentials, beside, i) - 2 * _down(potentials, links, i)
        bent += 2 * _mixed(potentials, links, beside, i)
        if beside[i] & 1:
            bent += _along(potentials, beside, i - 1) - 2 * _mixed(potentials, links, beside, i - 1)
            corner = links[i - 1, 0]
            if corner >= 0:
                bent += 2 * _mixed(potentials, links, beside, corner)
        if beside[i] & 2:
            bent += _along(potentials, beside, i + 1)
        if above >= 0:
            bent += _down(potentials, links, above) - 2 * _mixed(potentials, links, beside, above)
        if below >= 0:
            bent += _down(potentials, links, below)
        gradient[i] += 2 * bending * bent


@entry
def update_potentials(
    potentials, gradient, first, second, rate, correction, root, part, parts
):  # fmt: skip
    """Adam on potentials; the gradient becomes 0.

    Args:
        potentials: (P,)
        gradient: (P,)
        first: Adam's moment. (P,)
        second: Adam's moment. (P,)
        rate: Of the step.
        correction: Of the first moment's bias.
        root: Of the second's.
    """
    count = len(potentials)
    for i in range(count * part // parts, count * (part + 1) // parts):
        adam(potentials, first, second, i, gradient[i], rate, correction, root)
        gradient[i] = 0


@inner
def adam(values, first, second, i, slope, rate, correction, root):
    """One number's update; moments decay by .9 and .99."""
    one = np.float32(0.9) * first[i] + np.float32(0.1) * slope
    two = np.float32(0.99) * second[i] + np.float32(0.01) * slope * slope
    first[i] = one
    second[i] = two
    values[i] -= rate * one * correction / (math.sqrt(two * root) + np.float32(1e-8))

"""Which components share a label.

Shapes: N components, K labels, C channels, E neighbours.
"""

import numpy as np

from redraw.kernels.compiling import entry
from redraw.kernels.extremes import place_of_least

# Colours that a label remembers of its components.
REMEMBERED = 48


@entry
def choose_labels(order, begins, others, weights, size, colour, alike, most):
    """Colour a graph greedily, in a given order.

    Args:
        order: Components, the first to choose first. (N,)
        begins: Where the neighbours of each begin, and their end. (N + 1,)
        others: The neighbours. (E,)
        weights: How strongly they attract; -1 for those that must not share a label, -1/2 for those
            that should not while there is another. (E,)
        size: Pixels of each. (N,)
        colour: Mean of each. (N, C)
        alike: Colours that differ by less than this attract, wherever they are.
        most: K at most.

    Returns:
        The label of each, (N,) int32; and how many there are.
    """
    channels = colour.shape[1]
    label = np.full(len(order), -1, np.int32)
    seen = np.zeros((most, REMEMBERED, channels), np.float32)
    seen_size = np.zeros((most, REMEMBERED), np.float32)
    seen_count = np.zeros(most, np.int64)
    members = np.zeros(most, np.int64)
    against, attraction = np.zeros(most, np.int64), np.zeros(most)
    beside = np.zeros(most, np.int64)
    used = 0
    for own in order:
        against[:] = 0
        beside[:] = 0
        attraction[:] = 0
        for e in range(begins[own], begins[own + 1]):
            k = label[others[e]]
            if k >= 0:
                if weights[e] <= -1:
                    against[k] += 1
                elif weights[e] < 0:
                    beside[k] += 1
                else:
                    attraction[k] += weights[e]
        best, score, fewest = -1, -1e30, 0 if used < most else 1 << 30
        for k in range(used):
            if against[k] or beside[k] > fewest:
                continue
            if beside[k] < fewest:
                fewest, score = beside[k], -1e30
            near = 0.0
            for i in range(seen_count[k]):
                worst = np.float32(0.0)
                for c in range(channels):
                    worst = max(worst, abs(seen[k, i, c] - colour[own, c]))
                if worst < alike:
                    near += seen_size[k, i]
            found = 10 * attraction[k] + 0.1 * np.sqrt(near) - 0.001 * members[k]
            if found > score:
                best, score = k, found
        if best < 0:
            if used < most:
                best = used
                used += 1
            else:
                best = place_of_least(against)
        label[own] = best
        members[best] += 1
        place = -1
        for i in range(seen_count[best]):
            worst = np.float32(0.0)
            for c in range(channels):
                worst = max(worst, abs(seen[best, i, c] - colour[own, c]))
            if worst < 0.25 * alike:
                place = i
                break
        if place >= 0:
            seen_size[best, place] += size[own]
        elif seen_count[best] < REMEMBERED:
            seen[best, seen_count[best]] = colour[own]
            seen_size[best, seen_count[best]] = size[own]
            seen_count[best] += 1
    return label, used

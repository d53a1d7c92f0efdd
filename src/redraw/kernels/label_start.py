"""Where a fit of labels begins: candidates and potentials from the parts that pixels consist of.

Shapes: H rows, W columns, K labels, B listed pixels, M candidates at most, P potentials.
"""

import numpy as np

from redraw.kernels.compiling import entry
from redraw.kernels.label_tables import NONE

# A label is in a pixel from this share on.
LEAST = np.float32(0.02)
# Rows and columns around a node that its potential is made of.
REACH = 4


@entry
def candidates_of(who, share, labels, owner, found, first, last):
    """Labels in a pixel and its eight neighbours, those in itself before the others.

    Args:
        who: Labels of each pixel, -1 for none. (H, W, 3)
        share: How much of it they are. (H, W, 3)
        labels: K.
        owner: Filled from row `first` to `last`: the only candidate, or `NONE`. (H, W) uint8
        found: Filled: the candidates, rising, filled up by `NONE`. (H, W, M) uint8
    """
    height, width, parts = who.shape
    most = found.shape[2]
    near = np.empty(labels, np.int64)
    for y in range(first, last):
        for x in range(width):
            near[:] = 9
            for b in range(max(0, y - 1), min(height, y + 2)):
                for a in range(max(0, x - 1), min(width, x + 2)):
                    for i in range(parts):
                        k = who[b, a, i]
                        if k >= 0 and share[b, a, i] > LEAST:
                            near[k] = min(near[k], abs(b - y) + abs(a - x))
            count = 0
            for k in range(labels):
                count += near[k] < 9
            limit = 2
            while count > most and limit >= 0:  # the farthest and last ones go
                for k in range(labels - 1, -1, -1):
                    if near[k] == limit and count > most:
                        near[k] = 9
                        count -= 1
                limit -= 1
            for m in range(most):
                found[y, x, m] = NONE
            count = 0
            for k in range(labels):
                if near[k] < 9:
                    found[y, x, count] = k
                    count += 1
            owner[y, x] = found[y, x, 0] if count == 1 else NONE
            if count == 0:
                owner[y, x] = 0


@entry
def start_potentials(who, share, nodes, blur, out, part, parts):
    """The potential of each node: twice the blurred share of its label less one, falling off.

    Args:
        who: As of `candidates_of`.
        share: As of `candidates_of`.
        nodes: Label, row and column of each; row and column begin two outside. (P, 3) int32
        blur: Weights of a kernel along an axis, from its middle to its end. (D,)
        out: Filled. (P,)
    """
    height, width, kinds = who.shape
    reach = len(blur) - 1
    count = len(nodes)
    for node in range(count * part // parts, count * (part + 1) // parts):
        label, y, x = nodes[node, 0], nodes[node, 1] - 2, nodes[node, 2] - 2
        total = np.float32(0.0)
        near = np.float32(25.0)
        for dy in range(-REACH, REACH + 1):
            b = min(max(y + dy, 0), height - 1)
            for dx in range(-REACH, REACH + 1):
                a = min(max(x + dx, 0), width - 1)
                for i in range(kinds):
                    if who[b, a, i] == label:
                        if abs(dy) <= reach and abs(dx) <= reach:
                            total += blur[abs(dy)] * blur[abs(dx)] * share[b, a, i]
                        if share[b, a, i] > LEAST:
                            near = min(near, np.float32(dy * dy + dx * dx))
        far = min(max(np.sqrt(near) - np.float32(1.0), np.float32(0.0)), np.float32(4.0))
        out[node] = 2 * total - 1 - np.float32(1.5) * far

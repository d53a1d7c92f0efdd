"""Where a fit of labels begins: candidates and potentials from the parts that pixels consist of.

Shapes: H rows, W columns, K labels, B listed pixels, M candidates at most, P potentials, X mixed
pixels.
"""

import numpy as np

from redraw.kernels.compiling import entry
from redraw.kernels.label_tables import NONE
from redraw.kernels.unmixing import PARTS, parts_of_rows

# A label is in a pixel from this share on.
LEAST = np.float32(0.02)
# Rows and columns around a node that its potential is made of.
REACH = 4


@entry
def candidates_of(mixture, labels, owner, found, first, last):
    """Labels in a pixel and its eight neighbours, those in itself before the others.

    Args:
        mixture: What pixels consist of: label (H, W), pure (H, W), begins (H + 1,), who (X, 3) and
            share (X, 3), as of `redraw.kernels.unmixing.unmix`.
        labels: K.
        owner: Filled from row `first` to `last`: the only candidate, or `NONE`. (H, W) uint8
        found: Filled, for these rows: the candidates, rising, filled up by `NONE`.
            (last - first, W, M) uint8
    """
    label, pure, begins, pixel_who, pixel_share = mixture
    height, width = label.shape
    top, bottom = max(0, first - 1), min(height, last + 1)
    who = np.empty((bottom - top, width, PARTS), np.int8)
    share = np.empty((bottom - top, width, PARTS), np.float32)
    parts_of_rows(label, pure, begins, pixel_who, pixel_share, top, who, share)
    most = found.shape[2]
    near = np.empty(labels, np.int64)
    for y in range(first, last):
        for x in range(width):
            near[:] = 9
            for b in range(max(0, y - 1), min(height, y + 2)):
                for a in range(max(0, x - 1), min(width, x + 2)):
                    for i in range(PARTS):
                        k = who[b - top, a, i]
                        if k >= 0 and share[b - top, a, i] > LEAST:
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
                found[y - first, x, m] = NONE
            count = 0
            for k in range(labels):
                if near[k] < 9:
                    found[y - first, x, count] = k
                    count += 1
            owner[y, x] = found[y - first, x, 0] if count == 1 else NONE
            if count == 0:
                owner[y, x] = 0


@entry
def with_faint(owner, faint, candidates, out):
    """Candidates once more pixels are listed, each for its own label alone.

    Args:
        owner: Of pixels with one candidate: becomes `NONE` where these are faint. (H, W) uint8
        faint: (H, W) bool
        candidates: Of the pixels listed so far. (B, M) uint8
        out: Filled: of all that are listed then. (B', M) uint8
    """
    before, after = 0, 0
    for y in range(owner.shape[0]):
        for x in range(owner.shape[1]):
            if owner[y, x] == NONE:
                out[after] = candidates[before]
                before += 1
                after += 1
            elif faint[y, x]:
                out[after] = NONE
                out[after, 0] = owner[y, x]
                owner[y, x] = NONE
                after += 1


@entry
def start_potentials(mixture, rows, columns, blur, out, first, last):
    """The potential of each node: twice the blurred share of its label less one, falling off.

    Args:
        mixture: As of `candidates_of`.
        rows: The first node of each row of each label; rows begin two outside. (K, H + 5)
        columns: Of nodes; they begin two outside. (P,) int32
        blur: Weights of a kernel along an axis, from its middle to its end. (D,)
        out: Filled for nodes in rows `first` to `last` of the lattice. (P,)
    """
    label, pure, begins, pixel_who, pixel_share = mixture
    height, width = label.shape
    top, bottom = max(0, first - 2 - REACH), min(height, last - 2 + REACH)
    who = np.empty((bottom - top, width, PARTS), np.int8)
    share = np.empty((bottom - top, width, PARTS), np.float32)
    parts_of_rows(label, pure, begins, pixel_who, pixel_share, top, who, share)
    reach = len(blur) - 1
    for own in range(rows.shape[0]):
        for row in range(first, last):
            y = row - 2
            for node in range(rows[own, row], rows[own, row + 1]):
                x = columns[node] - 2
                total = np.float32(0.0)
                near = np.float32(25.0)
                for dy in range(-REACH, REACH + 1):
                    b = min(max(y + dy, 0), height - 1) - top
                    for dx in range(-REACH, REACH + 1):
                        a = min(max(x + dx, 0), width - 1)
                        for i in range(PARTS):
                            if who[b, a, i] == own:
                                if abs(dy) <= reach and abs(dx) <= reach:
                                    total += blur[abs(dy)] * blur[abs(dx)] * share[b, a, i]
                                if share[b, a, i] > LEAST:
                                    near = min(near, np.float32(dy * dy + dx * dx))
                far = np.sqrt(near) - np.float32(1.0)
                far = min(max(far, np.float32(0.0)), np.float32(4.0))
                out[node] = 2 * total - 1 - np.float32(1.5) * far

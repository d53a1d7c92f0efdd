"""A field of labels from the tensors of its file, with nothing but NumPy. See `plain_reader`."""

import numpy as np

NONE = 255  # no label; and a pixel that is listed


def features(encoding, tensors, xy):
    """The colours at positions in [-1, 1]. (N, 2) -> (N, C)"""
    layout = Layout(encoding, tensors)
    return np.stack([layout.value(*position) for position in xy])


class Layout:
    """Which number of the file belongs to which place.

    Potentials are in the order of (label, row, column) of their nodes, as far as a listed pixel of
    two candidates or more needs them: five by five, from two rows and columns outside of the
    picture on. Colours likewise: four by four nodes of cells of four pixels, for every label of
    every pixel.
    """

    def __init__(self, encoding, tensors):
        self.encoding, self.tensors = encoding, tensors
        owner, candidates = (tensors[f"encoding.{name}"] for name in ("owner", "candidates"))
        self.owner = owner.astype(int)
        self.listed = {place: i for i, place in enumerate(zip(*np.nonzero(owner == NONE)))}  # noqa: B905
        self.labels = {
            p: [int(k) for k in candidates[i] if k != NONE] for p, i in self.listed.items()
        }
        potentials, colours = set(), set()
        for row, column in np.ndindex(owner.shape):
            own = self.candidates(row, column)
            for label in own:
                if len(own) > 1:
                    potentials |= {(label, row + a, column + b) for a, b in np.ndindex(5, 5)}
                first = first_cell(row), first_cell(column)
                colours |= {(label, first[0] + a, first[1] + b) for a, b in np.ndindex(4, 4)}
        self.potentials = {node: i for i, node in enumerate(sorted(potentials))}
        self.colours = {node: i for i, node in enumerate(sorted(colours))}

    def candidates(self, row, column):
        """The labels of a pixel."""
        return self.labels.get((row, column)) or [self.owner[row, column]]

    def value(self, x, y):
        """What is drawn at a position in [-1, 1]. (C,)"""
        width, height = self.encoding["width"], self.encoding["height"]
        x, y = ((np.clip(v, -1, 1) + 1) / 2 * side for v, side in ((x, width), (y, height)))
        row, column = min(int(y), height - 1), min(int(x), width - 1)
        own = self.candidates(row, column)
        power = np.zeros(len(own))
        if len(own) > 1:
            for i, label in enumerate(own):
                for a, b in np.ndindex(5, 5):
                    share = bump(y - (row + a - 1.5)) * bump(x - (column + b - 1.5))
                    node = self.potentials[label, row + a, column + b]
                    power[i] += share * self.tensors["encoding.potentials"][node]
        weights = np.exp(self.encoding["sharpness"] * (power - power.max()))
        total = np.zeros(self.encoding["planes"])
        for weight, label in zip(weights / weights.sum(), own, strict=True):
            for a, b in np.ndindex(4, 4):
                r, c = first_cell(row) + a, first_cell(column) + b
                share = bump(y / 4 - (r - 1.5)) * bump(x / 4 - (c - 1.5))
                node = self.colours[label, r, c]
                total += weight * share * self.tensors["encoding.colours"][node]
        for (r, c), i in self.listed.items():  # linear between the centres of listed pixels
            share = max(0, 1 - abs(y - r - 0.5)) * max(0, 1 - abs(x - c - 0.5))
            total += share * self.tensors["encoding.detail"][i]
        return total


def first_cell(pixel):
    """The first of the four nodes of colours that reach a pixel, along an axis."""
    return (2 * pixel + 5) // 8


def bump(x):
    """The cubic B-spline."""
    x = abs(x)
    return max(0, 2 - x) ** 3 / 6 - 4 * max(0, 1 - x) ** 3 / 6

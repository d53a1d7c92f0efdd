"""The spline pyramid of a field file with nothing but NumPy; a part of `plain_reader.py`."""

import itertools

import numpy as np

GAIN = 1.149604398860241
STEPS = (-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971)


def features(encoding, tensors, xy):
    """Values of the planes' splines at positions in [-1, 1]. (N, 2) -> (N, C)"""
    width, height, planes = (encoding[key] for key in ("width", "height", "planes"))
    across, down = [width], [height]
    while max(across[-1], down[-1]) > 8:
        across.append(-(-across[-1] // 2))
        down.append(-(-down[-1] // 2))
    bands = {}  # (level, third) -> top, left, rows, columns
    for level in range(len(across) - 1):
        low = down[level + 1], across[level + 1]
        rest = down[level] - low[0], across[level] - low[1]
        bands[level, 0] = (0, low[1], low[0], rest[1])
        bands[level, 1] = (low[0], 0, rest[0], low[1])
        bands[level, 2] = (low[0], low[1], *rest)
    corner = down[-1], across[-1]
    kept, matrices = Decoder(tensors["encoding.code"], encoding["transforms"]).read(
        planes, (height, width), corner, bands
    )
    numbers = np.zeros((planes, height, width))
    numbers[kept] = tensors["encoding.values"]
    for (plane, top, left, turned), choice in matrices.items():
        block = numbers[plane, top : top + 2, left : left + 2]
        block = block.T if turned else block
        made = (block.reshape(4) @ tensors["encoding.transforms"][choice]).reshape(2, 2)
        numbers[plane, top : top + 2, left : left + 2] = made.T if turned else made
    low = numbers[:, : corner[0], : corner[1]]
    for level in range(len(across) - 2, -1, -1):
        (t0, l0, r0, c0), (t1, l1, r1, c1), (t2, l2, r2, c2) = (bands[level, k] for k in range(3))
        top = join(low, numbers[:, t0 : t0 + r0, l0 : l0 + c0], 2)
        bottom = join(numbers[:, t1 : t1 + r1, l1 : l1 + c1], numbers[:, t2:, l2:][:, :r2, :c2], 2)
        low = join(top, bottom, 1)
    weights = invert(invert(low, 1), 2)
    result = np.zeros((len(xy), planes))
    for n, (x, y) in enumerate(xy):
        u, v = (x + 1) / 2 * width - 0.5, (y + 1) / 2 * height - 0.5
        for j, i in itertools.product(range(-1, 3), range(-1, 3)):
            column, row = int(np.floor(u)) + i, int(np.floor(v)) + j
            share = bspline(u - column) * bspline(v - row)
            result[n] += share * weights[:, fold(row, height), fold(column, width)]
    return result


def join(low, high, axis):
    """Undo one lifting along an axis."""
    low, high = low.swapaxes(0, axis), high.swapaxes(0, axis)
    if len(high) == 0:
        return low.swapaxes(0, axis)
    total = np.empty((len(low) + len(high), *low.shape[1:]))
    total[0::2], total[1::2] = low / GAIN, high * GAIN
    for step in (3, 2, 1, 0):
        for i in range(1 - step % 2, len(total), 2):
            before = total[i - 1 if i else 1]
            after = total[i + 1 if i + 1 < len(total) else i - 1]
            total[i] = total[i] - STEPS[step] * (before + after)
    return total.swapaxes(0, axis)


def fold(index, side):
    """Beyond its edges the picture goes on mirrored."""
    index %= 2 * side
    return min(index, 2 * side - 1 - index)


def bspline(t):
    """The cubic B-spline."""
    t = abs(t)
    return 2 / 3 - t * t + t**3 / 2 if t < 1 else max(2 - t, 0) ** 3 / 6


def invert(averages, axis):
    """From averages to the weights of B-splines, by the filter that the format cuts off at 18."""
    side = averages.shape[axis]
    angle = 2 * np.pi * np.arange(4096) / 4096
    response = (230 + 152 * np.cos(angle) + 2 * np.cos(2 * angle)) / 384
    taps = np.fft.ifft(1 / response).real
    matrix = np.zeros((side, side))
    for row, distance in itertools.product(range(side), range(-18, 19)):
        matrix[row, fold(row + distance, side)] += taps[distance]
    return np.moveaxis(np.tensordot(matrix, averages, (1, axis)), 0, axis)


class Decoder:
    """An adaptive binary range decoder."""

    def __init__(self, code, transforms):
        self.code = [int(byte) for byte in code] + [0] * 8
        self.at, self.range = 4, 0xFFFFFFFF
        self.value = int.from_bytes(bytes(self.code[:4]))
        self.odds = {}
        self.bits = (transforms - 1).bit_length()

    def bit(self, *context):
        """One bit, by what its context has seen; half a chance each at first."""
        chance = self.odds.get(context, 1 << 14)
        bound = (self.range >> 15) * chance
        bit = int(self.value >= bound)
        if bit:
            self.value, self.range = self.value - bound, self.range - bound
            chance -= chance >> 5
        else:
            self.range = bound
            chance += (32768 - chance) >> 5
        self.odds[context] = chance
        while self.range < 1 << 24:
            self.range <<= 8
            self.value = self.value << 8 | (self.code[self.at] if self.at < len(self.code) else 0)
            self.at += 1
        return bit

    def number(self, bits, *context):
        """A number of some bits, the highest first."""
        node = 1
        for _ in range(bits):
            node = 2 * node + self.bit(*context, node)
        return node - (1 << bits)

    def read(self, planes, size, corner, bands):
        """Which numbers are kept, and the matrix of each block: (plane, top, left, turned)."""
        kept, matrices = np.zeros((planes, *size), bool), {}
        self.counts = {}
        for plane, y, x in np.ndindex(planes, *corner):
            kept[plane, y, x] = self.bit("single", "corner", min(plane, 1))
        for level in sorted({level for level, _ in bands}, reverse=True):
            for third, plane in itertools.product(range(3), range(planes)):
                top, left, rows, columns = bands[level, third]
                for by, bx in np.ndindex(rows // 2, columns // 2):
                    found = self.block(level, third, plane, by, bx, bands)
                    if found is None:
                        continue
                    choice, pattern = found
                    y, x = top + 2 * by, left + 2 * bx
                    square = np.array([pattern >> k & 1 for k in range(4)]).reshape(2, 2)
                    kept[plane, y : y + 2, x : x + 2] = square.T if third == 1 else square
                    matrices[plane, y, x, third == 1] = choice
                for y, x in np.ndindex(rows, columns):
                    if y >= rows // 2 * 2 or x >= columns // 2 * 2:
                        bit = self.bit("single", level, third, min(plane, 1))
                        kept[plane, top + y, left + x] = bit
        return kept, matrices

    def block(self, level, third, plane, by, bx, bands):
        """The matrix of a block and which of its numbers are kept; None if none are."""
        across = bands[level, third][3] // 2

        def count(level, plane, by, bx):
            return self.counts.get((level, third, plane, by, bx), 0)

        left, above = count(level, plane, by, bx - 1), count(level, plane, by - 1, bx)
        beyond = count(level, plane, by - 1, bx + 1) if bx + 1 < across else 0
        around = 2 * (left + above) + beyond
        activity = min(around, 5) if around < 6 else min(4 + around // 3, 9)
        parent = min((count(level + 1, plane, by // 2, bx // 2) + 1) // 2, 2)
        before = min((count(level, plane - 1, by, bx) + 1) // 2, 2)
        if not self.bit("some", min(plane, 1), min(level, 3), activity, parent, before):
            return None
        choice = self.number(self.bits, "choice", min(level, 2), third == 2)
        pattern = self.number(4, "pattern", choice, around > 7)
        self.counts[level, third, plane, by, bx] = pattern.bit_count()
        return choice, pattern

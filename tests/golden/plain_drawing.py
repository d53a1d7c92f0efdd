"""A second reader of coded drawings, from docs/format.md alone: plain Python and NumPy, no redraw.

Slow, and as simple as can be: it shows that the page is enough. What a bit is made of is that of
pictures (`plain_stream`).
"""

import numpy as np
from tests.golden.plain_container import chunks, leb
from tests.golden.plain_stream import Stream

NONE = 255
KNOWN = (
    (0, -1), (-1, 0), (-1, 1), (-1, -1), (0, -2), (-2, 0), (-1, 2), (-1, -2), (-2, 1), (-2, -1),
    (0, -3), (-3, 0), (-2, 2), (-2, -2),
)  # fmt: skip
AROUND = ((0, 0), (-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
EIGHT = [(b, a) for b in (-1, 0, 1) for a in (-1, 0, 1) if (b, a) != (0, 0)]
BEFORE = [(b, a) for b in (-2, -1, 0) for a in (-2, -1, 0, 1, 2) if b or a < 0]


def hashed(value):
    return (value * 40503 >> 4 ^ value) & 4095


def few(value, most):
    """Two steps an octave."""
    if value < 4:
        return min(value, most)
    shift = value.bit_length() - 2
    return min(2 + 2 * shift + (value >> shift & 1), most)


def signed(value):
    return 0 if value == 0 else 1 if value > 0 else 2


def inside(value, low, high):
    return min(max(value, low), high)


class Section(Stream):
    def __init__(self, data):
        super().__init__(data, 0, 0)

    def plain_bit(self, source, context, kind):
        slot = self.slot(source, context, kind)
        bit = self.bit(inside(slot[0] >> 6, 16, 65520))
        self.count(slot, bit)
        return bit

    def bit_of(self, contexts, selectors, correction, kind):
        contexts = [c & 4095 for c in contexts] + [0] * (13 - len(contexts))
        return self.mixed(contexts, selectors, correction, kind)

    def number(self, contexts, selectors, correction, signs, sign_selectors):
        if not self.bit_of(contexts, selectors, correction, 0):
            return 0
        negative = self.bit_of(signs, sign_selectors, 0, 15)
        m = 1
        while m < 14 and self.bit_of(contexts, selectors, correction, m):
            m += 1
        if m == 14:
            m = min(m + self.rest(), 1 << 24)
        return -m if negative else m


def bits(values):
    """Some truths as a number, the first the highest digit."""
    return sum(int(bool(v)) << i for i, v in enumerate(reversed(list(values))))


def thirds(values):
    """Signs in base 3, the first the highest digit."""
    result = 0
    for value in values:
        result = 3 * result + signed(value)
    return result


# --- labels -----------------------------------------------------------------------------------


def read_labels(data, height, width, count):
    found = np.zeros((height, width), int)
    if count == 1:
        return found
    section = Section(data)

    def at(y, x):
        return int(found[y, x]) if y >= 0 and 0 <= x < width else NONE

    for y in range(height):
        for x in range(width):
            near = [at(y + b, x + a) for b, a in KNOWN]
            found[y, x] = one_label(section, at, y, x, width, near, count)
    return found


def one_label(section, at, y, x, width, near, count):
    asked = []
    if near[0] != NONE and set(near) == {near[0]}:
        if section.plain_bit(0, near[0], 15):
            return near[0]
        asked = [near[0]]
    else:
        ahead = [n for n in dict.fromkeys(near[:6]) if n != NONE]
        left = right = above = 0
        while left < 15 and x - 1 - left >= 0 and at(y, x - 1 - left) == near[0]:
            left += 1
        while right < 15 and x + right < width and at(y - 1, x + right) == near[1]:
            right += 1
        while above < 15 and x + above < width and at(y - 2, x + above) == at(y - 2, x):
            above += 1
        for t, a in enumerate(ahead):
            if t == count - 1:
                return a
            b = ahead[t + 1] if t + 1 < len(ahead) else NONE
            like = bits([n == a for n in reversed(near)])
            v = a
            for n in near[:4]:
                v = (67 * v + n) % (1 << 20)
            contexts = [
                like & 15, like & 63, like & 255, like & 1023, like & 4095, like >> 2,
                64 * a + (like & 63), hashed(v), (16 * left + right) * 8 + (like & 7),
                ((8 * min(left, 7) + min(right, 7)) * 8 + min(above, 7)) * 8 + (like & 7),
                hashed((right << 14) + like), hashed(4096 * a + 16 * b + (like & 15)),
            ]  # fmt: skip
            if section.bit_of(contexts, [like & 255, 16 * left + right, a], like & 63, t):
                return a
            asked.append(a)
    if len(asked) == count - 1:
        return next(k for k in range(count) if k not in asked)
    node, digits = 1, (count - 1).bit_length()
    for _ in range(digits):
        node = 2 * node + section.plain_bit(1, node, 14)
    assert node - (1 << digits) < count
    return node - (1 << digits)


def candidates_of(labels, most):
    height, width = labels.shape
    found = {}
    for y, x in np.ndindex(labels.shape):
        around = [
            int(labels[y + b, x + a])
            for b, a in AROUND
            if 0 <= y + b < height and 0 <= x + a < width
        ]
        found[y, x] = sorted(list(dict.fromkeys(around))[:most])
    return found


# --- potentials -------------------------------------------------------------------------------


def in_pass(p, y, x):
    if p == 0:
        return y % 4 == 0 and x % 4 == 0
    if p == 1:
        return y % 4 == 2 and x % 4 == 2
    if p == 2:
        return y % 2 == 0 and x % 2 == 0 and (y + x) % 4 == 2
    return y % 2 == 1 and x % 2 == 1 if p == 3 else (y + x) % 2 == 1


def offsets(p):
    d = (4, 2, 2, 1, 1)[p]
    around = [(-d, 0), (0, -d), (d, 0), (0, d)]
    if p == 0:
        around = [(0, -d), (-d, 0), (-d, -d), (-d, d)]
    elif p in (1, 3):
        around = [(-d, -d), (-d, d), (d, -d), (d, d)]
    s = 2 if p == 3 else 4
    before = [(0, -s), (-s, 0), (-s, -s), (-s, s)]
    if p in (2, 4):
        before = [(-d, -d), (-d, d), (0, -2 * d), (-2 * d, 0)]
    return around, before


def read_potentials(data, labels, candidates):
    """Of each place, its potentials by label."""
    section = Section(data)
    height, width = labels.shape
    there = {}
    for (y, x), own in candidates.items():
        if len(own) > 1:
            for b, a in np.ndindex(5, 5):
                there.setdefault((y + b, x + a), set()).update(own)
    several = np.array([[len(candidates[y, x]) > 1 for x in range(width)] for y in range(height)])
    found, missed = {}, {}

    def pixel(y, x):
        return inside(y - 2, 0, height - 1), inside(x - 2, 0, width - 1)

    for p in range(5):
        around, before = offsets(p)
        for y, x in sorted(there):
            if not in_pass(p, y, x):
                continue
            q = int(labels[pixel(y, x)])
            own = q if q in there[y, x] else min(there[y, x])
            found[y, x] = {own: 0}
            like = bits(labels[pixel(y + b, x + a)] == own for b, a in EIGHT)
            outer = bits(
                labels[pixel(y + b, x + a)] == own for b, a in ((-2, 0), (2, 0), (0, -2), (0, 2))
            )
            near = sum(several[pixel(y + b, x + a)] for b, a in [*EIGHT, (0, 0)])
            e_around = [missed.get((y + b, x + a), 0) for b, a in around]
            e_before = [missed.get((y + b, x + a), 0) for b, a in before]
            m, late = (few(sum(map(abs, e)), 9) for e in (e_around, e_before))
            missed[y, x] = first = 0
            others = sorted(there[y, x] - {own})
            for j, k in enumerate(others):
                values = []
                for b, a in around:
                    place = found.get((y + b, x + a), {})
                    values.append(place[own] - place[k] if own in place and k in place else None)
                known = [v for v in values if v is not None]
                n = len(known)
                g = (2 * sum(known) + n) // (2 * n) if n else 0
                spread = nearest = 0
                if n:
                    spread = few(max(known) - min(known), 7)
                    nearest = few(min(abs(min(known)), abs(max(known))), 7)
                    if (min(known) < 0) != (max(known) < 0):
                        nearest = 0
                place = inside(g, -7, 8) + 7
                other = bits(labels[pixel(y + b, x + a)] == k for b, a in EIGHT)
                contexts = [
                    (5 * p + n) * 16 + place, 8 * like + p, 16 * like + place,
                    (10 * m + late) * 5 + p, (16 * spread + place) * 5 + p, (10 * near + m) * 5 + p,
                    (8 * m + spread) * 16 + place, hashed(8 * (64 * own + k) + p),
                    hashed(2 * (8 * other + p) + (q == own)), 16 * like + outer,
                    (4 * min(len(others) + 1, 5) + min(j, 3)) * 16 + inside(first, -7, 8) + 7,
                    ((8 * nearest + spread) * 5 + p) * 2 + (g < 0), (8 * late + nearest) * 5 + p,
                ]  # fmt: skip
                signs = [
                    5 * place + p, 16 * like + (3 if place == 7 else 1 if place < 7 else 2),
                    5 * thirds(e_before) + p, 5 * thirds(e_around) + p,
                    5 * thirds(v or 0 for v in values) + p, (16 * spread + place) * 2 + (near > 4),
                    16 * like + outer, hashed(8 * other + p),
                ]  # fmt: skip
                miss = section.number(
                    contexts, [5 * p + n, 10 * m + late, 5 * place + p], 5 * min(m, 7) + p,
                    signs, [5 * p + n, 5 * place + p, 0],
                )  # fmt: skip
                found[y, x][k] = -inside(g + miss, -(1 << 20), 1 << 20)
                if j == 0:
                    first = g + miss
                missed[y, x] = inside(missed[y, x] + miss, -999, 999)
    return found


# --- colours and detail -----------------------------------------------------------------------


def first_node(pixel):
    return (2 * pixel + 5) // 8


def read_colours(data, labels, candidates, count, channels):
    """Of each (label, row, column), its colour."""
    section = Section(data)
    nodes = set()
    for (y, x), own in candidates.items():
        for k in own:
            nodes |= {(k, first_node(y) + b, first_node(x) + a) for b, a in np.ndindex(4, 4)}
    found, misses, last = {}, {}, [0] * channels
    height, width = labels.shape
    for k, row, column in sorted(nodes):
        beside = [(k, row, column - 1), (k, row - 1, column)]
        beside += [(k, row - 1, column - 1), (k, row - 1, column + 1)]
        w, n, nw, ne = (found.get(node) for node in beside)
        t = sum((v is not None) << i for i, v in enumerate((w, n, nw, ne)))
        rows = slice(max(4 * row - 10, 0), max(min(4 * row - 2, height), 0))
        columns = slice(max(4 * column - 10, 0), max(min(4 * column - 2, width), 0))
        count_here = int((labels[rows, columns] == k).sum())
        amid = sum(count_here > limit for limit in (0, 1, 4, 16, 40, 63))
        found[k, row, column], misses[k, row, column] = [], []
        e1 = e2 = 0
        for c in range(channels):
            if w and n and nw:
                guess = w[c] + n[c] - nw[c]
                if nw[c] >= max(w[c], n[c]):
                    guess = min(w[c], n[c])
                elif nw[c] <= min(w[c], n[c]):
                    guess = max(w[c], n[c])
            elif w and n:
                guess = (w[c] + n[c]) >> 1
            else:
                guess = w[c] if w else n[c] if n else ne[c] if ne else last[c]
            wrong = [misses[node][c] if node in misses else 0 for node in beside]
            z, m = thirds(wrong), few(sum(map(abs, wrong)), 15)
            pairs = ((w, nw), (n, nw), (n, ne))
            u = few(sum(abs(a[c] - b[c]) for a, b in pairs if a and b), 15)
            e, f, plane = inside(e1, -4, 4) + 4, inside(e2, -4, 4) + 4, min(c, 2)
            contexts = [
                (7 * t + amid) * 3 + plane, 3 * z + plane, (7 * m + amid) * 3 + plane,
                (7 * u + amid) * 3 + plane, (9 * e + f) * 3 + plane, 3 * k + plane, 7 * z + amid,
                (81 * e + z) * 3 + plane, (16 * m + u) * 3 + plane, (9 * u + e) * 7 + amid,
                hashed((9 * k + e) * 16 + m), (9 * t + e) * 16 + m,
            ]  # fmt: skip
            signs = [
                3 * z + plane,
                (9 * e + f) * 3 + plane,
                3 * t + plane,
                (81 * e + z) * 3 + plane,
            ]
            miss = section.number(
                contexts, [(7 * plane + amid) * 9 + e, 16 * m + u, 3 * t + plane], 3 * m + plane,
                signs, [e, z, 0],
            )  # fmt: skip
            last[c] = inside(guess + miss, -(1 << 24), 1 << 24)
            found[k, row, column].append(last[c])
            misses[k, row, column].append(miss)
            e1, e2 = miss, e1
    return found


def read_detail(data, labels, candidates, colours, colour_step, channels):
    """Of each listed pixel, its detail."""
    shape = labels.shape
    several = {place for place, own in candidates.items() if len(own) > 1}
    listed = set(several)
    if not data:
        return {place: [0] * channels for place in listed}
    section = Section(data)
    faint = set()
    if section.bit_of([], [0, 0, 0], 0, 14):
        for y, x in np.ndindex(shape):
            if (y, x) in several:
                continue
            like = bits((y + b, x + a) in faint for b, a in BEFORE)
            edges = bits((y + b, x + a) in several for b, a in EIGHT)
            a = int(labels[y, x])
            contexts = [
                like, edges, a, 4 * a + (like & 3), 16 * edges + (like & 3) + (like >> 3 & 12),
                hashed(64 * like + a), 64 * like.bit_count() + a,
            ]  # fmt: skip
            if section.bit_of(contexts, [like & 255, edges, a], like & 63, 13):
                faint.add((y, x))
    listed |= faint
    found = {}
    for y, x in sorted(listed):
        own = candidates[y, x]
        node = first_node(y) + 1, first_node(x) + 1
        shown = [colours[k, node[0], node[1]] for k in own]
        apart = max(max(v) - min(v) for v in zip(*shown, strict=True))
        k, q = few(apart * colour_step // 257, 15), min(len(own), 3)
        near = [(-1, -1), (-1, 0), (-1, 1), (0, -1)]
        there = sum((y + b, x + a) in listed for b, a in near)
        found[y, x] = []
        e1 = e2 = 0
        for c in range(channels):

            def value(b, a, y=y, x=x, c=c):
                return found[y + b, x + a][c] if (y + b, x + a) in listed else 0

            s = few(sum(abs(value(b, a)) * (1 if b and a else 2) for b, a in near), 15)
            v = few(sum(abs(value(b, a)) for b, a in BEFORE), 15)
            z = thirds(value(b, a) for b, a in ((0, -1), (-1, 0), (-1, -1), (-1, 1)))
            e, f, plane = inside(e1, -4, 4) + 4, inside(e2, -4, 4) + 4, min(c, 2)
            b = few(abs(e1), 9)
            contexts = [
                (16 * s + k) * 3 + plane, (16 * v + k) * 3 + plane, (9 * e + f) * 3 + plane,
                3 * z + plane, (16 * s + v) * 3 + plane, (16 * b + s) * 3 + plane,
                (10 * k + b) * 3 + plane, ((4 * there + q) * 16 + s) * 3 + plane,
                hashed((9 * z + e) * 3 + plane), hashed((16 * k + s) * 10 + b),
                (16 * q + k) * 3 + plane, hashed((10 * v + b) * 16 + k), plane,
            ]  # fmt: skip
            signs = [3 * z + plane, (9 * e + f) * 3 + plane, hashed((9 * z + e) * 3 + plane), z]
            e1, e2 = (
                section.number(
                    contexts, [3 * s + plane, 10 * k + b, 10 * v + e], 3 * s + plane, signs,
                    [e, z, plane],
                ),
                e1,
            )  # fmt: skip
            found[y, x].append(e1)
    return found


def read(data):
    """Header, labels (H, W), potentials by place, colours by node and detail by pixel."""
    content = dict(chunks(data))
    head, at, numbers = content["DR"], 0, []
    for _ in range(8):
        value, at = leb(head, at)
        numbers.append(value)
    width, height, channels, _, count, *steps = numbers
    labels = read_labels(content["DL"], height, width, count)
    squares = head[at + 4]  # after the sharpness
    candidates = candidates_of(labels, 1 if squares else 5)
    potentials = read_potentials(content.get("DP", b""), labels, candidates)
    colours = read_colours(content.get("DC", b""), labels, candidates, count, channels)
    detail = read_detail(content.get("DD", b""), labels, candidates, colours, steps[1], channels)
    return steps, labels, potentials, colours, detail

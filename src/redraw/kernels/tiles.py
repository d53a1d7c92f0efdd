"""The small matrix products that everything else is made of.

Numbers are kept in *panels*: all features of `panel` points, feature after feature, so that a
vector runs over points and a panel's rows lie one behind the other. A tile of 8 rows by one panel
stays in registers while the sum runs; weights are read one at a time and spread over a vector.
An element's sum runs in the same order wherever it lies in a block. `product8` and `product4` take
float32, float64, or int32: then weights and inputs are pairs of whole numbers of 16 bits, two terms
at once, and sums and what they begin with are int32.

`ROWS` x `WIDE` vectors measured best of 7 shapes on Zen 5 (258 GFLOP/s per core; 16 x 1: 222).
"""

from redraw.kernels.vectors import WIDE, kernel

# Rows of a tile. Weights are packed for it.
ROWS = 8


def _product(rows: int):
    """out (rows, panel) = bias + sum over k of weights[k] (rows) x inputs[k] (panel)."""

    @kernel(arrays=3, integers=1)
    def product(e, weights, inputs, out, terms):
        columns = [i * e.lanes for i in range(WIDE)]
        width = WIDE * e.lanes
        sums = []
        for row in range(rows):
            bias = e.spread(weights, row)
            sums.append([e.variable(bias) for _ in columns])

        def body(k):
            w = e.at(weights, e.times(e.plus(k, 1), ROWS))
            x = e.at(inputs, e.times(k, width))
            vectors = [e.load(x, c) for c in columns]
            for row in range(rows):
                weight = e.spread(w, row)
                for total, vector in zip(sums[row], vectors, strict=True):
                    total.set(e.accumulate(total.get(), weight, vector))

        e.repeat(terms, body)
        for row in range(rows):
            for total, c in zip(sums[row], columns, strict=True):
                e.store(total.get(), out, row * width + c)

    return product


product8 = _product(8)
product4 = _product(4)


def _outer(wide: int):
    """sums (8, WIDE vectors) += over points: deltas (8 rows) x turned inputs (wide vectors).

    `deltas` points at the first of 8 rows of the first panel; `stride` is the distance between
    panels. `turned` holds one row of WIDE vectors per point.
    """

    @kernel(arrays=3, integers=2)
    def outer(e, deltas, turned, sums, panels, stride):
        width = WIDE * e.lanes
        columns = [i * e.lanes for i in range(wide)]
        totals = [
            [e.variable(e.load(sums, row * width + c)) for c in columns] for row in range(ROWS)
        ]

        def over_panels(p):
            d = e.at(deltas, e.times(p, stride))
            t = e.at(turned, e.times(p, width * width))

            def over_points(i):
                vectors = [e.load(e.at(t, e.times(i, width)), c) for c in columns]
                for row in range(ROWS):
                    delta = e.spread(d, e.plus(i, row * width))
                    for total, vector in zip(totals[row], vectors, strict=True):
                        total.set(e.fma(delta, vector, total.get()))

            e.repeat(width, over_points)

        e.repeat(panels, over_panels)
        for row in range(ROWS):
            for total, c in zip(totals[row], columns, strict=True):
                e.store(total.get(), sums, row * width + c)

    return outer


outer_full = _outer(WIDE)
outer_half = _outer(1)


@kernel(arrays=3, integers=3)
def thin(e, many, one, sums, panels, many_stride, one_stride):
    """sums (4, lanes) += over points: 4 rows of `many` times a row of `one`, lane by lane.

    For layers with very few inputs or outputs, where `outer` would mostly multiply padding. Lanes
    are added up at the end of a step.
    """
    width = WIDE * e.lanes
    totals = [e.variable(e.load(sums, row * e.lanes)) for row in range(4)]
    seconds = [[e.variable(e(0.0)) for row in range(4)] for _ in range(WIDE - 1)]

    def over_panels(p):
        a = e.at(many, e.times(p, many_stride))
        b = e.at(one, e.times(p, one_stride))
        for i in range(WIDE):
            vector = e.load(b, i * e.lanes)
            into = totals if i == 0 else seconds[i - 1]
            for row in range(4):
                product = e.load(a, row * width + i * e.lanes)
                into[row].set(e.fma(product, vector, into[row].get()))

    e.repeat(panels, over_panels)
    for row in range(4):
        total = totals[row].get()
        for extra in seconds:
            total = total + extra[row].get()
        e.store(total, sums, row * e.lanes)


@kernel(arrays=3, integers=1)
def slope_rows(e, delta, slope, sums, rows):
    """delta (rows, panel) *= slope; sums (rows, lanes) += delta, which is the bias gradient."""
    width = WIDE * e.lanes

    def body(row):
        total = e.load(sums, e.times(row, e.lanes))
        for i in range(WIDE):
            offset = e.plus(e.times(row, width), i * e.lanes)
            value = e.load(delta, offset) * e.load(slope, offset)
            e.store(value, delta, offset)
            total = total + value
        e.store(total, sums, e.times(row, e.lanes))

    e.repeat(rows, body)


@kernel(arrays=2, integers=1)
def sum_rows(e, delta, sums, rows):
    """sums (rows, lanes) += delta (rows, panel), lane by lane."""
    width = WIDE * e.lanes

    def body(row):
        total = e.load(sums, e.times(row, e.lanes))
        for i in range(WIDE):
            total = total + e.load(delta, e.plus(e.times(row, width), i * e.lanes))
        e.store(total, sums, e.times(row, e.lanes))

    e.repeat(rows, body)


def _transposed(e, vectors):
    """Turn `lanes` vectors, the rows of a square, into its columns."""
    lanes = e.lanes
    step = 1
    while step < lanes:
        low, high = [], []
        for lane in range(lanes):
            # Exchange blocks of `step` lanes between rows that are `step` apart.
            block, rest = divmod(lane, step)
            low.append(lane if block % 2 == 0 else lanes + (block - 1) * step + rest)
            high.append((block + 1) * step + rest if block % 2 == 0 else lanes + lane)
        result = list(vectors)
        for row in range(lanes):
            if row & step == 0:
                a, b = vectors[row], vectors[row + step]
                result[row] = e.shuffle(a, b, low)
                result[row + step] = e.shuffle(a, b, high)
        vectors = result
        step *= 2
    return vectors


@kernel(arrays=2, integers=1)
def turn(e, rows, out, blocks):
    """Turn rows of one panel into one row of WIDE vectors per point.

    Args:
        rows: The first of the rows of the panel; `blocks` blocks of `lanes` rows are read.
        out: (panel, WIDE * lanes); block i fills the columns from i * lanes.
    """
    width = WIDE * e.lanes

    def over_blocks(block):
        def over_parts(part):
            columns = e.times(part, e.lanes)
            source = e.at(rows, e.plus(e.times(block, e.lanes * width), columns))
            vectors = [e.load(source, row * width) for row in range(e.lanes)]
            target = e.at(out, e.plus(e.times(block, e.lanes), e.times(columns, width)))
            for point, vector in enumerate(_transposed(e, vectors)):
                e.store(vector, target, point * width)

        e.repeat(WIDE, over_parts)

    e.repeat(blocks, over_blocks)

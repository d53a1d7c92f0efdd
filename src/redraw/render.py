"""Drawing a field at any size, any region, in bounded memory.

A drawing is cut into cells that depend on its size alone, and every cell is evaluated as a batch
of the same number of points. So the result does not depend on how many cells are taken at once,
and a drawing of any size needs memory for one strip of cells.

Where the drawing is smaller than the field's own detail, each pixel is the mean over a regular
grid of positions inside it, so that nothing aliases.

Shapes: H rows, W columns, C channels, of the drawing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.coordinates import Region, complete_size
from redraw.engines import Drawer, ExactDrawer, GridDrawer

# Points in a cell.
CELL = 4096
# Points evaluated in one call, unless the caller says otherwise: 2 MiB of coordinates.
BATCH = 64 * CELL
# Pixels drawn at once by a drawer that is told the axes alone: 48 MiB of three channels.
GRID = 1 << 22
# Most positions per pixel and axis; beyond that a larger drawing is made and averaged.
MOST_SAMPLES = 16


@dataclass(frozen=True)
class Canvas:
    """What is to be drawn: a size, a region, and positions per pixel.

    Attributes:
        width: Of the drawing, in pixels.
        height: Of the drawing, in pixels.
        native: Size of the picture as it was fitted.
        region: The part of it that is drawn.
        samples: Positions per pixel along x and along y.
    """

    width: int
    height: int
    native: tuple[int, int]
    region: Region
    samples: tuple[int, int]

    @classmethod
    def of(
        cls,
        native: tuple[int, int],
        detail: int = 1,
        *,
        width: int | None = None,
        height: int | None = None,
        scale: float | None = None,
        region: Region | None = None,
    ) -> "Canvas":
        """A canvas of the given size or scale; of the picture's own size if neither is given.

        Args:
            native: Size (W, H) of the picture as it was fitted.
            detail: Positions per pixel and axis that the field needs at its native size: 1 for a
                field that was trained at pixel centres, more for one with edges inside pixels.
            width: Of the drawing; the height follows if it is not given.
            height: Of the drawing.
            scale: Instead of a size: pixels of the drawing per pixel of the picture.
            region: The part to draw, in the picture's pixels; all of it if None.

        Raises:
            UsageError: the size is not drawable.
        """
        region = region or Region(0, 0, *native)
        width, height = complete_size((region.width, region.height), width, height, scale)
        samples = (
            max(1, math.ceil(detail * region.width / width - 1e-9)),
            max(1, math.ceil(detail * region.height / height - 1e-9)),
        )
        return cls(width, height, native, region, samples)


def strips(drawer: Drawer, canvas: Canvas, *, batch: int = BATCH) -> Iterator[NDArray[np.float32]]:
    """The drawing from top to bottom, as strips of whole rows, clipped to [0, 1]. (h, W, C)

    Args:
        drawer: Evaluates the field.
        canvas: What to draw.
        batch: Points evaluated at once: memory against calls; the result does not depend on it.
    """
    if isinstance(drawer, ExactDrawer):
        yield from _exact(drawer, canvas)
        return
    nx, ny = canvas.samples
    kx, ky = math.ceil(nx / MOST_SAMPLES), math.ceil(ny / MOST_SAMPLES)
    if kx > 1 or ky > 1:
        yield from _averaged(drawer, canvas, kx, ky, batch)
        return
    if isinstance(drawer, GridDrawer):
        drawn = _gridded(drawer, canvas)
        if drawn is not None:
            yield from drawn
            return
    cell_width = min(max(1, math.isqrt(CELL // (nx * ny))), canvas.width)
    cell_height = min(CELL // (nx * ny * cell_width), canvas.height)
    cell_width = min(CELL // (nx * ny * cell_height), canvas.width)  # low and wide drawings
    columns = math.ceil(canvas.width / cell_width)
    at_once = max(1, batch // CELL)
    used = cell_width * cell_height * nx * ny
    xy = np.zeros((min(at_once, columns), CELL, 2), np.float32)
    for top in range(0, canvas.height, cell_height):
        ys = _positions(top, cell_height, ny, canvas.height, canvas.region.y0, canvas.region.y1)
        y = ys * (2.0 / canvas.native[1]) - 1.0
        strip: NDArray[np.float32] | None = None
        for left in range(0, columns, at_once):
            cells = min(at_once, columns - left)
            for cell in range(cells):
                first = (left + cell) * cell_width
                xs = _positions(
                    first, cell_width, nx, canvas.width, canvas.region.x0, canvas.region.x1
                )
                x = xs * (2.0 / canvas.native[0]) - 1.0
                points = xy[cell, :used].reshape(cell_height * ny, cell_width * nx, 2)
                points[:, :, 0] = x[None, :]
                points[:, :, 1] = y[:, None]
            values = drawer.values(xy[:cells].reshape(-1, 2))
            channels = values.shape[1]
            values = values.reshape(cells, CELL, channels)[:, :used]
            values = np.clip(values, 0.0, 1.0, out=values if values.flags.writeable else None)
            pixels = values.reshape(cells, cell_height, ny, cell_width, nx, channels)
            if nx * ny > 1:
                pixels = pixels.mean(axis=(2, 4), dtype=np.float32)
            else:
                pixels = pixels[:, :, 0, :, 0]
            if strip is None:
                strip = np.empty((cell_height, columns * cell_width, channels), np.float32)
            joined = pixels.transpose(1, 0, 2, 3).reshape(cell_height, cells * cell_width, channels)
            strip[:, left * cell_width : (left + cells) * cell_width] = joined
        assert strip is not None
        yield strip[: canvas.height - top, : canvas.width]


def _gridded(drawer: GridDrawer, canvas: Canvas) -> Iterator[NDArray[np.float32]] | None:
    """Strips of `canvas` from a drawer that is told the axes alone; None if it can't."""
    (nx, ny), region = canvas.samples, canvas.region
    xs = _positions(0, canvas.width, nx, canvas.width, region.x0, region.x1)
    ys = _positions(0, canvas.height, ny, canvas.height, region.y0, region.y1)
    x = (xs * (2.0 / canvas.native[0]) - 1.0).astype(np.float32)
    y = (ys * (2.0 / canvas.native[1]) - 1.0).astype(np.float32)
    rows = max(1, GRID // canvas.width)
    first = drawer.grid(x, y[: rows * ny], (nx, ny))
    if first is None:
        return None

    def rest() -> Iterator[NDArray[np.float32]]:
        yield first
        for top in range(rows, canvas.height, rows):
            strip = drawer.grid(x, y[top * ny : (top + rows) * ny], (nx, ny))
            assert strip is not None
            yield strip

    return rest()


def _exact(drawer: ExactDrawer, canvas: Canvas) -> Iterator[NDArray[np.float32]]:
    """Strips of `canvas` from a drawer that knows the mean over every pixel."""
    region = canvas.region
    x = _cells(canvas.width, region.x0, region.x1) * (2.0 / canvas.native[0]) - 1.0
    y = _cells(canvas.height, region.y0, region.y1) * (2.0 / canvas.native[1]) - 1.0
    # Not more of the drawing at once than a piece, and not more of the fitted picture either.
    down = region.height / canvas.height
    across = canvas.width if drawer.thinned else max(canvas.width, down * max(region.width, 1.0))
    high = drawer.piece / across
    rows = max(1, min(canvas.height, int(high)))
    for top in range(0, canvas.height, rows):
        values = drawer.means(x, y[top : top + rows])
        yield np.clip(values, 0.0, 1.0, out=values)


def _cells(count: int, start: float, end: float) -> NDArray[np.float64]:
    """Start and end of each of `count` pixels, in the fitted picture's pixels. (count, 2)"""
    edges = start + np.arange(count + 1.0) * ((end - start) / count)
    return np.stack([edges[:-1], edges[1:]], axis=-1)


def draw(drawer: Drawer, canvas: Canvas, *, batch: int = BATCH) -> NDArray[np.float32]:
    """The whole drawing in memory, clipped to [0, 1]. (H, W, C)"""
    values: NDArray[np.float32] | None = None
    row = 0
    for strip in strips(drawer, canvas, batch=batch):
        if values is None:
            values = np.empty((canvas.height, canvas.width, strip.shape[2]), np.float32)
        values[row : row + len(strip)] = strip
        row += len(strip)
    assert values is not None
    return values


def _positions(
    first: int, count: int, samples: int, size: int, start: float, end: float
) -> NDArray[np.float64]:
    """Positions along one axis of `count` pixels from `first`, in the fitted picture's pixels."""
    steps = np.arange(first * samples, (first + count) * samples, dtype=np.float64) + 0.5
    return start + steps * ((end - start) / (size * samples))


def _averaged(
    drawer: Drawer, canvas: Canvas, kx: int, ky: int, batch: int
) -> Iterator[NDArray[np.float32]]:
    """Strips of `canvas` as means over blocks of a drawing kx by ky times as large."""
    larger = Canvas(
        canvas.width * kx,
        canvas.height * ky,
        canvas.native,
        canvas.region,
        (math.ceil(canvas.samples[0] / kx), math.ceil(canvas.samples[1] / ky)),
    )
    # Rows are summed one after another: the result must not depend on where strips end.
    total: NDArray[np.float64] | float = 0.0
    summed = 0
    for strip in strips(drawer, larger, batch=batch):
        rows = strip.reshape(len(strip), canvas.width, kx, -1).sum(axis=2, dtype=np.float64)
        for row in rows:
            total = total + row
            summed += 1
            if summed == ky:
                yield np.asarray(total / (kx * ky), np.float32)[None]
                total, summed = 0.0, 0

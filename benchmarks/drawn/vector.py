"""Pages drawn as SVG, and how they become pixels: what the coloured drawings need.

A page is 200 x 200 units, x right and y down. Type is set as outlines, so that no installed font has
a part in it. resvg draws the page (it antialiases by 4 x 4 samples) at four or more times the wanted
size, and squares of its pixels are averaged as they are encoded.
"""

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath
from numpy.typing import NDArray
from PIL import Image

CELLS = 3200  # a side, at least
PAGE = 200

Points = Sequence[tuple[float, float]]


class Canvas:
    """Collects the elements of a page. Later ones cover earlier ones.

    Args:
        paper: The colour of the page.
        size: Its width and height in units.
    """

    def __init__(self, paper: str = "#ffffff", size: tuple[float, float] = (PAGE, PAGE)) -> None:
        self.size = size
        self._body: list[str] = []
        self._definitions = 0
        self.rect(0, 0, *size, fill=paper)

    def add(self, element: str) -> None:
        """Any SVG element."""
        self._body.append(element)

    def path(
        self,
        d: str,
        fill: str = "none",
        stroke: str = "none",
        width: float = 1.0,
        *,
        cap: str = "round",
        dash: str = "",
        opacity: float = 1.0,
        rule: str = "nonzero",
    ) -> None:
        """Fill and stroke a path in SVG's own notation."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.add(
            f'<path d="{d}" fill="{fill}" fill-rule="{rule}" stroke="{stroke}"'
            f' stroke-width="{width:g}" stroke-linecap="{cap}" stroke-linejoin="round"{dashes}'
            f' opacity="{opacity:g}"/>'
        )

    def rect(
        self, x: float, y: float, across: float, down: float, fill: str = "none",
        stroke: str = "none", width: float = 1.0, round_by: float = 0.0, opacity: float = 1.0,
    ) -> None:  # fmt: skip
        """A rectangle from its top left corner."""
        self.add(
            f'<rect x="{x:g}" y="{y:g}" width="{across:g}" height="{down:g}" rx="{round_by:g}"'
            f' fill="{fill}" stroke="{stroke}" stroke-width="{width:g}" opacity="{opacity:g}"/>'
        )

    def circle(
        self, x: float, y: float, r: float, fill: str = "none", stroke: str = "none",
        width: float = 1.0, opacity: float = 1.0, down: float | None = None,
    ) -> None:  # fmt: skip
        """A circle, or an ellipse where `down` is its other radius."""
        self.add(
            f'<ellipse cx="{x:g}" cy="{y:g}" rx="{r:g}" ry="{r if down is None else down:g}"'
            f' fill="{fill}" stroke="{stroke}" stroke-width="{width:g}" opacity="{opacity:g}"/>'
        )

    def line(self, *points: tuple[float, float], stroke: str, width: float, **more: str) -> None:
        """Straight pieces through `points`."""
        self.path(polygon(points, closed=False), stroke=stroke, width=width, **more)

    def text(
        self, words: str, x: float, y: float, em: float, fill: str, *, bold: bool = False,
        family: str = "DejaVu Sans", anchor: str = "start", turned: float = 0.0,
        halo: tuple[str, float] | None = None,
    ) -> None:  # fmt: skip
        """Type on the baseline `y`, as outlines; `halo` is a casing's colour and width."""
        d, across = lettering(words, em, bold, family)
        x0 = {"start": 0.0, "middle": -across / 2, "end": -across}[anchor]
        place = f"translate({x:g} {y:g}) rotate({turned:g}) translate({x0:g} 0)"
        if halo:
            self.add(
                f'<path d="{d}" transform="{place}" fill="none" stroke="{halo[0]}"'
                f' stroke-width="{halo[1]:g}" stroke-linejoin="round"/>'
            )
        self.add(f'<path d="{d}" transform="{place}" fill="{fill}"/>')

    def linear(self, x1: float, y1: float, x2: float, y2: float, *stops: str) -> str:
        """A gradient between two points, as a fill; a stop is "colour" or "colour/opacity"."""
        where = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
        return self._gradient("linearGradient", where, stops)

    def radial(self, x: float, y: float, r: float, *stops: str) -> str:
        """A gradient around a point, as a fill."""
        return self._gradient("radialGradient", f'cx="{x:g}" cy="{y:g}" r="{r:g}"', stops)

    @contextlib.contextmanager
    def clipped(self, d: str) -> Iterator[None]:
        """What is drawn within shows inside the path only."""
        name = self._name()
        self.add(f'<clipPath id="{name}"><path d="{d}"/></clipPath><g clip-path="url(#{name})">')
        yield
        self.add("</g>")

    def svg(self) -> str:
        """The whole page."""
        across, down = self.size
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:g} {down:g}">'
            + "".join(self._body)
            + "</svg>"
        )

    def _gradient(self, kind: str, where: str, stops: Sequence[str]) -> str:
        name = self._name()
        parts = []
        for index, stop in enumerate(stops):
            colour, _, opacity = stop.partition("/")
            parts.append(
                f'<stop offset="{index / (len(stops) - 1):g}" stop-color="{colour}"'
                f' stop-opacity="{opacity or 1}"/>'
            )
        inside = "".join(parts)
        self.add(f'<{kind} id="{name}" gradientUnits="userSpaceOnUse" {where}>{inside}</{kind}>')
        return f"url(#{name})"

    def _name(self) -> str:
        self._definitions += 1
        return f"d{self._definitions}"


def polygon(points: Points, *, closed: bool = True) -> str:
    """Straight lines through the points."""
    return "M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in points) + ("Z" if closed else "")


def smooth(points: Points, *, closed: bool = True) -> str:
    """A Catmull-Rom curve through the points."""
    p = np.asarray(points, np.float64)
    n = len(p)

    def at(i: int) -> NDArray[np.float64]:
        return p[i % n] if closed else p[min(max(i, 0), n - 1)]

    d = [f"M{p[0, 0]:.3f} {p[0, 1]:.3f}"]
    for i in range(n if closed else n - 1):
        before, a, b, after = at(i - 1), at(i), at(i + 1), at(i + 2)
        u, v = a + (b - before) / 6, b - (after - a) / 6
        d.append(f"C{u[0]:.3f} {u[1]:.3f} {v[0]:.3f} {v[1]:.3f} {b[0]:.3f} {b[1]:.3f}")
    return "".join(d) + ("Z" if closed else "")


@lru_cache(maxsize=512)
def lettering(words: str, em: float, bold: bool, family: str) -> tuple[str, float]:
    """A line of type as a path that starts at (0, 0), and its advance in units."""
    font = FontProperties(family=family, weight="bold" if bold else "normal")
    outline = TextPath((0, 0), words, size=100, prop=font)
    letters = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C"}
    d = []
    for points, code in outline.iter_segments():
        if code == Outline.CLOSEPOLY:
            d.append("Z")
            continue
        flat = np.asarray(points).reshape(-1, 2) * (em / 100, -em / 100)
        d.append(letters[code] + " ".join(f"{x:.3f} {y:.3f}" for x, y in flat))
    extent = outline.get_extents()
    return "".join(d), float(extent.x1) * em / 100


def painter(page: Callable[[], Canvas]) -> Callable[[int], NDArray[np.float32]]:
    """What draws a page at a size: size to (size, size, 3)."""

    @lru_cache(maxsize=1)
    def cells(count: int) -> NDArray[np.uint8]:
        return rasterised(page().svg(), count)

    def draw(size: int) -> NDArray[np.float32]:
        across = max(4, -(-CELLS // size))
        return averaged(cells(size * across), across)

    return draw


def rasterised(svg: str, width: int, background: str = "#ffffff") -> NDArray[np.uint8]:
    """An SVG document drawn by resvg, opaque. (H, width, 3)"""
    import resvg_py  # the extra `bench`

    png = resvg_py.svg_to_bytes(
        svg_string=svg, width=width, background=background, skip_system_fonts=True
    )
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB"))


def averaged(cells: NDArray[np.uint8], across: int) -> NDArray[np.float32]:
    """The mean of each square of `across` x `across` cells, 0 to 1. What is left over is cut off."""
    rows, columns = (side // across for side in cells.shape[:2])
    out = np.empty((rows, columns, cells.shape[2]), np.float32)
    step = max(1, 2**22 // (across * cells.shape[1]))  # bounded memory at any size
    for top in range(0, rows, step):
        part = cells[top * across : (top + step) * across, : columns * across]
        part = part[: len(part) // across * across]
        blocks = part.reshape(len(part) // across, across, columns, across, -1)
        total = blocks.sum(axis=(1, 3), dtype=np.uint32)
        out[top : top + len(total)] = total / np.float32(255 * across * across)
    return out

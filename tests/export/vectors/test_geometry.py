"""Paths of a fitted picture against the shapes that it was made of, whose numbers are known."""

import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import redraw
from redraw.export.exporter import Subject
from redraw.export.vectors.drawing import Options, vector_drawing
from redraw.export.vectors.labelled import labelled
from redraw.export.vectors.pieces import Arc
from redraw.export.vectors.svg import svg
from redraw.fitting.result.fitted import open_drawer

WIDE, HIGH, FINE = 96, 80, 16
CENTRE, RADIUS = np.array([22.4, 24.7]), 11.3
# A stroke: its middle, its direction, half its length and its width.
MIDDLE, TURN, HALF, WIDTH = np.array([60.3, 20.6]), np.radians(21.0), 24.0, 3.2
CORNERS = np.array([[14.2, 70.4], [40.7, 44.3], [46.1, 73.8]])
RING, OUTER, INNER = np.array([72.1, 56.3]), 15.2, 12.4


def inside(corners, x, y):
    signs = [
        (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
        for a, b in pairwise([*corners, corners[0]])
    ]
    return np.all([s > 0 for s in signs], axis=0) | np.all([s < 0 for s in signs], axis=0)


@pytest.fixture(scope="module")
def drawing():
    y, x = (np.mgrid[: HIGH * FINE, : WIDE * FINE] + 0.5) / FINE
    page = np.ones((*x.shape, 3), np.float32)
    page[np.hypot(x - CENTRE[0], y - CENTRE[1]) < RADIUS] = (0.85, 0.16, 0.12)
    along = (x - MIDDLE[0]) * np.cos(TURN) + (y - MIDDLE[1]) * np.sin(TURN)
    across = (y - MIDDLE[1]) * np.cos(TURN) - (x - MIDDLE[0]) * np.sin(TURN)
    page[(np.abs(along) < HALF) & (np.abs(across) < WIDTH / 2)] = (0.1, 0.25, 0.7)
    page[inside(CORNERS, x, y)] = (0.1, 0.5, 0.2)
    away = np.hypot(x - RING[0], y - RING[1])
    page[(away < OUTER) & (away > INNER)] = (0.1, 0.1, 0.1)
    small = page.reshape(HIGH, FINE, WIDE, FINE, 3).mean(axis=(1, 3))
    field = redraw.fit(np.rint(small * 255).astype(np.uint8), model="cel")
    subject = Subject(field, field.about, "it", lambda: open_drawer(field))
    return vector_drawing(labelled(subject), Options())


def loops(drawing):
    return [loop for shape in drawing.shapes for loop in shape.loops]


def trail(loop):
    t = np.linspace(0.0, 1.0, 60, endpoint=False)
    return np.concatenate([piece.at(t) for piece in loop])


def nearest(drawing, place):
    """The loop whose middle is nearest to a place."""
    return min(loops(drawing), key=lambda loop: np.hypot(*(trail(loop).mean(axis=0) - place)))


def test_a_circle_is_round(drawing):
    loop = nearest(drawing, CENTRE)
    assert all(isinstance(piece, Arc) for piece in loop)
    away = np.hypot(*(trail(loop) - CENTRE).T)
    assert away.mean() == pytest.approx(RADIUS, abs=0.03)
    assert np.abs(away - RADIUS).max() < 0.06


def test_a_ring_keeps_its_width(drawing):
    found = [np.hypot(*(trail(loop) - RING).T) for loop in loops(drawing)]
    rings = sorted(float(away.mean()) for away in found if away.std() < 0.2 and away.mean() < 20)
    assert rings == pytest.approx([INNER, OUTER], abs=0.03)


def test_a_stroke_keeps_its_width_and_its_corners(drawing):
    loop = nearest(drawing, MIDDLE)
    points = trail(loop) - MIDDLE
    along = points @ [np.cos(TURN), np.sin(TURN)]
    across = points @ [-np.sin(TURN), np.cos(TURN)]
    middle = np.abs(along) < HALF - 2.0
    width = across[middle & (across > 0)].mean() - across[middle & (across < 0)].mean()
    assert width == pytest.approx(WIDTH, abs=0.05)
    assert np.abs(np.abs(across[middle]) - WIDTH / 2).max() < 0.08
    assert np.abs(along).max() == pytest.approx(HALF, abs=0.15)


def test_corners_stay_corners(drawing):
    loop = nearest(drawing, CORNERS.mean(axis=0))
    for corner in CORNERS:
        off = [np.hypot(*(piece.points[0] - corner)) for piece in loop]
        assert min(off) < 0.2
    assert len(loop) <= 5


def test_no_outline_crosses_itself(drawing):
    for loop in loops(drawing):
        t = np.linspace(0.0, 1.0, 24, endpoint=False)
        points = np.concatenate(
            [piece.points[:1] if piece.straight else piece.at(t) for piece in loop]
        )
        start, ahead = points, np.roll(points, -1, axis=0) - points
        cross = ahead[:, None, 0] * ahead[None, :, 1] - ahead[:, None, 1] * ahead[None, :, 0]
        off = start[None] - start[:, None]
        safe = np.where(np.abs(cross) > 1e-12, cross, np.inf)
        t = (off[..., 0] * ahead[None, :, 1] - off[..., 1] * ahead[None, :, 0]) / safe
        u = (off[..., 0] * ahead[:, None, 1] - off[..., 1] * ahead[:, None, 0]) / safe
        hit = (t > 1e-6) & (t < 1 - 1e-6) & (u > 1e-6) & (u < 1 - 1e-6)
        assert not hit.any()


def test_nothing_lies_outside_of_the_picture(drawing):
    for loop in loops(drawing):
        points = trail(loop)
        assert points.min() >= -0.01
        assert (points <= np.array([WIDE, HIGH]) + 0.01).all()


def test_no_background_shines_through(drawing):
    resvg = pytest.importorskip("resvg_py")
    text = svg(drawing, title="")

    def on(colour):
        data = bytes(resvg.svg_to_bytes(svg_string=text, width=16 * WIDE, background=colour))
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int64)

    assert np.abs(on("#ffffff") - on("#000000"))[2:-2, 2:-2].max() <= 8


def test_few_nodes_serve(drawing):
    # Two of a disc, four of each of the ring, the stroke and the page, three of the triangle.
    assert drawing.nodes <= 20

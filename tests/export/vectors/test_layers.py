"""What goes on beneath what is painted later."""

import numpy as np
import pytest

from redraw.export.vectors.drawing import Options, vector_drawing
from redraw.export.vectors.layers import leaves, to_the_right
from redraw.export.vectors.pieces import Piece
from redraw.export.vectors.raster import rasterised

WIDE, HIGH = 32, 24
BLUE, WHITE = np.array([0.0, 0.2, 0.6]), np.array([1.0, 1.0, 1.0])


class Cross:
    """A cross that parts the page in four, one of which has another colour if it is asked to."""

    width, height, alpha, values = WIDE, HIGH, False, None

    def __init__(self, first=WHITE):
        self.first = first

    def labels(self, x, y):
        labels = np.where(x < 12.0, 0, 1) + np.where(y < 10.0, 0, 2)
        return np.where((np.abs(x - 12.0) < 1.0) | (np.abs(y - 10.0) < 1.25), 4, labels)

    def colours(self, x, y, label):
        colour = BLUE if label == 4 else self.first if label == 0 else WHITE
        return np.repeat(colour[None], len(x), axis=0)

    def truth(self):
        at = [(np.arange(8 * side) + 0.5) / 8 for side in (WIDE, HIGH)]
        x, y = (grid.ravel() for grid in np.meshgrid(*at))
        labels = self.labels(x, y)
        colours = np.array([self.first, WHITE, WHITE, WHITE, BLUE])[labels]
        return colours.reshape(HIGH, 8, WIDE, 8, 3).mean(axis=(1, 3))


def test_the_first_shape_is_the_whole_page_and_all_that_has_its_colour_there():
    scene = Cross()
    drawing = vector_drawing(scene)
    assert [len(loop) for loop in drawing.shapes[0].loops] == [4]
    assert len(drawing.shapes) == 2
    assert drawing.nodes == 4 + 12
    assert not any(shape.under for shape in drawing.shapes)
    assert np.abs(rasterised(drawing, 8) - scene.truth()).max() < 1e-9


def test_what_has_another_colour_stays():
    scene = Cross(first=np.array([0.9, 0.9, 0.3]))
    drawing = vector_drawing(scene)
    assert len(drawing.shapes) == 3
    assert np.abs(rasterised(drawing, 8) - scene.truth()).max() < 1e-9


def test_shapes_that_end_where_the_next_begins_have_no_ground():
    drawing = vector_drawing(Cross(), Options(stacked=False))
    assert len(drawing.shapes) == 5


def test_a_sprite_has_no_ground():
    """Where one region is empty the page isn't painted."""

    class Sprite(Cross):
        alpha = True

        def colours(self, x, y, label):
            opaque = np.full((len(x), 1), 0.0 if label == 0 else 1.0)
            return np.hstack([super().colours(x, y, label), opaque])

    drawing = vector_drawing(Sprite())
    assert rasterised(drawing, 4)[2, 2, 3] == 0.0
    assert rasterised(drawing, 4)[-2, -2, 3] == 1.0


@pytest.mark.parametrize(("degrees", "apart"), [(0.0, False), (5.0, False), (25.0, True)])
def test_what_only_touches_an_edge_does_not_go_beneath_it(degrees, apart):
    """A background would shine through beside the end: 23 pixels of one flag at 16 times."""
    edge = np.stack([np.linspace(0.0, 90.0, 40), np.zeros(40)], axis=1)
    deep = np.array([-np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    end = np.array([90.0, 0.0])
    path = Piece(np.array([np.zeros(2), [0.0, 60.0], end + 60.0 * deep, end]))
    assert leaves([path], edge, 0.5) == apart
    assert leaves([path.reversed()], edge, 0.5) == apart


ARC = np.stack([np.linspace(0.0, 8.0, 33), 0.25 * np.linspace(-4.0, 4.0, 33) ** 2 - 4.0], axis=1)


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ([[0, 0], [8, 0]], True),  # the arc is above its chord: what is below it is to the right
        ([[0, 0], [4, -5], [8, 0]], False),
        ([[0, 0], [0, -5], [8, -5], [8, 0]], False),  # on the other side, all the way
        ([[0, 0], [2, -2], [8, 0]], True),
        ([[0, 0], [2, 1], [4, -6], [6, 1], [8, 0]], False),  # it begins and ends well
        ([[0, 0], [0, 0]], False),
    ],
)
def test_what_goes_beneath_is_on_the_far_side_of_an_edge(path, right):
    path = np.array(path, np.float64)
    assert to_the_right(path, ARC) == right
    # Seen the other way round, the arc bows to the right.
    mirrored = path * (1.0, -1.0)
    assert to_the_right(mirrored[::-1], ARC[::-1] * (1.0, -1.0)) == right


def test_nothing_shows_through_beside_a_short_edge_that_bows():
    """A post that is a pixel wide hangs over another, which bulges into it."""

    class Post:
        width, height, alpha, values = 24, 22, False, None

        def labels(self, x, y):
            block = (y > 2.0) & (y < 7.0) & (x > 3.0) & (x < 20.0)
            post = (x > 10.0) & (x < 11.0) & (y > 5.0) & (y < 19.0)
            upper = block | (post & (y < 10.0 - 1.2 * (x - 10.0) * (11.0 - x)))
            return np.where(upper, 1, np.where(post, 2, 0))

        def colours(self, x, y, label):
            colour = [[1.0, 1.0, 1.0], [0.0, 0.0, 0.2], [0.0, 0.5, 0.9]][label]
            return np.repeat(np.array([colour]), len(x), axis=0)

    drawing = vector_drawing(Post())
    assert len(drawing.shapes) == 3
    shown = rasterised(drawing, 16)[8:18, 10, 0]
    assert shown.max() < 0.06  # the sides of the post may be off by .05; through the gap .2 shone

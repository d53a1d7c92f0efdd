"""Shapes and files of them, against the scene that they were made from, drawn by resvg."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from redraw.export.vectors.drawing import Drawing, Options, Shape, vector_drawing
from redraw.export.vectors.fills import Flat, Gradient, Image
from redraw.export.vectors.pieces import Piece
from redraw.export.vectors.svg import path_data, svg

COLOURS = np.array(
    [[1.0, 1.0, 1.0], [0.9, 0.1, 0.1], [0.1, 0.5, 0.1], [0.1, 0.1, 0.8], [0.0, 0.0, 0.0]]
)


class Scene:
    """Discs and boxes with known colours."""

    width = height = 48
    alpha = False
    values = None

    def labels(self, x, y):
        labels = np.zeros(len(x), np.int64)
        labels[np.hypot(x - 16.0, y - 16.0) < 10.0] = 1
        labels[(np.abs(x - 32.0) < 9.0) & (np.abs(y - 30.0) < 9.0)] = 2
        labels[np.hypot(x - 24.0, y - 24.0) < 6.0] = 3
        labels[np.hypot(x - 16.0, y - 16.0) < 2.0] = 4
        return labels

    def colours(self, x, y, label):
        colours = np.repeat(COLOURS[label][None], len(x), axis=0)
        if label == 1:
            colours[:, 1] = 0.1 + 0.6 * np.hypot(x - 12.0, y - 14.0) / 20.0
        if label == 2:
            colours[:, 0] = 0.1 + 0.02 * (x - 23.0) + 0.01 * (y - 21.0)
        return colours

    def truth(self, scale, fine=4):
        side = self.width * scale * fine
        at = (np.arange(side) + 0.5) / (scale * fine)
        x, y = (grid.ravel() for grid in np.meshgrid(at, at))
        labels = self.labels(x, y)
        values = np.zeros((len(x), 3))
        for label in range(5):
            here = labels == label
            values[here] = self.colours(x[here], y[here], label)
        side //= fine
        return values.reshape(side, fine, side, fine, 3).mean(axis=(1, 3))


def rasterised(text, scale):
    resvg = pytest.importorskip("resvg_py")
    from io import BytesIO

    from PIL import Image as Pillow

    data = bytes(resvg.svg_to_bytes(svg_string=text, zoom=scale))
    return np.asarray(Pillow.open(BytesIO(data)).convert("RGBA"), np.float64) / 255.0


@pytest.fixture(scope="module")
def drawing():
    return vector_drawing(Scene())


def test_fills_are_the_plainest_that_look_the_same(drawing):
    kinds = sorted(type(shape.fill).__name__ for shape in drawing.shapes)
    assert kinds == ["Flat", "Flat", "Flat", "Gradient", "Gradient"]
    radial = {shape.fill.radial for shape in drawing.shapes if isinstance(shape.fill, Gradient)}
    assert radial == {True, False}


@pytest.mark.parametrize("stacked", [False, True])
def test_it_draws_the_scene(stacked):
    scene = Scene()
    text = svg(vector_drawing(scene, Options(stacked=stacked)), title="scene")
    drawn, truth = rasterised(text, 4)[..., :3], scene.truth(4)
    assert 10.0 * np.log10(1.0 / ((drawn - truth) ** 2).mean()) > 38.0


def test_no_background_shines_through_between_neighbours(drawing):
    drawn = rasterised(svg(drawing, title="scene"), 16)
    assert drawn[..., 3].min() == 1.0


def test_few_nodes_serve(drawing):
    # Four of a disc, of the box and of the ground; of what lies on another, a few more.
    assert drawing.nodes < 50


def test_names_are_text_whatever_they_hold(drawing):
    hostile = '</title><script>alert(1)</script>\x00\x1b[31m&"'
    root = ET.fromstring(svg(drawing, title=hostile, about=hostile))
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "script" not in names
    assert root[0].text == '</title><script>alert(1)</script>[31m&"'


def test_the_same_field_gives_the_same_bytes(drawing):
    again = svg(vector_drawing(Scene()), title="scene")
    assert again == svg(drawing, title="scene")


def test_empty_regions_stay_empty():
    class Sprite(Scene):
        alpha = True

        def colours(self, x, y, label):
            opaque = super().colours(x, y, label)
            return np.column_stack([opaque, np.full(len(x), float(label != 0))])

    drawn = rasterised(svg(vector_drawing(Sprite()), title="sprite"), 4)
    labels = Scene().labels(*(grid.ravel() for grid in np.meshgrid(*[np.arange(192) / 4] * 2)))
    ground = labels.reshape(192, 192) == 0
    inner = ground[1:-1, 1:-1] & ground[:-2, 1:-1] & ground[2:, 1:-1]
    inner &= ground[1:-1, :-2] & ground[1:-1, 2:] & ground[:-2, :-2] & ground[2:, 2:]
    inner &= ground[2:, :-2] & ground[:-2, 2:]
    assert drawn[1:-1, 1:-1, 3][inner].max() == 0.0
    assert drawn[64, 64, 3] == 1.0


def test_colours_that_no_gradient_has_are_a_small_picture_unless_that_is_forbidden():
    class Texture(Scene):
        def colours(self, x, y, label):
            opaque = super().colours(x, y, label)
            if label == 2:
                opaque[:, 0] = 0.5 + 0.4 * np.sin(1.3 * x) * np.cos(0.9 * y)
            return opaque

    found = vector_drawing(Texture())
    assert sum(isinstance(shape.fill, Image) for shape in found.shapes) == 1
    assert "--flat" in found.notes[0]
    drawn, truth = rasterised(svg(found, title=""), 4)[..., :3], Texture().truth(4)
    assert 10.0 * np.log10(1.0 / ((drawn - truth) ** 2).mean()) > 27.0
    flat = vector_drawing(Texture(), Options(flat=True))
    assert not any(isinstance(shape.fill, Image) for shape in flat.shapes)


def test_a_small_picture_shows_its_own_region_alone():
    """Another region of the same label lies in its box: what its edges blend with is not that."""

    class Shared(Scene):
        def labels(self, x, y):
            labels = np.where((np.abs(x - 24.0) < 20.0) & (np.abs(y - 24.0) < 20.0), 2, 0)
            labels[np.hypot(x - 24.0, y - 24.0) < 9.0] = 3
            labels[np.hypot(x - 24.0, y - 24.0) < 5.0] = 2
            return labels

        def colours(self, x, y, label):
            colours = np.repeat(COLOURS[label][None], len(x), axis=0)
            if label == 2:
                colours[:, 0] = 0.6 + 0.3 * np.sin(1.3 * x) * np.cos(0.9 * y)
                colours[np.hypot(x - 24.0, y - 24.0) < 7.0, 0] = 0.0
            return colours

    found = vector_drawing(Shared())
    (fill,) = [shape.fill for shape in found.shapes if isinstance(shape.fill, Image)]
    assert fill.values[..., 0].min() > 0.25
    drawn, truth = rasterised(svg(found, title=""), 4)[..., :3], Shared().truth(4)
    assert 10.0 * np.log10(1.0 / ((drawn - truth) ** 2).mean()) > 25.0


def test_a_gradient_reaches_into_narrow_parts():
    """A wedge: its narrow end is nowhere far from edges, and is coloured as the rest goes on."""

    class Wedge(Scene):
        def labels(self, x, y):
            return np.where((x > 2.0) & (x < 46.0) & (np.abs(y - 24.0) < (46.0 - x) / 4.0), 1, 0)

        def colours(self, x, y, label):
            colours = np.repeat(COLOURS[label][None], len(x), axis=0)
            if label == 1:
                colours[:, 1] = 0.8 * (x / 48.0)
            return colours

    found = vector_drawing(Wedge())
    (fill,) = [shape.fill for shape in found.shapes if isinstance(shape.fill, Gradient)]
    assert fill.colours[:, 1].max() > 0.7


def test_colours_beside_edges_do_not_spoil_a_fill():
    """What a field shows beside an edge is the least certain; small regions are nothing else."""

    class Rimmed(Scene):
        def colours(self, x, y, label):
            colours = np.repeat(COLOURS[label][None], len(x), axis=0)
            if label == 1:
                colours[np.hypot(x - 16.0, y - 16.0) > 8.8] += (
                    0.3 * np.sin(x + 2.0 * y)[np.hypot(x - 16.0, y - 16.0) > 8.8, None]
                )
            if label == 4:
                colours += 0.1 * np.sin(9.0 * x * y)[:, None]
            return colours

    found = vector_drawing(Rimmed())
    assert not any(isinstance(shape.fill, Image) for shape in found.shapes)
    red = [s.fill for s in found.shapes if isinstance(s.fill, Flat) and s.fill.colour[0] > 0.8]
    assert any(np.abs(fill.colour - COLOURS[1]).max() < 0.01 for fill in red)


def test_small_regions_become_part_of_what_is_around_them():
    found = vector_drawing(Scene(), Options(min_area=20.0))
    blacks = [s for s in found.shapes if isinstance(s.fill, Flat) and s.fill.colour.max() < 0.1]
    assert len(found.shapes) == 4
    assert not blacks


def test_numbers_are_as_short_as_they_can_be(drawing):
    for shape in drawing.shapes:
        data = path_data(shape.loops, 2)
        assert "0." not in data.replace("10.", "").replace("20.", "").replace("30.", "").replace(
            "40.", ""
        )
        assert "  " not in data


def test_a_small_picture_goes_on_under_later_shapes():
    """Its stroke lies beneath it: the picture covers what is inside, a later shape the rest."""
    square = np.array([[4.0, 4], [12, 4], [12, 12], [4, 12], [4, 4]])
    sides = tuple(Piece(square[k : k + 2]) for k in range(4))
    picture = Image((3, 3, 13, 13), np.full((10, 10, 3), 0.5))
    shape = Shape((sides,), picture, under=(sides[:1],))
    text = svg(Drawing(16, 16, alpha=False, shapes=(shape,)), title="")
    assert 0 < text.index("stroke=") < text.index("<image")
    # Inkscape 1.2 knows the old name alone.
    (image,) = ET.fromstring(text).iter("{http://www.w3.org/2000/svg}image")
    assert image.get("{http://www.w3.org/1999/xlink}href").startswith("data:image/png;base64,")
    drawn = rasterised(text, 16)
    # Above its edge, as far as half the stroke; and not beyond.
    assert drawn[4 * 16 - 3, 8 * 16, 3] == 1.0
    assert drawn[4 * 16 - 6, 8 * 16, 3] == 0.0


class Stripes(Scene):
    """Three, from border to border."""

    def labels(self, x, y):
        return (y > 15.3).astype(np.int64) + (y > 20.1)

    def colours(self, x, y, label):
        return np.repeat(COLOURS[label][None], len(x), axis=0)


def test_what_goes_on_beneath_along_straight_sides_has_no_nodes_of_its_own():
    drawing = vector_drawing(Stripes())
    assert [len(loop) for shape in drawing.shapes for loop in shape.loops] == [4, 4, 4]
    truth = Stripes().truth(4)
    drawn = rasterised(svg(drawing, title=""), 4)[..., :3]
    assert np.abs(drawn - truth).max(axis=(1, 2)).sum() <= 3.0  # rows beside edges alone

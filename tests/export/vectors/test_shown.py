"""What a region shows that was several: each place by its own label, slivers aside."""

import numpy as np

from redraw.export.vectors.drawing import vector_drawing
from redraw.export.vectors.fills import Flat
from redraw.export.vectors.shown import shown_in, spread

WHITE, RED = np.array([0.98, 0.96, 0.92]), np.array([0.9, 0.3, 0.2])


class Band:
    """A white band on red, whose left half is one label and whose right half is another; each knows
    its colours only where it is, as a field of labels does."""

    width, height, alpha, values = 40, 40, False, None

    def labels(self, x, y):
        band = np.abs(y - 20.0) < 4.0
        return np.where(band, np.where(x < 20.0, 1, 2), 0)

    def colours(self, x, y, label):
        here = self.labels(x, y) == label
        own = RED if label == 0 else WHITE
        return np.where(here[:, None], own, RED)


def test_a_band_of_two_labels_is_white_all_along():
    drawing = vector_drawing(Band())
    flat = [shape.fill for shape in drawing.shapes if isinstance(shape.fill, Flat)]
    assert len(flat) == len(drawing.shapes)
    assert {tuple(np.round(fill.colour, 2)) for fill in flat} == {tuple(RED), tuple(WHITE)}


def test_what_slivers_show_is_not_known():
    places = np.array([[5.0, 20.0], [30.0, 20.0], [5.0, 2.0]])
    colours, known = shown_in(Band(), places, 1)
    assert known.tolist() == [True, True, False]
    assert np.allclose(colours[:2], WHITE)
    _, known = shown_in(Band(), places[2:], 1)
    assert known.all()  # none has its label: then what there is


def test_unknown_values_are_those_beside():
    values = np.zeros((3, 5, 1))
    values[1, 1], values[1, 4] = 4.0, 8.0
    known = np.zeros((3, 5), bool)
    known[1, 1] = known[1, 4] = True
    found = spread(values, known)[..., 0]
    assert found[1].tolist() == [4.0, 4.0, 4.0, 8.0, 8.0]
    assert found[0, 1] == found[2, 0] == 4.0
    assert found[0, 4] == 8.0

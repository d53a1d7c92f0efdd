"""Labels of a fitted drawing, read as arrays, against the encoding's own operations."""

import numpy as np
import pytest
import torch

import redraw
from redraw.export.exporter import Subject
from redraw.export.vectors.drawing import vector_drawing
from redraw.export.vectors.labelled import FieldLabels, TwoSides, labelled, straight
from redraw.fitting.result.fitted import open_drawer


@pytest.mark.slow
def test_labels_and_colours_are_those_of_the_field():
    y, x = np.mgrid[:24, :31] + 0.5
    picture = np.ones((24, 31, 3), np.float32)
    picture[np.hypot(x - 12, y - 11) < 8] = (0.9, 0.2, 0.1)
    picture[(x > 15) & (y > 12)] = (0.1, 0.3, 0.6)
    field = redraw.fit(picture, model="cel")
    subject = Subject(field, field.about, "it", lambda: None)  # type: ignore[arg-type]
    picture_of = FieldLabels(subject)
    generator = np.random.default_rng(3)
    x, y = generator.uniform(0, 31, 3000), generator.uniform(0, 24, 3000)
    xy = torch.from_numpy(np.stack([x * 2 / 31 - 1, y * 2 / 24 - 1], axis=1))
    with torch.no_grad():
        labels, potentials, colours = field.encoding.parts(xy.to(field.encoding.colours.dtype))
    best, rows = potentials.argmax(dim=1), torch.arange(3000)
    wanted = labels[rows, best].numpy()
    two = potentials.topk(2, dim=1).values
    sure = (two[:, 0] - two[:, 1]).numpy() > 1e-3  # float32 has no digits for less
    assert sure.mean() > 0.98
    assert np.array_equal(picture_of.labels(x, y)[sure], wanted[sure])
    shown = straight(colours[rows, best].numpy().astype(np.float64), subject)
    for label in np.unique(wanted):
        mine = wanted == label
        found = picture_of.colours(x[mine], y[mine], int(label))
        assert np.abs(found - shown[mine]).max() <= 1e-5


class Grey:
    """A field of one channel, as `TwoSides` asks for it."""

    def __init__(self, values):
        self.about = type("About", (), {"size": (40, 30)})
        self._values = values

    def drawer(self):
        return self

    def values(self, xy):
        x, y = (xy[:, 0] + 1.0) * 20.0, (xy[:, 1] + 1.0) * 15.0
        return self._values(x, y)[:, None].astype(np.float32)


@pytest.mark.parametrize(("paper", "ink"), [(1.0, 0.8), (0.2, 0.0), (0.0, 0.15), (1.0, 0.0)])
def test_what_is_faint_is_drawn_too(paper, ink):
    def values(x, y):
        return np.where(np.hypot(x - 18, y - 14) < 8, ink, paper)

    picture = TwoSides(Grey(values))
    assert picture.why_not() is None
    found = vector_drawing(picture)
    tones = [float(shape.fill.colour[0]) for shape in found.shapes]
    assert tones == pytest.approx([paper, ink], abs=1e-3)
    assert found.notes == ()


def test_one_colour_is_said():
    found = vector_drawing(TwoSides(Grey(lambda x, y: np.full(len(x), 0.98))))
    assert len(found.shapes) == 1
    assert "one colour" in found.notes[0]


@pytest.mark.slow
def test_a_field_of_labels_in_two_tones_is_followed_by_its_values():
    """Its labels leave faint ends of strokes to what is added to them."""
    y, x = np.mgrid[:24, :31] + 0.5
    picture = np.clip(4.0 - np.hypot(x - 14, y - 12), 0.0, 1.0)
    field = redraw.fit((1.0 - picture).astype(np.float32)[..., None], model="cel")
    subject = Subject(field, field.about, "it", lambda: open_drawer(field))
    assert isinstance(labelled(subject), TwoSides)
    half = redraw.fit(np.where(x < 16, picture, 0.5).astype(np.float32)[..., None], model="cel")
    subject = Subject(half, half.about, "it", lambda: open_drawer(half))
    assert isinstance(labelled(subject), FieldLabels)

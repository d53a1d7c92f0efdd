"""Labels of a fitted drawing, read as arrays, against the encoding's own operations."""

import numpy as np
import pytest
import torch

import redraw
from redraw.export.exporter import Subject
from redraw.export.vectors.labelled import FieldLabels, straight


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

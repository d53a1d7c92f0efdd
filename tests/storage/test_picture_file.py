"""The picture in a run folder: exact, and small where bytes hold it."""

import numpy as np
import pytest
import torch
from tests.reading import read_tensors

from redraw.errors import FileFormatError
from redraw.signals.picture.colour import Colour, LogCurve
from redraw.signals.picture.picture import Picture
from redraw.storage.picture_file import load_picture, save_picture
from redraw.storage.tensor_file import open_tensors, write_tensors

draw = np.random.default_rng(4)
BYTES = draw.integers(0, 256, (5, 7, 3)) / np.float32(255)
DEEP = draw.integers(0, 65_536, (5, 7, 2)) / np.float32(65_535)
PICTURES = {
    "8-bit": (Picture(BYTES, Colour("rgb", icc=b"profile"), name="Löwe.png"), torch.uint8),
    "resampled": (Picture(BYTES * np.float32(0.9), Colour("rgb")), torch.float32),
    "16-bit": (Picture(DEEP, Colour("grey", alpha=True, depth=16)), torch.float32),
    "two-tone": (Picture(BYTES[:, :, :1] > 0.5, Colour("grey", depth=1)), torch.uint8),
    "HDR": (
        Picture(DEEP[:, :, :1] * 900 - 7, Colour("grey", depth=32, curve=LogCurve(1, -7, 900))),
        torch.float32,
    ),
    "holes": (Picture(BYTES, Colour("rgb"), known=BYTES[:, :, 0] > 0.5), torch.uint8),
    "tiny": (Picture(BYTES[:1, :1], Colour("rgb")), torch.uint8),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_comes_back_exactly(tmp_path, name):
    picture, dtype = PICTURES[name]
    save_picture(tmp_path / "x", picture)
    found = load_picture(tmp_path / "x")
    assert found.values.dtype == np.float32
    assert np.array_equal(found.values, picture.values)
    assert (found.known is None) == (picture.known is None)
    assert picture.known is None or np.array_equal(found.known, picture.known)
    assert found.colour == picture.colour
    assert found.name == picture.name
    with open_tensors(tmp_path / "x") as file:
        assert file.specs["values"].dtype == dtype


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h, t: t.pop("values"), "no values"),
        (lambda h, t: t.update(values=t["values"].bfloat16()), "bfloat16"),
        (lambda h, t: t.update(values=t["values"].cfloat()), "complex64"),
        (lambda h, t: t.update(values=t["values"] * torch.nan), "not finite"),
        (lambda h, t: t.update(values=t["values"][0]), r"values are \(H, W, 1\)"),
        (lambda h, t: t.update(values=t["values"][:0]), "at least 1x1"),
        (lambda h, t: t.update(known=torch.ones(9, 9)), "'known' is float32"),
        (lambda h, t: t.update(known=torch.ones(9, 9, dtype=torch.uint8)), "known"),
        (lambda h, t: t.update(more=torch.ones(1)), "'more' is float32"),
        (lambda h, t: h.update(version=2), "upgrade"),
        (lambda h, t: h.update(more=1), "foreign key 'more'"),
        (lambda h, t: h["colour"].update(model="cmyk"), "x is damaged: .*cmyk"),
    ],
)
def test_pictures_that_cannot_be(tmp_path, change, message):
    save_picture(tmp_path / "x", PICTURES["HDR"][0])
    header, tensors = read_tensors(tmp_path / "x")
    change(header, tensors)
    write_tensors(tmp_path / "x", tensors, header, force=True)
    with pytest.raises(FileFormatError, match=message):
        load_picture(tmp_path / "x")

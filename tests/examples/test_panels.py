import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "examples" / "panels.py"


@pytest.fixture(scope="module")
def panels():
    spec = importlib.util.spec_from_file_location("panels", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["panels"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["panels"]


def test_pictures_stand_pixel_for_pixel_on_white(panels):
    values = np.random.default_rng(0).random((30, 50, 3))
    page = panels.sheet([[panels.Panel(values, "a"), panels.Panel(values, "b", "note")]], "Heading")
    found = np.asarray(page)
    levels = np.rint(values * 255)
    places = [
        (y, x)
        for y in range(found.shape[0] - 30)
        for x in range(found.shape[1] - 50)
        if np.array_equal(found[y : y + 30, x : x + 50], levels)
    ]
    assert len(places) == 2
    assert places[0][0] == places[1][0]
    assert tuple(found[0, 0]) == (255, 255, 255)


def test_text_is_never_wider_than_its_picture(panels):
    long = "a title that is much too long"
    for width in (60, 120, 400):
        font = panels.fitting(long, width, 17)
        assert font.getlength(long) <= width or font.size == 9


def test_a_part_lies_inside_the_picture(panels):
    values = np.arange(100 * 100).reshape(100, 100, 1)
    assert panels.crop(values, (0.5, 0.5), 0.2)[0, 0, 0] == 40 * 100 + 40
    assert panels.crop(values, (0.0, 1.0), 0.2)[0, 0, 0] == 80 * 100
    assert panels.enlarged(values, 3).shape == (300, 300, 1)


def test_grey_and_large_pages_are_saved_small(panels, tmp_path, capsys):
    grey = panels.sheet([[panels.Panel(np.full((20, 20), 0.5), "grey")]])
    panels.save(grey, tmp_path / "folder" / "grey.png")
    with Image.open(tmp_path / "folder" / "grey.png") as saved:
        assert saved.mode == "L"
    noise = np.random.default_rng(0).random((400, 400, 3))
    panels.save(panels.sheet([[panels.Panel(noise, "noise")]]), tmp_path / "noise.png")
    with Image.open(tmp_path / "noise.png") as saved:
        assert saved.mode == "P"
    assert "grey.png" in capsys.readouterr().out

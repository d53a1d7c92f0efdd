"""`redraw trace`: a picture to paths, with the options that people of tracers know."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def badge(tmp_path):
    """A red disc with a blue bar on white, smoothed."""
    y, x = (np.mgrid[: 32 * 8, : 40 * 8] + 0.5) / 8
    picture = np.ones((*x.shape, 3))
    picture[np.hypot(x - 18, y - 16) < 10] = (0.85, 0.15, 0.1)
    picture[(abs(y - 16) < 2.5) & (x > 12)] = (0.1, 0.2, 0.7)
    small = picture.reshape(32, 8, 40, 8, 3).mean(axis=(1, 3))
    path = tmp_path / "badge.png"
    Image.fromarray(np.rint(255 * small).astype(np.uint8)).save(path)
    return path


def shapes(path):
    return [e for e in ET.parse(path).iter() if e.tag.endswith("path")]


def test_a_picture_becomes_paths(redraw, badge, tmp_path, monkeypatch):
    monkeypatch.setenv("REDRAW_ENGINE", "auto")
    out = tmp_path / "badge.svg"
    done = redraw("trace", str(badge), str(out))
    assert done.code == 0, done.err
    assert len(shapes(out)) in (3, 4)
    first = out.read_bytes()
    assert redraw("trace", str(badge), str(out)).code == 1  # nothing is replaced unasked
    assert redraw("trace", str(badge), str(out), "--force", "--quiet").code == 0
    assert out.read_bytes() == first
    ink = tmp_path / "ink.svg"
    assert redraw("trace", str(badge), str(ink), "--lineart", "--quiet").code == 0
    assert {e.get("fill") for e in shapes(ink)} <= {"#000", "#fff", "none"}
    two = tmp_path / "two.svg"
    assert redraw("trace", str(badge), str(two), "--colors", "2", "--apart", "-q").code == 0
    assert len({e.get("fill") for e in shapes(two)} - {"none"}) == 2


def test_what_is_refused(redraw, badge, tmp_path):
    assert ".svg" in redraw("trace", str(badge), str(tmp_path / "x.eps")).err
    out = str(tmp_path / "x.svg")
    assert "from 1" in redraw("trace", str(badge), out, "--colors", "0").err
    assert "0.001" in redraw("trace", str(badge), out, "--tolerance", "0").err

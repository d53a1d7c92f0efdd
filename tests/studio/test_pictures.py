"""What the process that draws remembers of pictures."""

import os

import numpy as np
import pytest

import redraw
from redraw.studio import pictures
from redraw.studio.fit_plan import fit_plan


@pytest.fixture
def reads(monkeypatch):
    """The paths that were decoded."""
    found, read = [], pictures._read

    def counting(path, *rest):
        found.append(path)
        return read(path, *rest)

    monkeypatch.setattr(pictures, "_read", counting)
    pictures._kept.clear()
    return found


def test_an_upload_is_decoded_once(tmp_path, reads):
    """It is looked at, given its name, shown small and large, enlarged and planned for."""
    upload, place = tmp_path / ".upload-1", tmp_path / "a.png"
    redraw.Picture.from_array(np.random.default_rng(0).random((40, 60, 3))).save(place)
    os.replace(place, upload)
    assert pictures.inspect(str(upload), 10**6)["width"] == 60
    os.replace(upload, place)
    pictures.inspect(str(place), 10**6)
    pictures.thumbnail(str(place), 32)
    pictures.original(str(place))
    region = {"of": [60, 40], "region": [0, 0, 30, 20], "width": 60, "height": 40}
    pictures.picture_tile(str(place), how="lanczos", **region)
    assert "errors" not in fit_plan({"picture": str(place)}, "siren")
    assert reads == [str(upload)]


def test_another_picture_of_the_same_name_is_decoded_anew(tmp_path, reads):
    for side in (10, 12):
        redraw.Picture.from_array(np.zeros((side, side))).save(tmp_path / "a.png", force=True)
        assert pictures.inspect(str(tmp_path / "a.png"), 10**6)["width"] == side
    assert len(reads) == 2

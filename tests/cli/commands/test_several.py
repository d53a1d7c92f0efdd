"""render, export, info, csv and diff of many things in one command."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redraw import read


@pytest.fixture
def fields(fitted):
    Path("fields/below").mkdir(parents=True)
    for name in ("a", "b", "below/c"):
        shutil.copy("tiny.redraw", f"fields/{name}.redraw")


def test_render_draws_a_folder_and_keeps_its_shape(redraw, fields):
    done = redraw("render", "fields", "-o", "out", "--as", "webp", "--recursive", "--size", "4x")
    assert done.code == 0, done.err
    drawn = sorted(str(path.relative_to("out")) for path in Path("out").rglob("*.*"))
    assert drawn == ["a.webp", "b.webp", "below/c.webp"]
    assert read("out/below/c.webp").size == (4, 4)


def test_one_that_fails_stops_nothing(redraw, fields):
    Path("fields/b.redraw").write_bytes(b"nothing")
    done = redraw("render", "fields/a.redraw", "fields/b.redraw", "tiny.redraw", "-o", "out")
    assert done.code == 1
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.png", "tiny.png"]
    assert "b.redraw" in done.err
    assert "1 of 3 failed" in done.err


def test_two_results_of_one_name_are_refused_before_any(redraw, fields):
    shutil.copy("tiny.redraw", "a.redraw")
    done = redraw("render", "a.redraw", "fields/a.redraw", "-o", "out")
    assert done.code == 2
    assert "would both become" in done.complaint
    assert not Path("out").exists()


@pytest.mark.parametrize("names", [(), ("tiny.redraw",), ("tiny.redraw", "a.png", "b.png")])
def test_without_a_folder_there_are_two_names(redraw, fitted, names):
    done = redraw("render", *names)
    assert done.code == 2
    assert "-o FOLDER" in done.complaint


def test_export_takes_many(redraw, fields):
    assert redraw("export", "fields", "-o", "out").code == 2  # what of?
    done = redraw("export", "fields", "-o", "out", "--as", "py", "-q")
    assert done.code == 0, done.err
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.py", "b.py"]


def test_info_takes_many(redraw, fields):
    done = redraw("info", "fields", "tiny.redraw", "--json")
    assert done.code == 0
    assert len(done.objects) == 3
    assert redraw("info").code == 2


def test_tables_there_and_back(redraw):
    random = np.random.default_rng(3)
    Path("in").mkdir()
    for name in "ab":
        pixels = random.integers(0, 256, (3, 5, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(f"in/{name}.png")
    assert redraw("csv", "encode", "in", "-o", "tables").code == 0
    assert redraw("csv", "decode", "tables/*.csv", "-o", "again", "--as", ".bmp").code == 0
    for name in "ab":
        before, after = Image.open(f"in/{name}.png"), Image.open(f"again/{name}.bmp")
        assert np.array_equal(np.asarray(before), np.asarray(after))


def test_diff_compares_those_of_the_same_names(redraw, fields):
    redraw("render", "fields", "-o", "out", "--recursive", "-q")
    done = redraw("diff", "out", "fields", "--json")
    assert done.code == 0, done.err
    assert [Path(one["a"]).stem for one in done.objects] == ["a", "b", "c"]
    assert all(one["psnr"] > 40 for one in done.objects)
    Path("fields/b.redraw").unlink()
    done = redraw("diff", "out", "fields")
    assert "b.png has no counterpart in fields" in done.complaint
    assert done.code == 1

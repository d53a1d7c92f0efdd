"""Pyramids of tiles: the format's arithmetic, and OpenSeadragon showing one."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.export.conftest import config_of, made

from redraw.errors import OutputError, UsageError
from redraw.fields.encoding import Encoding


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_every_level_is_what_the_field_draws(tmp_path):
    field = made(config_of("ink", 3))
    written = field.export(tmp_path / "it.dzi", levels=4)
    root = ET.parse(tmp_path / "it.dzi").getroot()
    size = root.find("{*}Size").attrib
    assert (int(size["Width"]), int(size["Height"])) == (23 * 16, 17 * 16)
    assert root.attrib["TileSize"] == "256"
    folder = written.paths[1]
    levels = sorted(int(each.name) for each in folder.iterdir())
    assert levels == list(range(10))  # 2^9 is the first to hold 368
    assert pixels(folder / "0/0_0.png").shape == (1, 1, 3)
    assert sorted(each.name for each in (folder / "9").iterdir()) == [
        "0_0.png", "0_1.png", "1_0.png", "1_1.png",
    ]  # fmt: skip
    whole = np.zeros((272, 368, 3), np.uint8)
    for column in (0, 1):
        for row in (0, 1):
            tile = pixels(folder / f"9/{column}_{row}.png")
            whole[256 * row :, 256 * column :][: tile.shape[0], : tile.shape[1]] = tile
    field.render(368, 272).save(tmp_path / "whole.png")
    assert (pixels(tmp_path / "whole.png") == whole).all()


def test_refusals(tmp_path, monkeypatch):
    field = made(config_of("ink", 1))
    with pytest.raises(UsageError, match=r"pixels; accepted: up to .*; lower --levels"):
        field.export(tmp_path / "it.dzi", levels=12)
    with pytest.raises(UsageError, match="--levels is 'x'"):
        field.export(tmp_path / "it.dzi", levels="x")
    field.export(tmp_path / "it.dzi", levels=0)
    (tmp_path / "it.dzi").unlink()
    with pytest.raises(OutputError, match="it_files exists already"):
        field.export(tmp_path / "it.dzi", levels=0)
    field.export(tmp_path / "it.dzi", levels=0, force=True)
    (tmp_path / "it_files/0/mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files than tiles"):
        field.export(tmp_path / "it.dzi", levels=0, force=True)
    assert (tmp_path / "it_files/0/mine.txt").exists()
    assert not list(tmp_path.glob(".redraw-*"))


def test_openseadragon_shows_it(open_page, tmp_path):
    from importlib.resources import files

    made(config_of("ink", 3)).export(tmp_path / "it.dzi", levels=3)
    script = files("redraw.studio") / "static/vendor/openseadragon.min.js"
    (tmp_path / "osd.js").write_bytes(Path(str(script)).read_bytes())
    # A page from disk may not read a file: it is told what it.dzi says.
    (tmp_path / "page.html").write_text("""<!doctype html><title>tiles</title>
<div id=view style="width:400px;height:300px"></div><script src="osd.js"></script><script>
const viewer = OpenSeadragon({id: 'view', showNavigationControl: false, drawer: 'canvas',
  tileSources: {Image: {xmlns: 'http://schemas.microsoft.com/deepzoom/2008', Url: 'it_files/',
    Format: 'png', Overlap: '0', TileSize: '256', Size: {Width: '184', Height: '136'}}}});
viewer.addHandler('tile-drawn', () => { document.title = 'drawn'; });
</script>""")
    page = open_page((tmp_path / "page.html").as_uri())
    page.wait_for_function("document.title == 'drawn'", timeout=600_000)


def test_a_field_without_a_program_is_drawn_all_the_same(tmp_path, monkeypatch):
    field = made(config_of("ink", 1))
    monkeypatch.setattr(type(field.encoding), "lower", Encoding.lower)
    with pytest.raises(UsageError, match="Identity can't be exported"):
        field.export(tmp_path / "it.c")
    field.export(tmp_path / "it.dzi", levels=0)

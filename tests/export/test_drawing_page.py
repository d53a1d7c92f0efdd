"""Coded drawings in pages: their bytes are decoded in the browser as everywhere, exactly."""

import base64
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from tests.export.served import copy_modules, served
from tests.export.test_html_page import SOFTWARE, WITHOUT, canvas_of, rendered, settled
from tests.export.test_html_page import pages as pages
from tests.golden import plain_drawing
from tests.golden.test_drawing import of_most_labels

import redraw
from redraw.export.html_page import runtime
from redraw.fitting.result.loading import load

FOLDER = Path(__file__).parents[1] / "golden"
GOLDEN = sorted((FOLDER / "drawings").glob("*.redraw"))
READ = """async ([address, text]) => {
  const { chunksOf } = await import(`${address}/chunks.js`);
  const { numbersOfDrawing } = await import(`${address}/drawing.js`);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt());
  try {
    const { steps, seeds, potentials, colours, detail } = numbersOfDrawing(chunksOf(bytes));
    return [steps, seeds, potentials, colours, detail].map((list) => [...list]);
  } catch (error) {
    return error.message;
  }
}"""
ELEMENT = "document.querySelector('redraw-field')"


@pytest.fixture(scope="module")
def reader(chromium_with, tmp_path_factory):
    """Reads bytes by the modules of the runtime: lists of whole numbers, or the refusal."""
    folder = tmp_path_factory.mktemp("modules")
    copy_modules(folder)
    with served(folder) as address:
        page = chromium_with(*SOFTWARE).new_page()
        page.goto(f"{address}/index.html")
        yield lambda data: page.evaluate(READ, [address, base64.b64encode(data).decode()])
        page.close()


def plain_numbers(data):
    """What the reader made from docs/format.md alone finds, in the order that fields have it."""
    steps, labels, potentials, colours, detail = plain_drawing.read(data)
    by_label = sorted((k, place, v) for place, own in potentials.items() for k, v in own.items())
    lists = [[v for _, _, v in by_label]]
    lists += [[v for place in sorted(found) for v in found[place]] for found in (colours, detail)]
    return [steps, labels.ravel().tolist(), *lists]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_numbers(reader, path):
    data = path.read_bytes()
    assert reader(data) == plain_numbers(data)


def test_as_many_labels_as_there_may_be(reader):
    data = of_most_labels()
    assert reader(data) == plain_numbers(data)


def test_damage_is_noticed(reader):
    data = bytearray((FOLDER / "drawings/rgb.redraw").read_bytes())
    assert reader(bytes(data[:-30])) == "this field file is damaged"
    data[len(data) // 2] ^= 1
    assert reader(bytes(data)) == "this field file is damaged"


def test_what_it_does_not_know_it_says_kindly(reader):
    """Another chunk with a sum that is right; of pictures in blocks it says what they are."""
    said = {}
    for name in (b"LP", b"XY"):
        summed = zlib.crc32(name + b"x").to_bytes(4, "little")
        said[name] = reader(b"\x89RDW\x03" + name + b"\x01x" + summed)
    assert re.search("large picture in blocks, .* redraw export FILE tiles.dzi", said[b"LP"])
    assert "LP" not in said[b"LP"]
    assert "has a chunk XY, which this page does not know" in said[b"XY"]


@pytest.mark.parametrize("flags", [SOFTWARE, WITHOUT], ids=["webgl2", "plain"])
@pytest.mark.parametrize("name", ["grey", "rgb"])
def test_the_custom_element_reads_them(chromium_with, shown, flags, name):
    path = FOLDER / f"drawings/{name}.redraw"
    field = load(path)
    width, height = (4 * side for side in field.about.size)
    page = shown(chromium_with(*flags), path.read_bytes(), width, runtime())
    assert (page.evaluate(f"{ELEMENT}.painter") == "WebGL2") == (flags == SOFTWARE)
    assert np.abs(canvas_of(page).astype(int) - rendered(field, width, height)).max() <= 1
    # Zoomed 64 times into a region.
    page.evaluate(f"{ELEMENT}.look({{left: 10.25, top: 6.5, scale: 64}})")
    settled(page)
    region = (10.25, 6.5, 10.25 + width / 64, 6.5 + height / 64)
    wanted = rendered(field, width, height, region)
    assert np.abs(canvas_of(page).astype(int) - wanted).max() <= 1


def test_a_page_holds_its_bytes(chromium_with, pages, tmp_path):
    path = FOLDER / "drawings/rgb.redraw"
    field = load(path)
    field.export(tmp_path / "it.html")
    held = re.search('id="field">([^<]*)', (tmp_path / "it.html").read_text())
    assert zlib.decompress(base64.b64decode(held[1]), -15) == path.read_bytes()
    page = pages(chromium_with(*SOFTWARE), tmp_path / "it.html", width=92, height=60)
    settled(page)
    assert np.abs(canvas_of(page).astype(int) - rendered(field, 92, 60)).max() <= 1


def test_a_fitted_drawing_is_shown(chromium_with, pages, tmp_path):
    """What a fit gives, before it is saved; its page is shaded, as flat ones are drawn flatter."""
    y, x = np.mgrid[: 8 * 17, : 8 * 23] / 8.0
    page = np.full((8 * 17, 8 * 23, 3), 0.9) - 0.02 * x[..., None]
    page[np.hypot(x - 11, y - 8) < 6] = (0.8, 0.2, 0.1)
    page[np.hypot(x - 14, y - 8) < 3] = (0.1, 0.2, 0.7)
    field = redraw.fit(page.reshape(17, 8, 23, 8, 3).mean(axis=(1, 3)), model="cel")
    field.export(tmp_path / "it.html")
    page = pages(chromium_with(*SOFTWARE), tmp_path / "it.html", width=92, height=68)
    settled(page)
    assert np.abs(canvas_of(page).astype(int) - rendered(field, 92, 68)).max() <= 1

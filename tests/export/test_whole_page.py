"""Networks in whole numbers in pages: decoded in the browser, and drawn as redraw draws them."""

import base64
import io
import re
import zlib
from importlib.resources import files

import numpy as np
import pytest
import torch
from PIL import Image
from tests.coding import test_grids
from tests.coding.test_networks import NAMES, network
from tests.export.served import copy_modules, served
from tests.export.test_html_page import SOFTWARE, WITHOUT, canvas_of, settled
from tests.export.test_html_page import pages as pages
from tests.golden import plain_network

import redraw
from redraw.coordinates import Region
from redraw.export.html_page import payload_of, runtime
from redraw.fitting.result.loading import load
from redraw.fitting.result.quantising import quantise
from redraw.render import Canvas, draw
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.storage.about import About
from redraw.storage.codecs.network import packed_network
from redraw.storage.container import Chunk, chunks_of, packed
from redraw.storage.opening import drawer_of

SLOW = ("sine", "tanh", "sigmoid", "gauss", "silu", "relu")
WEB = files("redraw.export") / "web"
ELEMENT = "document.querySelector('redraw-field')"
SIZE = (40, 30)
# What the modules give at points, sigmoids aside: numbers in 1/65536.
READ = """async ([address, text, xy]) => {
  const { serve } = await import(`${address}/worker.js`);
  const { run } = await import(`${address}/interpreter.js`);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt());
  try {
    const { program } = await serve().open(bytes, true);
    const axes = xy[0].map((_, axis) => Float64Array.from(xy, (point) => point[axis]));
    return run(program, axes).map((row) => [...row].map((value) => 65536 * value));
  } catch (error) {
    return error.message;
  }
}"""


@pytest.fixture(scope="module")
def reader(chromium_with, tmp_path_factory):
    """Reads bytes by the modules of the runtime, and asks at points: (N, C), or the refusal."""
    folder = tmp_path_factory.mktemp("modules")
    copy_modules(folder)

    def read(data, points):
        found = page.evaluate(READ, [address, base64.b64encode(data).decode(), points.tolist()])
        return found if isinstance(found, str) else np.array(found).T

    with served(folder) as address:
        page = chromium_with(*SOFTWARE).new_page()
        page.goto(f"{address}/index.html")
        parts = re.search(r"PARTS = (\[.*?\])", (WEB / "npm/build.mjs").read_text())
        assert parts is not None
        page.evaluate(f"for (const name of {parts[1]}) window[`WITH_${{name}}`] = true")
        yield read
        page.close()


def written(own):
    config = {"channels": len(own.layers[-1].weights)}
    return packed_network(own, config, About(SIZE, Colour("rgb")))


# Networks of every function, of many widths, and one that reads a grid.
KINDS = {name: (lambda name=name: network(name)) for name in NAMES} | {
    "wide": lambda: network("sine", widths=(2, 40, 31, 1)),
    "one layer": lambda: network("relu", widths=(2, 3)),
    "three inputs": lambda: network("finer", widths=(3, 17, 8, 33, 5)),
    "a grid": test_grids.network,
}


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_those_of_the_page_of_the_format(reader, kind):
    """Of docs/format.md, in Python's integers."""
    own = KINDS[kind]()
    data = written(own)
    dimensions = 2 if own.grid is not None else own.layers[0].weights.shape[1]
    points = np.random.default_rng(4).uniform(-1, 1, (25, dimensions)).astype(np.float32)
    points[:2] = [[1.0] * dimensions, [-1.0] * dimensions]
    wanted = [plain_network.values(data, point) for point in points]
    assert reader(data, points).tolist() == wanted


def rendered(path, width, height, region=None):
    """What `redraw render` writes, in whole numbers, as 8-bit RGBA. (H, W, 4)"""
    found = drawer_of(path, 1)
    assert found is not None
    drawer, about = found
    canvas = Canvas.of(
        about.size, about.detail, width=width, height=height,
        region=Region(*region) if region else None,
    )  # fmt: skip
    assert about.colour is not None
    picture = Picture.from_fitted(draw(drawer, canvas), about.colour)
    return np.asarray(Image.open(io.BytesIO(picture._repr_png_())).convert("RGBA"))


def alike(page, path):
    """At four times the size, and zoomed 64 times into a region, within 1 of 255."""
    width, height = (4 * side for side in SIZE)
    assert np.abs(canvas_of(page).astype(int) - rendered(path, width, height)).max() <= 1
    page.evaluate(f"{ELEMENT}.look({{left: 10.25, top: 6.5, scale: 64}})")
    settled(page)
    region = (10.25, 6.5, 10.25 + width / 64, 6.5 + height / 64)
    assert np.abs(canvas_of(page).astype(int) - rendered(path, width, height, region)).max() <= 1


@pytest.mark.parametrize("flags", [SOFTWARE, WITHOUT], ids=["webgl2", "plain"])
@pytest.mark.parametrize(
    "kind",
    ["finer", "wire", "a grid", *(pytest.param(k, marks=pytest.mark.slow) for k in SLOW), "sharp"],
)
def test_the_custom_element_draws_them_as_redraw_does(chromium_with, shown, tmp_path, flags, kind):
    own = network("wire", sharpness=2.5) if kind == "sharp" else KINDS[kind]()
    page = shown(chromium_with(*flags), written(own), 4 * SIZE[0], runtime())
    assert (page.evaluate(f"{ELEMENT}.painter") == "WebGL2") == (flags == SOFTWARE)
    alike(page, tmp_path / "it.redraw")


@pytest.fixture
def quantised(tmp_path):
    """A small sine network that was fitted, rounded without learning on, in its file."""
    picture = np.random.default_rng(1).uniform(size=(*SIZE[::-1], 3)).astype(np.float32)
    field = redraw.fit(picture, model="siren", steps=20, hidden=(16, 16))
    path = tmp_path / "it.redraw"
    path.write_bytes(quantise(field, steps=0).data)
    return path


def test_a_page_holds_the_bytes_of_the_file(chromium_with, pages, quantised, tmp_path):
    field = load(quantised)
    field.export(tmp_path / "it.html")
    text = (tmp_path / "it.html").read_text()
    held = re.search('id="field">([^<]*)<', text)
    assert held is not None
    assert zlib.decompress(base64.b64decode(held[1]), -15) == quantised.read_bytes()
    page = pages(chromium_with(*SOFTWARE), tmp_path / "it.html", width=4 * SIZE[0], height=120)
    settled(page)
    assert page.evaluate(f"{ELEMENT}.painter") == "WebGL2"
    alike(page, quantised)


def test_a_field_that_was_changed_is_what_its_floats_are(quantised):
    field = load(quantised)
    assert payload_of(field._subject("it"))[1] == ("whole",)
    with torch.no_grad():
        next(field.network.parameters())[0, 0] += 0.01
    assert payload_of(field._subject("it"))[1] == ("identity", "rounded", "layers")


def test_a_file_cut_short_is_damaged(reader):
    data = written(network("sine"))
    points = np.zeros((1, 2), np.float32)
    assert reader(data[:-40], points) == "this field file is damaged"
    chunks, _ = chunks_of(data, "it")
    for content in (b"", b"\x00" * 4):
        short = [Chunk("WE", content) if chunk.name == "WE" else chunk for chunk in chunks]
        assert reader(packed(short), points) == "this field file is damaged"


def test_runtimes_of_whole_numbers_are_short():
    assert len(runtime("whole").encode()) <= 25 * 1024
    assert len(runtime("whole", "cells").encode()) <= 27 * 1024

"""Coded photographs in pages: their bytes are decoded in the browser as everywhere, exactly."""

import base64
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from benchmarks.subjects import photograph_like
from tests.conftest import Pages
from tests.export.served import copy_modules, served
from tests.export.test_html_page import SOFTWARE, WITHOUT, canvas_of, rendered, settled
from tests.export.test_html_page import pages as pages

import redraw
from redraw.export.html_page import runtime
from redraw.storage.field_file import load_field, save_field

GOLDEN = sorted((Path(__file__).parents[1] / "golden/coded").glob("*.redraw"))
MODEL = Path(redraw.__file__).parent / "coding/model-1.bin"
READ = """async ([address, text, exact]) => {
  const { readCoded } = await import(`${address}/coded.js`);
  const { exactAverages } = await import(`${address}/exact.js`);
  const { inflated } = await import(`${address}/bytes.js`);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt());
  const model = await (await fetch(`${address}/model-1.bin`)).arrayBuffer();
  const learned = await inflated(new Uint8Array(model), 'deflate');
  try {
    const coded = readCoded(bytes, learned);
    return (exact ? exactAverages(coded) : coded.averages).map((plane) => [...plane]);
  } catch (error) {
    return error.message;
  }
}"""


@pytest.fixture(scope="module")
def reader(chromium_with, tmp_path_factory):
    """Reads bytes by the modules of the runtime, as they are: planes of averages, or the refusal"""
    folder = tmp_path_factory.mktemp("modules")
    copy_modules(folder)
    (folder / MODEL.name).write_bytes(MODEL.read_bytes())
    with served(folder) as address:
        page = chromium_with(*SOFTWARE).new_page()
        page.goto(f"{address}/index.html")
        told = lambda data: base64.b64encode(data).decode()  # noqa: E731
        yield lambda data, exact=False: page.evaluate(READ, [address, told(data), exact])
        page.close()


def coded_averages(encoding):
    """The planes that are coded, without the exact pixels beside them."""
    about, most = encoding.about, 2**encoding.about.depth - 1
    rows = np.array(about.rows).reshape(about.channels, -1)
    middle = rows.sum(axis=1) * 2 ** (about.depth - 1) / most
    planes = encoding.planes().numpy() / (2.0**about.fraction * most)
    return planes + middle[:, None, None]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_bytes(reader, path):
    """The planes follow from whole numbers: equal to the last bit, but for one rounding to float32
    of another sum."""
    found = np.array(reader(path.read_bytes()))
    wanted = coded_averages(load_field(path)[0].encoding)
    assert found.shape == (len(wanted), wanted[0].size)
    assert np.abs(found - wanted.reshape(found.shape)).max() <= 2.0**-23


@pytest.mark.parametrize("name", ["exact", "exact16", "nearly"])
def test_golden_exact_pixels(reader, name):
    """Hidden colours, 16 bits, and tiles that are off by up to 2: the pixels, to the last bit."""
    data = (GOLDEN[0].parent / f"{name}.redraw").read_bytes()
    encoding = load_field(GOLDEN[0].parent / f"{name}.redraw")[0].encoding
    about = encoding.about
    values = encoding.pixels.numpy() / (2.0**about.depth - 1)
    if encoding.config.straight:
        values[..., :-1] *= values[..., -1:]
    rows = np.array(about.rows).reshape(about.channels, -1)
    found = np.array(reader(data, exact=True))
    wanted = np.einsum("pc,hwc->phw", rows, values).reshape(found.shape)
    assert np.abs(found - wanted).max() <= 2.0**-24


def test_exact_pixels_that_are_damaged(reader):
    """A tile's stream that would end beyond the file, with a checksum that is right."""
    data = (GOLDEN[0].parent / "nearly.redraw").read_bytes()
    at = data.rindex(b"ex")
    chunk = data[at:-8]  # to the file's end, which has no content
    length = 2 + next(i for i in range(2, 12) if chunk[i] < 128) - 1
    content = bytearray(chunk[length:-4])
    head = sum(30 + 14 * i for i in range(3))
    content[3 + head : 7 + head] = b"\xff" * 4
    made = chunk[:length] + bytes(content)
    summed = zlib.crc32(made[:2] + bytes(content)).to_bytes(4, "little")
    assert reader(data[:at] + made + summed + data[-8:], exact=True) == "this field file is damaged"


def test_damage_is_noticed(reader):
    data = bytearray((Path(GOLDEN[0].parent) / "rgb.redraw").read_bytes())
    assert reader(bytes(data[:-30])) == "this field file is damaged"
    data[len(data) // 2] ^= 1
    assert reader(bytes(data)) == "this field file is damaged"
    assert "newer version" in reader(bytes(data[:4]) + b"\x04" + bytes(data[5:]))


def test_a_coded_photograph(chromium_with, pages, tmp_path):
    field = redraw.fit(photograph_like(46, 35), model="wavelet", quality=38.0)
    field.save(tmp_path / "it.redraw")
    field.export(tmp_path / "it.html")
    page = pages(chromium_with(*SOFTWARE), tmp_path / "it.html", width=92, height=70)
    settled(page)
    assert np.abs(canvas_of(page).astype(int) - rendered(field, 92, 70)).max() <= 1


@pytest.mark.parametrize("flags", [SOFTWARE, WITHOUT], ids=["webgl2", "plain"])
def test_exact_pixels_are_shown(chromium_with, pages, tmp_path, flags):
    """Between squares of a board a spline swings by twenty times: at own size its very pixels."""
    noise = np.random.default_rng(3).integers(0, 256, (41, 46, 3), np.uint8)
    board = np.add.outer(np.arange(30), np.arange(46)) % 2
    noise[:30] = np.where(board[..., None], 252, 3) + noise[:30] % 4
    field = redraw.fit(noise, lossless=True)
    field.export(tmp_path / "it.html")
    page = pages(chromium_with(*flags), tmp_path / "it.html", width=46, height=41)
    settled(page)
    assert (canvas_of(page)[..., :3] == noise).all()
    page.evaluate("document.querySelector('redraw-field').look({left: 9, top: 7, scale: 4})")
    settled(page)
    wanted = rendered(field, 46, 41, (9, 7, 9 + 46 / 4, 7 + 41 / 4))
    assert np.abs(canvas_of(page).astype(int) - wanted).max() <= 1


def test_the_page_is_hardly_larger_than_the_file(tmp_path):
    field = redraw.fit(photograph_like(46, 35), model="wavelet", quality=38.0)
    field.save(tmp_path / "it.redraw")
    field.export(tmp_path / "it.html")
    data = (tmp_path / "it.redraw").read_bytes()
    save_field(tmp_path / "alone.redraw", field, field.about, alone=True)
    text = (tmp_path / "it.html").read_text()
    held = base64.b64decode(re.search('id="field">([^<]*)', text)[1])
    assert zlib.decompress(held, -15) == (tmp_path / "alone.redraw").read_bytes()
    alone = load_field(tmp_path / "alone.redraw")[0].encoding
    assert alone.coefficients.equal(field.encoding.coefficients)
    assert len(text.encode()) <= 1.4 * len(data) + 30 * 1024


@pytest.mark.parametrize("asked", [{"quality": 38.0}, {"lossless": True}], ids=["coded", "exact"])
def test_the_custom_element_reads_coded_files(chromium_with, tmp_path, asked):
    field = redraw.fit(photograph_like(46, 35), model="wavelet", **asked)
    field.save(tmp_path / "it.redraw")
    (tmp_path / "redraw-field.js").write_text(runtime())
    (tmp_path / MODEL.name).write_bytes(MODEL.read_bytes())
    (tmp_path / "page.html").write_text("""<!doctype html><title>it</title><body>
<script src="redraw-field.js"></script><redraw-field src="it.redraw" width="92"></redraw-field>""")
    opened = Pages(chromium_with(*SOFTWARE))
    try:
        with served(tmp_path) as address:
            page = opened(f"{address}/page.html")
            settled(page)
            found = canvas_of(page).astype(int)
    finally:
        opened.close()
    assert np.abs(found - rendered(field, 92, 70)).max() <= 1

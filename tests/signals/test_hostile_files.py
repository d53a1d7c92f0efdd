"""Hostile files of every kind: read, or refused on one line; never a traceback, seeds kept."""

import io
import json
import random
import resource
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.signals.picture.files import chromaticities, chunk, exr, png, ramp
from tests.signals.picture.test_what_boxes_say import avif, with_boxes_behind
from tests.signals.picture.test_what_decoders_hide import (
    ALPHA_FIRST,
    PIXELS,
    SHALLOW,
    bitmap,
    gif,
    ico,
)
from tests.signals.picture.test_what_headers_say import RED, bmp, dds, jp2, sgi, tga, with_boxes

from redraw.errors import RedrawError
from redraw.signals import read
from redraw.signals.table.function import sampled
from redraw.signals.table.table import Table

SEEDS = range(20)  # each makes `CASES` files of each kind
CASES = 120
# Of what the process takes more, at most, while a seed's files are read: pictures of up to a
# million pixels, four channels of floats, several times over.
MOST_MEMORY = 400 * 2**20
tifffile = pytest.importorskip("tifffile", reason="writes a TIFF to be altered")


def seeds_of_pictures(folder):
    """Sound files of many formats, by their endings."""
    found = {".png": png(ramp()), "16.png": png(ramp().astype(np.uint16) * 257, interlaced=True)}
    found["c.png"] = png(ramp(), chunk(b"cICP", bytes([9, 16, 0, 1])))
    for ending in ("jpg", "webp", "avif", "gif", "bmp", "tga", "qoi", "ico", "pcx", "jp2", "ppm"):
        file = io.BytesIO()
        Image.fromarray(ramp()).save(file, {"jpg": "JPEG", "jp2": "JPEG2000"}.get(ending, ending))
        found[f".{ending}"] = file.getvalue()
    planes = {name: np.ones((6, 8), np.float32) for name in ("R", "G", "B", "A", "sky.R")}
    exr(folder / "a.exr", planes, attributes=chromaticities(1, 0, 0, 1, 0, 0, 0.33, 0.33))
    found[".exr"] = (folder / "a.exr").read_bytes()
    for name, options in (("s.tif", {}), ("t.tif", {"tile": (16, 16), "compression": "zlib"})):
        tifffile.imwrite(folder / name, ramp(), photometric="rgb", **options)
        found[name] = (folder / name).read_bytes()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tag = (34675, "B", len(profile), profile, True)
    light = ramp().astype(np.float32) / 255
    tifffile.imwrite(folder / "f.tif", light, photometric="rgb", extratags=[tag])
    found["f.tif"] = (folder / "f.tif").read_bytes()
    found[".sgi"] = sgi(ramp().astype(np.uint16) * 257)
    found["5.bmp"] = bmp(ramp(), b"DEBM", profile=bytes(profile))
    found[".dds"] = dds(b"DX10", RED * 4, ten=(71, 3, 0, 1, 2))
    found["2.tga"] = tga(np.dstack([ramp(), ramp()[..., :1]]), 8, meaning=4)
    found["two.pgm"] = b"P5 3 2 255\n" + bytes(6) + b"P6 2 1 65535\n" + bytes(12)
    found["bitmap.ico"] = ico((4, SHALLOW), (32, bitmap(32, PIXELS)))
    found["small.gif"] = gif((1, 1, 2, 1), (2, 2, 2, 0))
    if find_spec("imagecodecs"):
        named = with_boxes(jp2(np.dstack([ramp()[..., :1], ramp()])), cdef=ALPHA_FIRST)
        found["named.jp2"], found["end.avif"] = named, with_boxes_behind(avif(), 100)
    found[".csv"] = b"x,y,r,g,b\n" + b"".join(b"%d,%d,1,2,3\n" % (i % 5, i // 5) for i in range(25))
    return found


def altered(content, rng):
    """A few bytes changed, a piece cut out, doubled or put elsewhere, or the end cut off."""
    content = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(content))
        way = rng.random()
        if way < 0.6:
            content[at] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        elif way < 0.75:
            del content[at : at + rng.randint(1, 40)]
        elif way < 0.9:
            content[at:at] = content[at : at + rng.randint(1, 40)]
        else:
            del content[at:]
        content = content or bytearray(b"\0")
    return bytes(content)


@pytest.fixture(autouse=True)
def bounded():
    """No file takes more memory than is stated."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert 1024 * grown < MOST_MEMORY


def refused_or_done(do):
    message = ""
    try:
        do()
    except RedrawError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_altered_pictures(tmp_path, seed):
    rng = random.Random(seed)
    for ending, content in seeds_of_pictures(tmp_path).items():
        for _ in range(CASES // 4):
            path = tmp_path / f"x{ending}"
            path.write_bytes(altered(content, rng))
            partial = rng.random() < 0.3
            refused_or_done(lambda p=path, o=partial: read(p, max_pixels=10**6, partial=o))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_altered_tables(tmp_path, seed):
    rng = random.Random(seed)
    rows = [{"a": i / 7, "b": i * 5 % 3, "y": "red" if i % 2 else "blue"} for i in range(20)]
    text = "a;b;y\n" + "".join(f"{r['a']:.3f};{r['b']};{r['y']}\n" for r in rows)
    sound = {
        "t.json": json.dumps(rows).encode(),
        "t.csv": text.replace(";", ",").encode(),
        "t.txt": text.replace(".", ",").encode(),
        "t.tsv": text.replace(";", "\t").encode("utf-16"),
    }
    for name, content in sound.items():
        for _ in range(CASES):
            (tmp_path / name).write_bytes(altered(content, rng))
            refused_or_done(lambda n=name: Table.read(tmp_path / n, targets="y"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_formulas(seed):
    rng = random.Random(seed)
    words = ["x", "y", "1", "2.5", "1e308", "sin", "exp", "log", "sqrt", "abs", "(", ")", "+", "-"]
    words += ["*", "/", "**", ",", "^", "pi", "nan", "__", ".", "0", " ", "max", "'", "%", "é"]
    for _ in range(CASES * 2):
        formula = "".join(rng.choice(words) for _ in range(rng.randint(1, 12)))
        domain = f"x={rng.choice(('-1', '0', '-1e308', 'a'))}:{rng.choice(('1', '1e308', '-1'))}"
        refused_or_done(lambda f=formula, d=domain: sampled(f, d, rows=16))

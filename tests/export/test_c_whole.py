"""Networks in whole numbers as C: strict, watched by the sanitizer, and the same numbers."""

import dataclasses
import io
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image
from tests.coding import test_grids
from tests.coding.test_networks import NAMES, network
from tests.export.test_c_header import STRICT, WATCHED
from tests.golden import plain_network

import redraw
from redraw.errors import UsageError
from redraw.export import c_whole
from redraw.fitting.result.loading import load
from redraw.fitting.result.quantising import quantise
from redraw.signals.picture.picture import Picture
from redraw.storage.about import About
from redraw.storage.codecs.network import packed_network
from redraw.storage.opening import drawer_of

MAIN = """\
#include <stdio.h>
#include "field.h"
int main(void) {{
    int32_t xy[{dimensions}], values[{channels}];
    for (;;) {{
        for (int i = 0; i < {dimensions}; i++) if (scanf("%d", &xy[i]) != 1) return 0;
        it(xy, values);
        for (int i = 0; i < {channels}; i++) printf("%d ", values[i]);
        printf("\\n");
    }}
}}
"""
WIDTHS = {"one layer": (2, 3), "three inputs": (3, 17, 8, 33, 5), "wide": (2, 40, 31, 1)}

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")


def compiled(folder, dimensions, channels, places):
    """What the header gives at places in 1/65536. (N, D) -> (N, C)"""
    (folder / "main.c").write_text(MAIN.format(dimensions=dimensions, channels=channels))
    command = ["gcc", *STRICT, *WATCHED, "main.c", "-o", "main"]  # no library of functions
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    given = "\n".join(" ".join(map(str, row)) for row in places.tolist())
    ran = subprocess.run(["./main"], cwd=folder, input=given, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return np.array([line.split() for line in ran.stdout.splitlines()], np.int64)


@pytest.mark.parametrize("kind", [*NAMES, *WIDTHS, "sharp", "a grid"])
def test_the_numbers_are_those_of_the_page_of_the_format(tmp_path, kind):
    """Of docs/format.md, in Python's integers; beyond the picture those of its edges."""
    if kind == "a grid":
        own = test_grids.network()
    elif kind == "sharp":
        own = network("sine", sharpness=2.5)
    else:
        own = network("finer" if kind in WIDTHS else kind, widths=WIDTHS.get(kind, (2, 9, 13, 3)))
    places = np.random.default_rng(4).integers(-65536, 65537, (20, own.dimensions))
    places[0], places[1], places[2] = 65536, -65536, 2**31 - 1
    (tmp_path / "field.h").write_text(c_whole.text(own, "it", " * it", ""))
    found = compiled(tmp_path, own.dimensions, len(own.layers[-1].weights), places)
    data = packed_network(own, {"channels": 3}, About((8, 8)))
    wanted = [plain_network.values(data, p / 65536) for p in places.clip(-65536, 65536)]
    assert found.tolist() == wanted


@pytest.mark.parametrize("model", ["siren", "hash"])
def test_pixels_are_those_of_redraw_render(tmp_path, model):
    picture = np.random.default_rng(1).uniform(size=(30, 40, 3)).astype(np.float32)
    settings: dict[str, object] = {"hidden": (16, 16)}
    if model == "hash":
        settings |= {"n_levels": 3, "log2_hashmap_size": 6}
    field = redraw.fit(picture, model=model, steps=20, settings=settings)
    path = tmp_path / "it.redraw"
    path.write_bytes(quantise(field, steps=0).data)
    load(path).export(tmp_path / "field.h", name="it")
    assert "float" not in (tmp_path / "field.h").read_text()
    x, y = (65536 * (2 * np.arange(side) + 1) / side - 65536 for side in (40, 30))
    places = np.rint(np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)).astype(np.int64)
    found = compiled(tmp_path, 2, 3, places.reshape(-1, 2)).reshape(30, 40, 3)
    opened = drawer_of(path, 1)
    assert opened is not None
    drawer, about = opened
    assert about.colour is not None
    points = (np.stack(np.meshgrid(x, y), axis=-1) / 65536).astype(np.float32).reshape(-1, 2)
    drawn = drawer.values(points).reshape(30, 40, 3)
    assert (np.rint(drawn.astype(float) * 65536) == found).all()
    own = Picture.from_fitted((found / 65536).astype(np.float32), about.colour)
    rendered = Picture.from_fitted(drawn, about.colour)
    pixels = [np.asarray(Image.open(io.BytesIO(each._repr_png_()))) for each in (own, rendered)]
    assert (pixels[0] == pixels[1]).all()


def test_places_that_no_word_holds_are_refused(tmp_path):
    own = network("sine")
    first = dataclasses.replace(own.layers[0], omega=9e5, scales=np.full(9, 6e4, np.float16))
    far = dataclasses.replace(own, layers=(first, *own.layers[1:]))
    with pytest.raises(UsageError, match=r"redraw convert FIELD floats\.redraw"):
        c_whole.text(far, "it", " * it", "")

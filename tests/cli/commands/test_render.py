"""`redraw render`: sizes, depths, formats, and what is refused."""

import json
import struct

import numpy as np
import pytest
from PIL import Image

from redraw import load, read


def test_its_own_size_by_default_as_the_field_draws_it(redraw, fitted):
    done = redraw("render", "tiny.redraw", "a.png")
    assert done.code == 0
    assert done.out.startswith("a.png: 8 × 8, ")
    drawn = load("tiny.redraw").render(engine="reference").values
    assert np.abs(read("a.png").values - drawn).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (("--size", "20x10"), (20, 10)),
        (("--size", "20x"), (20, 20)),
        (("--size", "x5"), (5, 5)),
        (("--size", "12"), (12, 12)),
        (("--scale", "2.5"), (20, 20)),
        (("--scale", "0.01"), (1, 1)),
        (("--region", "0,0,4,2", "--scale", "3"), (12, 6)),
        (("--region", "-2,-2,10,10"), (12, 12)),
        (("--region=-2,-2,10,10",), (12, 12)),
    ],
)
def test_sizes_scales_and_regions(redraw, fitted, options, size):
    assert redraw("render", "tiny.redraw", "a.png", *options).code == 0
    assert read("a.png").size == size


def test_a_region_is_that_part_of_the_whole(redraw, fitted):
    redraw("render", "tiny.redraw", "all.png", "--scale", 4)
    redraw("render", "tiny.redraw", "part.png", "--scale", 4, "--region", "2,1,6,5")
    whole, part = read("all.png").values, read("part.png").values
    assert np.abs(whole[4:20, 8:24] - part).max() <= 1.01 / 255


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".tif", ".bmp", ".gif"])
def test_formats(redraw, fitted, suffix):
    assert redraw("render", "tiny.redraw", f"a{suffix}").code == 0
    assert read(f"a{suffix}").size == (8, 8)


def test_depth_is_the_pictures_own_unless_told(redraw, fitted):
    redraw("render", "tiny.redraw", "8.png")
    redraw("render", "tiny.redraw", "16.png", "--depth", 16)
    assert read("8.png").colour.depth == 8
    assert read("16.png").colour.depth == 16


def test_quiet_says_nothing(redraw, fitted):
    done = redraw("render", "tiny.redraw", "a.png", "-q")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_an_existing_output_needs_force(redraw, fitted):
    refused = redraw("render", "tiny.redraw", "tiny.png")
    assert refused.code == 1
    assert "tiny.png exists already" in refused.complaint
    assert redraw("render", "tiny.redraw", "tiny.png", "--force").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("a.png", "--size", "0x4"), 2, "has a side of 0"),
        (("a.png", "--size=-4x4"), 2, "has a side of -4"),
        (("a.png", "--size", "99999999x1"), 2, "accepted: 1 to"),
        (("a.png", "--scale", "0"), 2, "scale is 0"),
        (("a.png", "--scale", "-2"), 2, "scale is -2"),
        (("a.png", "--scale", "nan"), 2, "scale is nan"),
        (("a.png", "--scale", "2", "--size", "4x4"), 2, "both a size and a scale"),
        (("a.png", "--region", "1,2,3"), 2, "is not four numbers"),
        (("a.png", "--region", "4,4,4,8"), 2, "is empty"),
        (("a.png", "--depth", "12"), 2, "Choose from: 8, 16"),
        (("a.png", "--threads", "0"), 2, "--threads is 0"),
        (("a.png", "--engine", "warp"), 2, "unknown engine"),
        (("a.xyz",), 1, "has the extension .xyz"),
        (("a",), 1, "has no extension"),
        (("a.jpg", "--depth", "16"), 1, "a.jpg can't have 16 bits"),
        (("none/a.png",), 1, "does not exist; make it first"),
        (("/proc/a.png",), 1, "can't write /proc/a.png"),
    ],
)
def test_what_can_not_be_drawn_is_refused(redraw, fitted, arguments, code, said):
    refused = redraw("render", "tiny.redraw", *arguments)
    assert refused.code == code
    assert said in refused.complaint
    assert not (fitted / "a.png").exists()


def damaged(content: bytes, how: str) -> bytes:
    """The bytes of a field file, spoilt."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    if how == "truncated":
        return content[:-10]
    if how == "newer":
        note = json.loads(header["__metadata__"]["redraw"])
        note["content"]["version"] = 99
        header["__metadata__"]["redraw"] = json.dumps(note)
    if how == "foreign":
        header["__metadata__"]["other"] = "x"
    if how == "absurd":
        name = next(key for key in header if key != "__metadata__")
        header[name]["shape"] = [2**39, 2**39]
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("truncated", "is cut short"),
        ("newer", "has format version 99, this redraw reads up to 2; upgrade redraw"),
        ("foreign", "has the foreign key"),
        ("absurd", "tiny.redraw"),
    ],
)
@pytest.mark.parametrize("command", ["render", "info", "diff"])
def test_damaged_fields_are_refused(redraw, fitted, how, said, command):
    path = fitted / "tiny.redraw"
    path.write_bytes(damaged(path.read_bytes(), how))
    rest = {"render": ["a.png"], "info": [], "diff": ["tiny.png"]}[command]
    refused = redraw(command, "tiny.redraw", *rest)
    assert refused.code == 1
    assert said in refused.complaint


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("none.redraw", "none.redraw does not exist"),
        ("tiny.run", "is the folder of a run, not its field; that is tiny.redraw"),
        ("tiny.png", "is no file of redraw but a PNG picture; name a field file"),
    ],
)
def test_what_is_no_field_is_refused(redraw, fitted, field, said):
    refused = redraw("render", field, "a.png")
    assert refused.code == 1
    assert said in refused.complaint


def test_colour_and_alpha_come_back(redraw, tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (4, 6, 4), np.uint8)
    Image.fromarray(values).save(tmp_path / "c.png")
    assert redraw("fit", "c.png", "--steps", 2, "--frames", 0, "--model", "siren").code == 0
    redraw("render", "c.redraw", "d.png")
    assert read("d.png").colour.describe() == "8-bit RGB with alpha"
    redraw("render", "c.redraw", "d.webp", "--size", "12x")
    assert read("d.webp").size == (12, 8)

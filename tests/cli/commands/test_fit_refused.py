"""`redraw fit`: what is no picture, and what no picture makes acceptable."""

import io
import re
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image
from tests.cli.commands.test_fit import TINY


def bad_pictures() -> dict[str, bytes]:
    jpeg = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(jpeg, "JPEG")
    return {
        "text.png": b"this is no picture",
        "empty.png": b"",
        "cut.jpg": jpeg.getvalue()[: len(jpeg.getvalue()) // 2],
        "table.csv": b"x,y,pixel_value\n0,0,1\n0,one,1\n",
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("text.png", "text.png is not a picture, but text"),
        ("empty.png", "empty.png is empty"),
        ("cut.jpg", "cut.jpg is damaged or cut short"),
        ("table.csv", "table.csv, line 3, column 2 (y): 'one'"),
        ("missing.png", "missing.png does not exist"),
        ("cubb", "cub-two-tone, cub"),
    ],
)
def test_what_is_no_picture_is_refused(redraw, tmp_path, name, said):
    for file, content in bad_pictures().items():
        (tmp_path / file).write_bytes(content)
    refused = redraw("fit", name, "-o", "o.redraw", "--run", "o.run")
    assert refused.code == 1
    assert said in refused.complaint
    assert not refused.out
    assert not list(tmp_path.glob("o.*"))


def test_a_decompression_bomb_is_found_out_by_its_length(redraw, tmp_path):
    header = struct.pack(">IIBBBBB", 10**5, 10**5, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    with open(tmp_path / "bomb.png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for name, content in chunks:
            checksum = zlib.crc32(content, zlib.crc32(name))
            file.write(struct.pack(">I", len(content)) + name + content)
            file.write(struct.pack(">I", checksum))
    refused = redraw("fit", "bomb.png")
    assert refused.code == 1
    assert "17 bytes can't hold 100000x100000 pixels" in refused.complaint


def test_max_pixels_is_how_much_goes_into_memory(redraw, picture, monkeypatch):
    assert "fitted in strips" in redraw("fit", picture, "--max-pixels", 63).out
    assert "strips" not in redraw("fit", picture, "--max-pixels", 64, *TINY, "--force").out
    monkeypatch.setitem(sys.modules, "pyvips", None)  # as if it was not installed
    refused = redraw("fit", picture, "--max-pixels", 63, "--force").complaint
    assert "64 pixels; at most 63" in refused


def test_fields_and_runs_are_no_pictures(redraw, fitted):
    assert "`redraw render`" in redraw("fit", "tiny.redraw", "-o", "o", "--run", "r").complaint
    assert "`redraw resume`" in redraw("fit", "tiny.run", "-o", "o", "--run", "r").complaint


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--engine", "foo"), "unknown engine 'foo'; accepted: auto, cuda, cpu, reference"),
        (("--device", "bar"), "device 'bar' is not there"),
        (
            ("--precision", "int8"),
            "precision is 'int8'; accepted: float32 | float64 | tf32 | bfloat16 | float16",
        ),
        (("--steps", 0), "steps is 0; accepted: from 1"),
        (("--seconds", -1), "seconds is -1; accepted: above 0"),
        (("--frames", -3), "frames is -3; accepted: from 0"),
        (("--budget", "foo"), "budget 'foo' is not a number of parameters"),
        (
            ("--budget", "0"),
            "budget '0' allows 0 parameters; accepted: from 1 to 1,099,511,627,776",
        ),
        (("--set", "omega=abc"), "omega is 'abc'; accepted: a number"),
        (("--set", "lr_max=-1"), "lr_max is -1; accepted: from 0"),
        (("--set", "omegaa=1"), "unknown setting 'omegaa'; did you mean 'omega'?"),
        (("--set", "omega"), "--set 'omega' is not KEY=VALUE"),
    ],
)
def test_what_no_picture_makes_acceptable_is_refused_before_one_is_read(redraw, options, said):
    refused = redraw("fit", "missing.png", *options)
    assert refused.code in (1, 2)
    assert said in refused.complaint
    assert not refused.out


def test_a_bad_variable_is_refused_before_a_picture_is_read(redraw, monkeypatch):
    monkeypatch.setenv("REDRAW_ENGINE", "foo")
    assert "unknown engine 'foo'" in redraw("fit", "missing.png").complaint


@pytest.mark.parametrize(("typed", "meant"), [("cubb", "cub"), ("cub-twotone", "cub-two-tone")])
def test_the_nearest_bundled_picture_is_suggested(redraw, typed, meant):
    assert redraw("fit", typed).complaint.endswith(f"did you mean {meant!r}?")


def test_standard_input_is_not_read(redraw):
    refused = redraw("fit", "-")
    assert refused.code == 2
    assert "standard input is not read; name a file" in refused.complaint


def test_what_interpolation_does_better_is_said_with_a_command_that_works(redraw):
    result = redraw("fit", "cub", "--model", "siren", "--steps", "2", "--max-side", "96")
    line = next(line for line in result.out.splitlines() if "best linear answer" in line)
    assert line.startswith("note: its pixels are ")
    command = result.out.splitlines()[result.out.splitlines().index(line) + 1].split()
    assert command[:2] == ["redraw", "fit"]
    assert "--max-side" in command
    again = redraw(*command[1:])
    assert again.code == 0
    assert again.out.count("note: its pixels") == 0
    reached = [float(re.search(r"step.*?, ([\d.]+) dB", r.out)[1]) for r in (result, again)]
    assert reached[1] > reached[0] + 3.0

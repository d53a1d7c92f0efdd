"""Floats that come with a profile, and what files say of their colours by code points."""

import struct
import tracemalloc

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import ramp
from tests.signals.picture.test_what_headers_say import notes_of

from redraw.signals import read, write
from redraw.signals.picture.icc_profile import Senseless, as_light


def profile(primaries, curve):
    """A matrix profile, colours under D50."""
    tags = [
        (name, b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in row)))
        for name, row in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
    ]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC", b"kTRC")]
    at, table, data = 132 + 12 * len(tags), b"", b""
    for name, tag in tags:
        table += name + struct.pack(">II", at + len(data), len(tag))
        data += tag.ljust((len(tag) + 3) // 4 * 4, b"\0")
    head = bytes(16) + b"RGB XYZ " + bytes(12) + b"acsp" + bytes(88)
    return head + struct.pack(">I", len(tags)) + table + data


SRGB = [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]]
REC2020 = [[0.67346, 0.27904, -0.00193], [0.16566, 0.67534, 0.02998], [0.12510, 0.04561, 0.79686]]
LINEAR = b"curv" + bytes(8)
GAMMA = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256))
PARAMETRIC = (
    b"para"
    + bytes(4)
    + struct.pack(
        ">HH5i",
        3,
        0,
        *(round(v * 65536) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)),
    )
)


def test_curves_of_profiles_against_their_formulas():
    planes = np.linspace(0, 2, 33).reshape(1, 11, 3)
    light, coding, said = as_light(planes, profile(SRGB, PARAMETRIC))
    curved = np.where(planes <= 0.04045, planes / 12.92, ((planes + 0.055) / 1.055) ** 2.4)
    np.testing.assert_allclose(light, curved, rtol=2e-4)
    assert coding is None
    assert "undone" in said
    light, _, _ = as_light(planes, profile(SRGB, GAMMA))
    np.testing.assert_allclose(light, planes ** (563 / 256), rtol=1e-5)
    below, _, _ = as_light(-planes, profile(SRGB, GAMMA))  # as deep as it is high
    np.testing.assert_array_equal(below, -light)
    table = (
        b"curv"
        + bytes(4)
        + struct.pack(">I", 256)
        + np.rint(np.linspace(0, 1, 256) ** 2 * 65535).astype(">u2").tobytes()
    )
    light, _, _ = as_light(planes, profile(SRGB, table))
    np.testing.assert_allclose(light[planes <= 1], planes[planes <= 1] ** 2, atol=2e-5)
    light, coding, said = as_light(-planes, profile(REC2020, LINEAR))
    np.testing.assert_allclose(light, -planes, rtol=1e-6)
    assert "undone" not in said


def test_primaries_of_a_profile_become_the_same_colours(tmp_path):
    """Rec. 2020 by its profile under D50, and by its own primaries under D65."""
    from redraw.signals.picture.coding import Coding

    _, coding, _ = as_light(np.ones((1, 1, 3)), profile(REC2020, LINEAR))
    light = np.array([[0.2, 0.5, 0.7], [1, 1, 1], [1, 0, 0]])
    np.testing.assert_allclose(
        coding.to_srgb_light(light), Coding.of_code(9, 8).to_srgb_light(light), atol=3e-3
    )


def test_profiles_that_say_nothing_of_light():
    for content in (b"", bytes(200), profile(SRGB, b"mft2" + bytes(40)), profile(SRGB, b"curv")):
        with pytest.raises(Senseless):
            as_light(np.ones((1, 1, 3)), content)


def test_tags_that_are_all_of_a_profile_take_no_memory():
    names = [b"rXYZ", *(b"%04d" % i for i in range(199))]
    table = b"".join(name + struct.pack(">II", 4, 1 << 22) for name in names)
    hostile = bytes(36) + b"acsp" + bytes(88) + struct.pack(">I", len(names)) + table
    hostile = hostile.ljust(1 << 22, b"\0")
    tracemalloc.start()
    with pytest.raises(Senseless, match="no curves"):
        as_light(np.ones((1, 1, 3)), hostile)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_a_tiff_of_floats_in_srgb_comes_out_as_it_looks(tmp_path):
    """Its numbers are no light: the PNG of it has the same levels."""
    tifffile = pytest.importorskip("tifffile")
    values = ramp().astype(np.float32) / 255
    for curve, expected in ((PARAMETRIC, ramp()), (LINEAR, None)):
        content = profile(SRGB, curve)
        tag = (34675, "B", len(content), content, True)
        tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extratags=[tag])
        picture = read(tmp_path / "a.tif")
        assert "ICC profile" in notes_of(picture)
        write(picture, tmp_path / "b.png", depth=8, force=True)
        found = np.asarray(Image.open(tmp_path / "b.png"))
        if expected is not None:
            assert np.abs(found.astype(int) - expected).max() <= 1
    write(picture, tmp_path / "c.tif")
    np.testing.assert_allclose(read(tmp_path / "c.tif").values, values, atol=1e-6)


# --- AVIF ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [(9, 16), (9, 18), (12, 13), (1, 8)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_colours_told_by_code_points_go_through_avif(tmp_path, points, kind):
    """From a PNG that says them by cICP to an AVIF, and back."""
    from tests.signals.picture.files import chunk, png

    array = ramp().astype(kind) * (257 if kind == np.uint16 else 1)
    (tmp_path / "a.png").write_bytes(png(array, chunk(b"cICP", bytes([*points, 0, 1]))))
    picture = read(tmp_path / "a.png")
    notes = write(picture, tmp_path / "b.avif")
    assert not [note for note in notes if "sRGB" in note]
    content = (tmp_path / "b.avif").read_bytes()
    at = content.index(b"colrnclx") + 8
    assert struct.unpack(">HH", content[at : at + 4]) == points
    again = read(tmp_path / "b.avif")
    assert again.colour.coding.points == points
    assert np.abs(again.values - picture.values).mean() < 0.01
    deep = kind == np.uint16 and points[1] in (16, 18)
    assert (again.colour.depth == 16) == deep


def test_colours_that_have_no_code_points_are_converted_for_avif(tmp_path):
    from tests.signals.picture.files import chunk, png

    gamma = chunk(b"gAMA", struct.pack(">I", 60_000))
    (tmp_path / "a.png").write_bytes(png(ramp(), gamma))
    (note,) = write(read(tmp_path / "a.png"), tmp_path / "b.avif")
    assert "was converted to sRGB" in note

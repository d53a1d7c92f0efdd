"""Colours that a picture has exactly over areas are kept when it is drawn, and nothing else is."""

import numpy as np
import pytest
from tests.signals.picture.files import ramp

import redraw
from redraw.errors import FileFormatError
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.flats import Flat, flats_from_json, flats_of, kept, missed_by, narrowed


def page(height=40, width=50):
    """Paper, ink, and a ramp of greys between them that never stays."""
    out = np.ones((height, width, 1), np.float32)
    out[10:20, :30] = 0
    out[25:35, 4:40, 0] = np.linspace(0.3, 0.7, 36)
    return out


def test_paper_and_ink_are_flat_and_a_ramp_is_not():
    flats = flats_of(page(), None)
    assert [flat.values for flat in flats] == [(1.0,), (0.0,)]
    assert all(flat.reach == 1 / 16 for flat in flats)
    assert flats_of((ramp() / np.float32(255)), None) == ()


def test_what_else_is_near_a_colour_narrows_its_reach():
    values = page()
    values[22, :30] = 1 - 4 / 255  # more than a few pixels, so like paper
    (paper, _) = flats_of(values, None)
    assert paper.reach == pytest.approx(0.49 * 4 / 255)
    unknown = np.ones(values.shape[:2], bool)
    unknown[22] = False
    assert flats_of(values, unknown)[0].reach == 1 / 16


def test_near_is_the_colour_far_is_itself_and_between_nothing_jumps():
    flats = (Flat((0.5, 0.25), 0.02),)
    along = np.linspace(-0.08, 0.08, 1601)
    drawn = np.stack([0.5 + along, 0.25 - along / 2], 1).astype(np.float32)
    out = kept(drawn, flats)
    near, far = np.abs(along) < 0.01999, np.abs(along) >= 0.04
    assert (out[near] == np.float32([0.5, 0.25])).all()
    np.testing.assert_array_equal(out[far], drawn[far])
    assert (np.diff(out[:, 0]) >= 0).all()
    assert np.diff(out[:, 0]).max() < 3 * np.diff(drawn[:, 0]).max()
    assert kept(drawn, ()) is drawn


def test_only_what_was_missed_is_kept_and_no_further():
    flats, values = flats_of(page(), None), page()
    drawn = values + np.float32(3 / 255) * (values == 0)
    missed = missed_by(flats, values, drawn)
    np.testing.assert_allclose(missed, [0, 3 / 255], atol=1e-6)
    (ink,) = narrowed(flats, missed, 255)
    assert ink.values == (0.0,)
    assert ink.reach == pytest.approx(3.75 / 255, rel=1e-4)
    np.testing.assert_array_equal(kept(drawn, (ink,))[values == 0], 0)


def test_they_go_to_json_and_back_exactly():
    values = tuple(float(np.float32(level / 255)) for level in (7, 178, 255, 254))
    colour = Colour("rgb", alpha=True, flats=(Flat(values, 0.01),))
    again = Colour.from_json(colour.to_json())
    assert again == colour
    assert (np.float32(again.flats[0].values) == np.float32(values)).all()
    for wrong in ([], [[0.1]], [[0.1, 0.5]], [[0.1, 0]], [["a", 0.01]], [[2.0, 0.01]], {}):
        with pytest.raises(FileFormatError, match="flats are"):
            flats_from_json(wrong)
    with pytest.raises(FileFormatError, match="another number of channels"):
        Colour.from_json(Colour("grey").to_json() | {"flats": [[0.1, 0.2, 0.01]]})


# --- through a fit, own size, 8 bits -------------------------------------------------------------


def alpha_disc(size, soft):
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    cover = np.clip(size * 0.35 - np.hypot(x, y) + 0.5, 0, 1) if soft else np.hypot(x, y) < size / 3
    shown = np.zeros((size, size, 4), np.uint8)
    shown[..., :3] = (200, 60, 30)
    shown[..., 3] = np.rint(cover * 255)
    shown[shown[..., 3] == 0] = 0
    return shown


def sprite(size, block=1):
    rng = np.random.default_rng(size)
    colours = np.array([[0] * 4, [230, 30, 40, 255], [20, 20, 30, 255], [255, 220, 60, 255]])
    half = rng.integers(0, 4, (size // block, size // block // 2))
    whole = colours[np.concatenate([half, half[:, ::-1]], 1)].astype(np.uint8)
    return np.kron(whole, np.ones((block, block, 1), np.uint8))


def glow(size):
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    shown = np.full((size, size, 4), 200, np.uint8)
    shown[..., 3] = np.clip(1.2 - np.hypot(x, y) * 1.3, 0, 1) * 255
    shown[shown[..., 3] == 0] = 0
    return shown


def logo(size, ground):
    shown = np.full((size, size, 3), ground, np.uint8)
    shown[size // 8 : size // 2, size // 8 : size // 2] = (10, 120, 70)
    y, x = np.mgrid[:size, :size]
    shown[(y > size * 0.6) & (x > y)] = (240, 150, 20)
    return shown


def near(size):
    shown = np.full((size, size), 128, np.uint8)
    shown[size // 3 : size // 2, size // 3 :] = 130
    return shown


def checkers(size):
    return np.where(np.indices((size, size)).sum(0) // 8 % 2, 255, 0).astype(np.uint8)


FLAT = {
    "soft disc 32": alpha_disc(32, True),
    "soft disc 128": alpha_disc(128, True),
    "hard disc 48": alpha_disc(48, False),
    "sprite 16": sprite(16),
    "sprite 32": sprite(32),
    "sprite of blocks 48": sprite(48, 3),
    "sprite of blocks 64": sprite(64, 4),
    "glow 64": glow(64),
    "logo on white 48": logo(48, 255),
    "logo on grey 120": logo(120, 33),
    "nearly flat 60": near(60),
    "one colour": np.full((40, 30, 3), (12, 200, 90), np.uint8),
    "checkers in colour": np.dstack([checkers(32)] * 3) // np.uint8([1, 2, 3]),
}


def areas(levels):
    """Pixels whose eight neighbours are the same. (H, W, C) -> (H, W)"""
    around = np.pad(levels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = levels.shape[:2]
    parts = [around[i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return np.all([(part == levels).all(-1) for part in parts], axis=0)


@pytest.mark.parametrize("name", FLAT)
def test_flat_things_come_back_as_they_were(name):
    shown = FLAT[name]
    field = redraw.fit(shown)
    drawn = np.asarray(field.render().to_pil())
    shown, drawn = (a.reshape(*a.shape[:2], -1).astype(int) for a in (shown, drawn))
    inside = areas(shown)
    assert inside.any() or name.startswith("sprite")
    assert np.abs(drawn - shown)[inside].max(initial=0) == 0
    if shown.shape[2] == 4:
        for level in (0, 255):
            there = areas((shown[..., 3:] == level).astype(int)) & (shown[..., 3] == level)
            assert (drawn[..., 3][there] == level).all()
        assert not drawn[..., :3][drawn[..., 3] == 0].any()

"""Exported pages in hand: full screen, dark, on a phone, in wide colours; and the gallery."""

from pathlib import Path

import numpy as np
import pytest
from tests.export.conftest import config_of, drawn, made
from tests.export.test_html_page import STATE, canvas_of, settled
from tests.export.test_html_page import graphics as graphics
from tests.export.test_html_page import pages as pages

from redraw.errors import UsageError
from redraw.signals.picture.colour import Colour

GALLERY = Path(__file__).parents[2] / "docs/gallery"
ELEMENT = "document.querySelector('redraw-field')"


def test_full_screen(graphics, drawing, pages, tmp_path):
    drawing.export(tmp_path / "it.html")
    page = pages(graphics, tmp_path / "it.html", width=240, height=180)
    settled(page)
    page.locator("redraw-field").focus()
    found = False
    for there in (True, False):
        page.keyboard.press("f")
        for _ in range(100):
            found = page.evaluate("document.fullscreenElement !== null")
            if found == there:
                break
            page.wait_for_timeout(50)
        assert found == there


def test_dark_and_light(graphics, drawing, pages, tmp_path):
    drawing.export(tmp_path / "it.html")
    seen = {}
    for dark in (False, True):
        page = pages(graphics, tmp_path / "it.html", width=240, height=180, dark=dark)
        settled(page)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        ink = page.evaluate(f"getComputedStyle({ELEMENT}).color")
        seen[dark] = [
            sum(map(float, text[text.index("(") + 1 : -1].split(",")[:3])) / 765
            for text in (ground, ink)
        ]
        picture = canvas_of(page)
        seen[dark].append(picture)
    (light_ground, light_ink, one), (dark_ground, dark_ink, other) = seen[False], seen[True]
    assert light_ground > 0.9 > 0.5 > light_ink
    assert dark_ground < 0.2 < 0.5 < dark_ink
    assert (one == other).all()  # the picture is the same


def test_on_a_phone(graphics, drawing, tmp_path):
    """Fingers are the browser's own touches, not events made by a script."""
    drawing.export(tmp_path / "it.html")
    context = graphics.new_context(
        viewport={"width": 200, "height": 320},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
    )
    wrong = []
    try:
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        page.goto((tmp_path / "it.html").as_uri())
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 200
        assert page.evaluate(f"{ELEMENT}.canvas.width") == 400
        before = page.evaluate(f"{ELEMENT}.view")
        touch(page, [[(80, 150), (120, 150)], [(60, 150), (140, 150)]])
        pinched = page.evaluate(f"{ELEMENT}.view")
        assert pinched["scale"] == pytest.approx(2 * before["scale"], rel=1e-3)
        touch(page, [[(120, 150)], [(70, 120)]])
        dragged = page.evaluate(f"{ELEMENT}.view")
        # Places are in pixels of the screen, two to one of the page's.
        assert dragged["left"] - pinched["left"] == pytest.approx(100 / pinched["scale"], rel=1e-3)
        assert dragged["top"] == pinched["top"]  # its height is all there
        assert page.evaluate("window.visualViewport.scale") == 1  # the page itself did not zoom
    finally:
        context.close()
    assert not wrong


def touch(page, steps):
    """Fingers down at the first places, moved to the next ones, and up."""
    session = page.context.new_cdp_session(page)
    for number, places in enumerate(steps):
        session.send(
            "Input.dispatchTouchEvent",
            {
                "type": "touchMove" if number else "touchStart",
                "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)],
            },
        )
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("wide", [False, True])
def test_colours_of_wide_screens(graphics, pages, tmp_path, wide):
    """As far as a browser without a screen says it: which colours canvases are told to hold."""
    icc = b"\0".join(bytes([c]) for c in b"Display P3") if wide else None
    field = made(config_of("ink", 3), colour=Colour("rgb", icc=icc))
    field.export(tmp_path / "it.html")
    page = pages(graphics, tmp_path / "it.html", width=92, height=68)
    settled(page)
    space = "display-p3" if wide else "srgb"
    assert page.evaluate(f"{ELEMENT}.stage.painter.gl.drawingBufferColorSpace") == space
    shown = f"{ELEMENT}.canvas.getContext('2d').getContextAttributes().colorSpace"
    assert page.evaluate(shown) == space


def several(page):
    """Whether there is more than one colour, beside the ground."""
    if not page.evaluate(f"{ELEMENT}.canvas !== undefined"):
        return False
    return len(np.unique(canvas_of(page).reshape(-1, 4), axis=0)) > 2


def test_pages_of_the_gallery_are_small():
    sizes = {each.name: each.stat().st_size for each in GALLERY.glob("*.html")}
    assert len(sizes) == 7
    assert max(sizes.values()) <= 200 * 1024


# Two are networks of sines of many pixels, which software draws slowly.
SLOW = ("animation.html", "cub.html")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(each.name, marks=[pytest.mark.slow] if each.name in SLOW else [])
        for each in sorted(GALLERY.glob("*.html"))
    ],
)
def test_pages_of_the_gallery(graphics, pages, name):
    path = GALLERY / name
    page = pages(graphics, path, width=120, height=90)
    if name == "index.html":
        linked = page.locator("a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
        assert set(linked) == {each.name for each in GALLERY.glob("*.html")} - {"index.html"}
    else:
        # Its first picture; how soon it is complete depends on the machine.
        assert any(several(page) or page.wait_for_timeout(50) for _ in range(600))
        assert page.evaluate(STATE) != "error"


@pytest.mark.parametrize(
    ("ending", "limit"), [("html", "html_page.LARGEST"), ("onnx", "onnx_file.MOST")]
)
def test_what_is_too_large_is_refused_with_the_way_out(monkeypatch, tmp_path, ending, limit):
    monkeypatch.setattr(f"redraw.export.{limit}", 100)
    with pytest.raises(UsageError, match=r"up to 100; fit it with a smaller --budget or"):
        drawn("ink", 3).export(tmp_path / f"it.{ending}")
    assert not (tmp_path / f"it.{ending}").exists()

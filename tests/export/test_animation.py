"""`--animate`: the page plays how a picture was learned, with a scrubber."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import redraw
from redraw.errors import UsageError

SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
ELEMENT = "document.querySelector('redraw-field')"
SCRUB = f"{ELEMENT}.scrub"


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A field and the run folder of its fit, which has frames."""
    run = tmp_path_factory.mktemp("learned") / "it.run"
    y, x = np.mgrid[:24, :32]
    picture = (np.hypot(x - 15, y - 11) < 7).astype(np.float32)[..., None]
    field = redraw.fit(picture, model="ink", steps=24, run=run, frames=6, engine="reference")
    return field, run


def test_frames_are_shown_and_played(learned, chromium_with, tmp_path):
    field, run = learned
    field.export(tmp_path / "it.html", animate=run)
    listed = re.findall(r"data:image/webp;base64,([^\"]+)", (tmp_path / "it.html").read_text())
    assert len(listed) >= 5
    first = Image.open(io.BytesIO(base64.b64decode(listed[0])))
    assert first.size == (32, 24)
    page = chromium_with(*SOFTWARE).new_page(viewport={"width": 320, "height": 240})
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((tmp_path / "it.html").as_uri())
    page.wait_for_selector("redraw-field input[type=range]")
    for _ in range(200):
        if page.evaluate(f"{SCRUB}.max") == str(len(listed)):
            break
        page.wait_for_timeout(50)
    assert page.evaluate(f"{SCRUB}.value") == str(len(listed))  # the finished field
    page.evaluate(f"{SCRUB}.value = '0'; {SCRUB}.dispatchEvent(new Event('input'))")
    said = page.evaluate(f"{ELEMENT}.player.textContent")
    assert "step" in said
    page.evaluate(f"{ELEMENT}.focus()")
    page.keyboard.press("Space")  # plays to the end
    for _ in range(400):
        if page.evaluate(f"{SCRUB}.value") == str(len(listed)):
            break
        page.wait_for_timeout(50)
    assert "finished" in page.evaluate(f"{ELEMENT}.player.textContent")
    assert not wrong
    page.close()


def test_a_run_without_frames_is_refused(learned, tmp_path):
    field, _ = learned
    bare = tmp_path / "bare.run"
    redraw.fit(
        np.zeros((8, 8, 1), np.float32), model="ink", steps=2, run=bare, engine="reference",
        frames=0,
    )  # fmt: skip
    with pytest.raises(UsageError, match="no frames"):
        field.export(tmp_path / "it.html", animate=bare)

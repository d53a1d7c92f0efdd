"""Whole ways through the studio, in a real browser: by keyboard alone, races, saving, trouble."""

import io
import os
import re
import signal
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

SLOWLY = 600_000  # milliseconds; the machine may have other work
STATE = "state => document.querySelector('.panel .chip')?.dataset.state === state"
STATES = """wanted => {
    const chips = [...document.querySelectorAll('.racer .chip')];
    return chips.length > 1 && chips.every((chip) => chip.dataset.state === wanted);
}"""
# Whether one sees where the focus is: an outline around it, or around what stands for it.
FOCUS = """() => {
    const at = document.activeElement;
    return [at, at.nextElementSibling, at.closest(".layers")].some((shown) => {
        if (!shown) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(shown);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
    });
}"""


@pytest.fixture
def page(studio, open_page):
    """The studio's first page; what was begun there ends with the test."""
    opened = open_page(studio.url)
    opened.set_default_timeout(SLOWLY)
    opened.wait_for_selector(".bundled a >> nth=2")
    yield opened
    for fit in studio.get("/api/state")["fits"]:
        if fit["state"] in ("queued", "starting", "running", "paused"):
            studio.ask(f"/api/fits/{fit['name']}/stop", {})


def tab_to(page, what):
    """Press Tab until the focus is on what a selector means, and is seen there."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            assert page.evaluate(FOCUS), f"no focus is seen on {what}"
            return
    raise AssertionError(f"the keyboard does not lead to {what}")


def wait_for(page, script, argument=None):
    """Until a script says yes."""
    page.wait_for_function(script, arg=argument, timeout=SLOWLY)


def arrived(page, view="fit"):
    """Wait for the view of a fit or a race; the last of the names in its address."""
    wait_for(page, "start => location.hash.startsWith(start)", f"#/{view}/")
    return page.url.rsplit("/", 1)[1]


def fitted(page, studio, *, steps, model="hash", picture="cub"):
    """Start a fit through the page; its name."""
    page.evaluate("where => { location.hash = where; }", f"#/new/{picture}")
    page.wait_for_selector("button.large:not(:disabled)")
    page.locator(f"input[value='{model}']").check()
    page.locator("summary").click()
    page.get_by_label("Learn until").select_option("steps")
    page.get_by_label("How many").fill(str(steps))
    page.locator(".values input[name='batch']").fill("1024")
    page.click("button.large")
    return arrived(page)


def test_everything_is_reached_with_the_keyboard_alone(studio, page, kept):
    tab_to(page, "a[href='#/new/cub']")
    page.keyboard.press("Enter")
    page.wait_for_selector("button.large:not(:disabled)")
    tab_to(page, "input[name=preset]")
    for _ in range(20):
        page.keyboard.press("ArrowDown")
        if page.evaluate("() => document.activeElement.value") == "hash":
            break
    assert page.evaluate("() => document.activeElement.value") == "hash"
    kept(page, "keyboard-preset")
    tab_to(page, "button.large")
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    tab_to(page, "#until")
    page.keyboard.press("s")  # steps
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("10000000")
    page.keyboard.press("Enter")
    name = arrived(page)
    wait_for(page, STATE, "running")
    tab_to(page, ".controls button.primary")
    kept(page, "keyboard-pause")
    page.keyboard.press("Enter")
    wait_for(page, STATE, "paused")
    # The button's place is taken by another, which has the focus.
    assert page.evaluate("() => document.activeElement.textContent") == "Go on"
    tab_to(page, ".scrub input")
    page.keyboard.press("Home")
    wait_for(page, "() => document.querySelector('.scrub output').value.startsWith('step 0')")
    page.keyboard.press("End")
    wait_for(page, "() => document.querySelector('.scrub output').value === 'now'")
    tab_to(page, ".stage .choice input")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".stage .layers")
    tab_to(page, ".layers .over")
    page.keyboard.press("Home")
    assert "inset(0px 0px 0px 0%)" in page.locator(".layers img").get_attribute("style")
    kept(page, "keyboard-slider")
    tab_to(page, ".steering input")
    page.keyboard.press("ArrowLeft")
    studio.until(name, lambda fit: fit.get("rate_factor") == 0.5)
    tab_to(page, ".controls button.primary")
    page.keyboard.press("Enter")
    wait_for(page, STATE, "running")
    tab_to(page, ".controls button:not(.primary)")
    page.keyboard.press("Enter")
    wait_for(page, STATE, "stopped")


def start_race(page, steps, added, dropped=()):
    """Let two presets race from the page where a fit is asked for."""
    page.wait_for_selector("button.large:not(:disabled)")
    page.get_by_label("let several race").check()
    for model in added:
        page.locator(f"input[value='{model}']").check()
    for model in dropped:
        page.locator(f"input[value='{model}']").uncheck()
    page.locator("summary").click()
    page.get_by_label("Learn until").select_option("steps")
    page.get_by_label("How many").fill(f"{steps}")
    page.get_by_role("button", name="Race 2").click()
    arrived(page, "race")


def test_presets_race_by_clicks(studio, page, kept):
    page.evaluate("() => { location.hash = '#/new/cub'; }")
    start_race(page, 150, added=("hash", "siren"), dropped=("ink",))
    wait_for(page, "() => document.querySelectorAll('.racer canvas.picture').length === 2")
    wait_for(page, STATES, "finished")
    kept(page, "raced")
    assert page.locator(".racer.leads").count() == 1
    best = [float(text) for text in page.locator(".racer .quality strong").all_inner_texts()]
    assert len(best) == 2
    assert min(best) > 10.0
    leader = page.locator(".racer.leads .quality strong").inner_text()
    assert float(leader) == max(best)
    assert page.locator(".key .entry").all_inner_texts() == ["hash", "siren"]


def test_what_is_saved_opens_again(studio, page, kept, started_in, open_page, tmp_path):
    name = fitted(page, studio, steps=200)
    wait_for(page, STATE, "finished")
    shown = page.locator(".panel .quality strong").inner_text()
    page.locator("summary").click()
    for button, file in (("Field file", f"{name}.redraw"), ("Run folder", f"{name}.run.zip")):
        with page.expect_download() as coming:
            page.get_by_role("button", name=button).click()
        assert coming.value.suggested_filename == file
        coming.value.save_as(tmp_path / file)
    os.rename(tmp_path / f"{name}.redraw", tmp_path / "kept.redraw")
    with zipfile.ZipFile(tmp_path / f"{name}.run.zip") as archive:
        archive.extractall(tmp_path)
    with started_in(tmp_path) as second:
        again = open_page(second.url)
        again.set_default_timeout(SLOWLY)
        again.get_by_role("link", name="kept").click()
        again.wait_for_selector(".glass canvas")
        assert "200 × 200" in again.locator(".facts").inner_text()
        wait_for(again, "() => document.querySelector('.scale').value")
        kept(again, "field-again")
        again.evaluate("where => { location.hash = where; }", f"#/fit/{name}")
        wait_for(again, STATE, "finished")
        assert again.locator(".panel .quality strong").inner_text() == shown
        wait_for(again, "() => document.querySelector('.stage canvas').width > 1")
        kept(again, "run-again")
        again.close()


def test_tiles_that_the_page_shows_at_16_times_are_the_fields(studio, page):
    name = fitted(page, studio, steps=200)
    wait_for(page, STATE, "finished")
    found = {}

    def keep(response):
        if place := re.search(r"/field/4/(\d+)_(\d+)\.png", response.url):
            found.setdefault((int(place[1]), int(place[2])), response)

    page.on("response", keep)
    page.get_by_role("radio", name="Zoom").check()
    page.wait_for_selector(".glass canvas")
    for _ in range(40):
        page.get_by_role("button", name="Zoom in").click()
        page.wait_for_timeout(500)
        if found:
            break
    (x, y), response = next(iter(found.items()))
    tile = np.asarray(Image.open(io.BytesIO(response.body())))
    # One pixel more on each side is its neighbours', which keeps seams from being seen.
    assert "o=1" in response.url
    tile = tile[min(1, y) :][:256, min(1, x) :][:, :256]
    region = ",".join(str(16 * at) for at in (x, y, x + 1, y + 1))
    subprocess.run(
        [
            *(sys.executable, "-m", "redraw", "render", f"{name}.redraw", "one.png", "--force"),
            *("--region", region, "--size", "256x256"),
        ],
        cwd=studio.folder,
        check=True,
        capture_output=True,
    )
    assert np.array_equal(tile, np.asarray(Image.open(studio.folder / "one.png")))


def test_a_killed_process_is_told_and_the_fit_goes_on(studio, page, kept):
    name = fitted(page, studio, steps=10_000_000)
    wait_for(page, STATE, "running")
    studio.until(name, lambda fit: fit.get("saved") is not None)
    os.kill(studio.workers()[0], signal.SIGKILL)
    wait_for(page, STATE, "failed")
    assert "Resume" in page.locator(".trouble").inner_text()
    kept(page, "killed")
    page.get_by_role("button", name="Resume").click()
    wait_for(page, STATE, "running")
    assert not page.locator(".trouble").is_visible()
    page.get_by_role("button", name="Stop").click()
    wait_for(page, STATE, "stopped")


@pytest.mark.parametrize(("function", "score"), [("two-spirals", "%"), ("sinc", "")])
def test_a_function_is_learned_before_the_eyes(studio, page, kept, function, score):
    page.get_by_role("link", name=function).click()
    page.wait_for_selector("button.large:not(:disabled)")
    wait_for(page, "() => document.querySelector('.setup img').naturalWidth === 640")
    assert page.locator("input[value=table]").is_checked()
    kept(page, f"function-{function}")
    page.click("button.large")
    arrived(page)
    wait_for(page, "() => document.querySelector('.stage canvas').width === 640")
    wait_for(page, STATE, "finished")
    page.wait_for_timeout(1500)
    kept(page, f"learned-{function}")
    assert page.locator(".panel .quality strong").inner_text().endswith(score)
    assert page.get_by_role("radio", name="Zoom").count() == 0


def test_presets_race_for_a_function(studio, page, kept):
    page.get_by_role("link", name="xor").click()
    start_race(page, 300, added=("linear",))
    wait_for(page, STATES, "finished")
    kept(page, "raced-function")
    models = page.locator(".key .entry").all_inner_texts()
    assert sorted(models) == ["linear", "table"]
    # A plane is right at two or three of the four corners; the network at all of them.
    best = dict(zip(models, page.locator(".racer .quality strong").all_inner_texts(), strict=True))
    assert best["table"] == "100 %"
    assert best["linear"] != "100 %"
    assert page.locator(".racer.leads").count() == 1

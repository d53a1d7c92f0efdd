"""The studio as it is used: in a real browser, with real fits."""

import re
import shlex
import subprocess
import sys

import pytest

import redraw
from redraw.metrics import psnr
from redraw.signals.picture.bundled import bundled
from redraw.signals.picture.reading import read

SLOWLY = 600_000  # milliseconds; the machine may have other work


def enter(page, studio, where=""):
    """Open a view of the studio on a page that has its cookie."""
    page.goto(f"http://127.0.0.1:{studio.port}/{where}")


def decibels(page):
    """The quality that the page shows now."""
    text = page.locator(".panel .quality strong").first.inner_text()
    return float(text) if re.fullmatch(r"[\d.]+", text) else 0.0


def wait_for(page, script, **arguments):
    """Until a script says yes."""
    page.wait_for_function(script, timeout=SLOWLY, **arguments)


SHOWS_MORE_THAN = """dB => {
    const shown = document.querySelector(".panel .quality strong");
    return shown && Number(shown.textContent) > dB;
}"""
SHOWS = """dB => {
    const shown = document.querySelector(".panel .quality strong");
    return shown && Math.abs(Number(shown.textContent) - dB) < 0.02;
}"""
STATE = "state => document.querySelector('.panel .chip')?.dataset.state === state"


@pytest.fixture
def drop_cub(studio, open_page):
    """A page onto which the cub was dropped and a preset chosen, about to press Fit."""

    def drop(model, *, settings=None, steps=None, name="cub.png", **options):
        page = open_page(studio.url, **options)
        page.set_default_timeout(SLOWLY)
        page.wait_for_selector(".drop")
        assert "token" not in page.url
        content = bundled("cub").read_bytes()
        page.evaluate(
            """([bytes, name]) => {
                const carried = new DataTransfer();
                carried.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
                for (const kind of ["dragenter", "dragover", "drop"]) {
                    document.body.dispatchEvent(new DragEvent(kind,
                        {dataTransfer: carried, bubbles: true, cancelable: true}));
                }
            }""",
            [list(content), name],
        )
        page.wait_for_selector(".preset")
        page.locator(f"input[value='{model}']").check()
        if settings or steps:
            page.locator("summary").click()
        for setting, value in (settings or {}).items():
            page.locator(f".values input[name='{setting}']").fill(value)
        if steps:
            page.get_by_label("Learn until").select_option("steps")
            page.get_by_label("How many").fill(str(steps))
        page.wait_for_function(
            "() => !document.querySelector('button.large').disabled", timeout=600_000
        )
        return page

    return drop


def test_a_dropped_picture_is_seen_being_learned(studio, drop_cub, open_page, kept, tmp_path):
    page = drop_cub("hash", settings={"batch": "2048"}, steps=20_000)
    kept(page, "setup")
    page.click("button.large")
    page.wait_for_url("**/#/fit/*")
    name = page.url.rsplit("/", 1)[1]
    wait_for(page, SHOWS_MORE_THAN, arg=30.0)
    kept(page, "learning")

    page.get_by_role("button", name="Pause").click()
    wait_for(page, STATE, arg="paused")
    # What is shown was measured: it is what the field is that is saved now. Grey is 9.5 dB.
    (tmp_path / "now.redraw").write_bytes(studio.ask(f"/api/fits/{name}/save/field.redraw")[2])
    shown = redraw.load(tmp_path / "now.redraw").render()
    measured = psnr(shown.values, read(bundled("cub")).values)
    wait_for(page, SHOWS, arg=measured)
    assert measured > 20.0
    step = studio.fit(name)["step"]
    # Reloaded in the middle of it, and on a second page: the same fit, as it is.
    page.reload()
    wait_for(page, STATE, arg="paused")
    other = open_page(studio.url, dark=True, width=400)
    other.set_default_timeout(SLOWLY)
    enter(other, studio, f"#/fit/{name}")
    wait_for(other, STATE, arg="paused")
    kept(other, "paused-dark-narrow")
    assert studio.fit(name)["step"] == step
    assert not (studio.folder / f"{name}.redraw").exists()

    # Back through the saved frames: another picture is shown, and then the newest again.
    drawn = "() => document.querySelector('.stage canvas').toDataURL()"
    page.wait_for_function("() => document.querySelector('.stage canvas').width > 1")
    newest = page.evaluate(drawn)
    page.get_by_label("Saved frames").fill("1")
    wait_for(page, f"before => ({drawn})() !== before", arg=newest)
    assert "step 1" in page.locator(".scrub output").inner_text()
    kept(page, "looking-back")
    page.get_by_label("Saved frames").press("End")
    wait_for(page, f"before => ({drawn})() === before", arg=newest)

    page.get_by_role("button", name="Go on").click()
    wait_for(page, STATE, arg="running")
    page.get_by_role("button", name="Stop").click()
    wait_for(page, STATE, arg="stopped")
    assert decibels(page) == pytest.approx(studio.fit(name)["measured"][-1][2], abs=0.01)
    for view in ("Slider", "Difference"):
        page.get_by_role("radio", name=view).check()
        page.wait_for_timeout(400)
        kept(page, view.lower())


def test_the_command_of_a_fit_makes_the_same_field(studio, drop_cub, kept):
    page = drop_cub("siren", settings={"hidden": "16,16", "batch": "1024"}, steps=60)
    page.click("button.large")
    page.wait_for_url("**/#/fit/*")
    name = page.url.rsplit("/", 1)[1]
    wait_for(page, STATE, arg="finished")
    page.locator("summary").click()
    page.get_by_role("button", name="Copy as command").click()
    page.wait_for_selector(".command:not([hidden])")
    kept(page, "finished")
    words = shlex.split(page.locator(".command").inner_text())
    assert words[:2] == ["redraw", "fit"]
    # As it stands it runs in the studio's own folder, beside what it repeats.
    made = studio.folder / words[words.index("--output") + 1]
    assert not made.exists()
    words = [sys.executable, "-m", *words]
    subprocess.run(words, cwd=studio.folder, check=True, capture_output=True)
    assert parameters(made) == parameters(studio.folder / f"{name}.redraw")


def parameters(path):
    """All tensors of a field file as bytes."""
    import redraw

    return {key: value.numpy().tobytes() for key, value in redraw.load(path).state_dict().items()}

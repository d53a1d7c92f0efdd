"""What people look for first: several files, the clipboard, crops, typed functions, tidying up."""

import io
import json
import re
import socket

import numpy as np
import pytest
from PIL import Image
from tests.waiting import patiently

from redraw.signals.picture.bundled import bundled

pytestmark = pytest.mark.slow

SLOWLY = 600_000
STATE = "state => document.querySelector('.panel .chip')?.dataset.state === state"
DROP = """([bytes, names, how]) => {
    const carried = new DataTransfer();
    for (const name of names) {
        carried.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
    }
    const kinds = how === "paste" ? ["paste"] : ["dragenter", "dragover", "drop"];
    for (const kind of kinds) {
        document.body.dispatchEvent(kind === "paste"
            ? new ClipboardEvent(kind, {clipboardData: carried, bubbles: true, cancelable: true})
            : new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true}));
    }
}"""


@pytest.fixture
def page(studio, open_page):
    """The studio's first page."""
    studio.ready()
    opened = open_page(studio.url)
    opened.set_default_timeout(SLOWLY)
    opened.wait_for_selector(".bundled a >> nth=2")
    yield opened
    for fit in studio.get("/api/state")["fits"]:
        if fit["state"] in ("queued", "starting", "running", "paused"):
            studio.ask(f"/api/fits/{fit['name']}/stop", {})


def carried(page, names, how="drop"):
    """Let files of these names, each the cub, be dropped or pasted."""
    page.evaluate(DROP, [list(bundled("cub").read_bytes()), names, how])


def finished(studio, name):
    return studio.until(name, lambda fit: fit["state"] == "finished")


def small(studio, **more):
    wanted = {"options": {"steps": 20}, "settings": {"hidden": "8,8", "batch": "256"}, **more}
    (name,) = studio.begin("cub", "siren", **wanted)
    finished(studio, name)
    return name


def test_the_first_page_shows_presets_racing_and_makes_room(studio, page, kept):
    page.wait_for_selector(".show canvas.picture >> nth=2")
    page.wait_for_selector(".show strong:text-matches(' dB$')")
    kept(page, "first-page")
    before = {path.name for path in studio.folder.iterdir()}
    name = small(studio)  # begins at once, whatever is shown
    added = {path.name for path in studio.folder.iterdir()} - before
    assert added == {f"{name}.run", f"{name}.redraw"}


def test_several_files_are_taken_at_once(studio, page, kept):
    carried(page, ["one.png", "two.png", "three.png"])
    page.wait_for_selector("text=Fit all 3")
    page.wait_for_function("() => document.querySelectorAll('.several .cards img').length === 3")
    kept(page, "several")
    assert {"one.png", "two.png", "three.png"} <= {path.name for path in studio.folder.iterdir()}
    page.get_by_role("button", name="Fit all 3").click()
    page.wait_for_function("() => location.hash.startsWith('#/fit/')")
    names = [fit["name"] for fit in studio.get("/api/state")["fits"]]
    assert {"one", "two", "three"} <= set(names)
    for name in ("three", "two", "one"):
        studio.ask(f"/api/fits/{name}/stop", {})


def refused_on_purpose(pages):
    """What browsers write of an answer 400 is no fault of a page's that asked for it."""
    pages.wrong = [said for said in pages.wrong if "status of 400" not in said]


def test_nothing_that_is_dropped_is_lost_without_a_word(page, open_page, kept):
    cub = list(bundled("cub").read_bytes())
    at_once = f"(drops) => {{ for (const each of drops) ({DROP})(each); }}"
    # The second comes while the first is still being taken.
    page.evaluate(at_once, [[cub, ["first.png"], "drop"], [cub, ["second.png"], "drop"]])
    page.wait_for_function("() => location.hash === '#/several/first.png/second.png'")
    half = cub[: len(cub) // 2]
    wrong = [half, ["cut.png", "notes.txt"], "drop"]
    page.evaluate(at_once, [wrong, [cub, ["third.png"], "drop"]])
    page.wait_for_function("() => location.hash === '#/new/third.png'")
    page.wait_for_selector("#said .problem")
    said = page.locator("#said").inner_text()
    assert all(name in said for name in ("cut.png", "notes.txt", "third.png"))
    kept(page, "some-refused")
    refused_on_purpose(open_page)


def test_a_second_table_takes_the_place_of_the_first(page, open_page):
    for text, column in (("a;b;last\n1;2;3\n", "last"), ('x,"y one"\n1,2\n', "y one")):
        page.evaluate(DROP, [list(text.encode()), ["rows.csv"], "drop"])
        page.wait_for_function(
            "text => document.querySelector('.own textarea').value === text", arg=text
        )
        assert page.get_by_label("Columns to learn").input_value() == column
    refused_on_purpose(open_page)


def test_fit_is_in_sight_and_the_result_is_shared_by_one_click(studio, page, tmp_path):
    page.evaluate("() => { location.hash = '#/new/cub'; }")
    page.wait_for_selector("button.large:not(:disabled)")
    box = page.locator("button.large").bounding_box()
    assert box["y"] + box["height"] <= 800
    name = small(studio)
    page.evaluate("where => { location.hash = where; }", f"#/fit/{name}")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Share as one page").click()
    assert coming.value.suggested_filename == f"{name}.html"
    coming.value.save_as(tmp_path / "shared.html")
    assert b"redraw-field" in (tmp_path / "shared.html").read_bytes()


def test_a_picture_is_pasted(studio, page):
    carried(page, ["image.png"], "paste")
    page.wait_for_function("() => location.hash === '#/new/pasted.png'")
    assert (studio.folder / "pasted.png").read_bytes() == bundled("cub").read_bytes()


def test_a_part_is_kept_and_turned_exactly(studio, page, kept):
    carried(page, ["whole.png"])
    page.wait_for_function("() => location.hash === '#/new/whole.png'")
    page.get_by_role("button", name="Crop").click()
    for side, value in (("left", 60), ("top", 50), ("right", 130), ("bottom", 100)):
        page.get_by_label(f"{side} in pixels").fill(str(value))
    kept(page, "cropping")
    page.get_by_role("button", name="Keep this part").click()
    page.wait_for_function("() => location.hash === '#/new/whole-part.png'")
    page.get_by_role("button", name="Turn to the right").click()
    page.wait_for_function("() => location.hash === '#/new/whole-part-part.png'")
    whole = np.asarray(Image.open(bundled("cub")).convert("L"))
    part = np.asarray(Image.open(studio.folder / "whole-part-part.png").convert("L"))
    assert np.array_equal(part, np.rot90(whole[50:100, 60:130], -1))


def test_a_function_and_a_table_are_typed_and_learned(studio, page, kept):
    page.locator(".own summary").click()
    page.get_by_label("Formula").fill("x*y + .5")
    page.get_by_label("Domain").fill("x=-1:1,y=0:2")
    page.get_by_role("button", name="Learn this function").click()
    page.wait_for_function("() => location.hash.startsWith('#/formula/')")
    page.wait_for_selector("button.large:not(:disabled)")
    page.locator("summary").click()
    page.get_by_label("Learn until").select_option("steps")
    page.get_by_label("How many").fill("50")
    page.click("button.large")
    page.wait_for_function("() => location.hash.startsWith('#/fit/')")
    page.wait_for_function(STATE, arg="finished", timeout=SLOWLY)
    name = page.url.rsplit("/", 1)[1]
    command = studio.get(f"/api/fits/{name}/command")
    assert "--function 'x*y + .5' --domain x=-1:1,y=0:2" in command["command"]
    assert command["notes"] == []
    page.get_by_role("button", name="What each layer draws").click()
    page.wait_for_selector(".layer >> nth=2")
    kept(page, "typed-function")
    page.evaluate("() => { location.hash = '#/'; }")
    page.locator(".own summary").click()
    page.get_by_label("Table", exact=True).fill("a,b,c\n0,0,1\n1,0,2\n0,1,3\n1,1,4\n")
    page.get_by_label("Columns to learn").fill("c")
    page.get_by_role("button", name="Learn this table").click()
    page.wait_for_function("() => location.hash.startsWith('#/table/table-1.csv//c')")
    page.wait_for_selector("button.large:not(:disabled)")
    page.locator("summary").click()
    page.get_by_label("Learn until").select_option("steps")
    page.get_by_label("How many").fill("50")
    page.click("button.large")
    page.wait_for_function("() => location.hash.startsWith('#/fit/')")
    page.wait_for_function(STATE, arg="finished", timeout=SLOWLY)
    assert studio.fit(page.url.rsplit("/", 1)[1])["pixels"] == 4


def test_again_with_changes_renaming_and_deleting(studio, page, kept):
    name = small(studio)
    page.evaluate("where => { location.hash = where; }", f"#/fit/{name}")
    page.get_by_role("button", name="Again with changes").click()
    page.wait_for_selector(".values input[name='hidden']")
    assert page.locator(".values input[name='hidden']").input_value() == "8,8"
    assert page.get_by_label("How many").input_value() == "20"
    assert page.locator("input[value='siren']").is_checked()
    # What is typed wrongly is said at its field, and Back and forth loses nothing.
    page.locator(".values input[name='omega']").fill("fast")
    page.wait_for_selector("input[name='omega'][aria-invalid='true']")
    kept(page, "wrong-value")
    page.go_back()
    page.wait_for_function("() => location.hash.startsWith('#/fit/')")
    page.go_forward()
    page.wait_for_selector(".values input[name='omega']")
    assert page.locator(".values input[name='omega']").input_value() == "fast"
    page.evaluate("where => { location.hash = where; }", f"#/fit/{name}")
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("better name")
    page.locator("dialog button.primary").click()
    page.wait_for_function("() => location.hash === '#/fit/better-name'")
    assert (studio.folder / "better-name.run").is_dir()
    assert (studio.folder / "better-name.redraw").is_file()
    assert not (studio.folder / f"{name}.run").exists()
    page.get_by_role("button", name="Delete").click()
    page.locator("dialog button.primary").click()
    page.wait_for_function("() => location.hash === '#/'")
    assert not (studio.folder / "better-name.run").exists()
    assert not (studio.folder / "better-name.redraw").exists()


@pytest.mark.parametrize("where", ["#/fit", "#/fit/", "#/race", "#/new", "#/%", "#/nowhere/x"])
def test_addresses_that_name_nothing_lead_to_the_first_page(page, where):
    page.evaluate("() => { document.querySelector('.start').remove(); }")
    page.evaluate("where => { location.hash = where; }", where)
    page.wait_for_selector(".start .drop")


def test_a_dead_studio_is_not_said_to_learn(tmp_path, started_in, open_page, kept):
    with started_in(tmp_path) as studio:
        (name,) = studio.begin("cub", "siren", options={"steps": 10_000_000})
        page = open_page(f"{studio.url}#/fit/{name}")
        page.wait_for_function(STATE, arg="running", timeout=SLOWLY)
        studio.process.kill()
        page.wait_for_function("() => document.body.classList.contains('lost')", timeout=SLOWLY)
        assert "when last heard of" in page.locator(".panel .chip").inner_text()
        kept(page, "dead")
        page.context.close()
    # What was on its way when it died is refused; nothing else may go wrong.
    open_page.wrong = [said for said in open_page.wrong if "CONNECTION_REFUSED" not in said]


def test_a_long_drawing_holds_nobody_up_and_can_be_given_up(studio, page):
    name = small(studio, settings={"hidden": "64,64,64,64"})
    # Many minutes of drawing; whoever asked leaves when all else has been answered.
    at = f"/api/fits/{name}/save/drawing.png?width=12000&height=12000&job=abc"
    head = f"GET {at} HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nCookie: {studio.cookie}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", studio.port)) as asking:
        asking.sendall(head.encode())
        jobs_are(studio, {"abc"})
        found = studio.post(f"/api/fits/{name}/snapshot", {})
        for at in range(6):
            for path in (
                "/api/folder",
                f"/api/tiles/{name}/{found['step']}/field/4/{at}_0.png?w=200&h=200",
                f"/api/tiles/{name}/{found['step']}/lanczos/4/{at}_0.png?w=200&h=200",
                "/api/pictures/cub/picture.png?side=320",
            ):
                assert studio.ask(path)[0] == 200
        jobs_are(studio, {"abc"})  # and it still goes on
    jobs_are(studio, set())
    # And the next one gets its turn.
    status, _, content = studio.ask(f"/api/fits/{name}/save/drawing.png?width=40&height=30")
    assert status == 200
    assert Image.open(io.BytesIO(content)).size == (40, 30)


def test_what_a_page_downloads_can_be_cancelled(studio, page, kept):
    name = small(studio, settings={"hidden": "64,64,64,64"})
    page.evaluate("where => { location.hash = where; }", f"#/fit/{name}")
    page.locator("summary").click()
    page.get_by_label("Width in pixels").fill("12000")
    page.get_by_role("button", name="Drawing").click()
    page.wait_for_function("() => document.querySelector('.job progress')?.value > 0")
    kept(page, "job")
    page.locator(".job").get_by_role("button", name="Cancel").click()
    page.wait_for_selector(".job", state="detached")
    jobs_are(studio, set())


def jobs_are(studio, names):
    """Wait until these are at work, and no others."""
    for _ in patiently(600, 0.1):
        if studio.get("/api/state")["jobs"].keys() == names:
            break
    assert studio.get("/api/state")["jobs"].keys() == names


def test_layers_are_drawn_of_every_preset(studio):
    studio.ready()
    models = [p["name"] for p in studio.get("/api/start")["presets"] if "picture" in p["learns"]]
    for model in models:
        (name,) = studio.begin("cub-two-tone", model, options={"steps": 2})
        finished(studio, name)
        status, _, content = studio.ask(f"/api/fits/{name}/layers")
        assert status == 200, (model, content)
        layers = json.loads(content)["layers"]
        assert [layers[0]["name"], layers[-1]["name"]] == ["x, y", "the picture"]
        assert all(re.match("data:image/png;base64,", u) for row in layers for u in row["units"])

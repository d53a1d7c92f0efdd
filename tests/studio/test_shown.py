"""What views show and how: Look back under Zoom, maps, enlarging, diagrams in the dark, rows."""

import io
import itertools
import json
import re

import numpy as np
import pytest
from PIL import Image

PATIENCE = 120_000
SMALL = {"hidden": "8,8", "batch": "256"}
# Keeps the viewers that are opened, to be asked what they show.
VIEWERS = """() => {
    const Viewer = OpenSeadragon.Viewer;
    window.viewers = [];
    OpenSeadragon.Viewer = function (options) {
        Viewer.call(this, options);
        if (Object.getPrototypeOf(this) === Viewer.prototype) window.viewers.push(this);
    };
    OpenSeadragon.Viewer.prototype = Viewer.prototype;
}"""
HELD = """() => {
    const { world } = window.viewers[0];
    return [...Array(world.getItemCount()).keys()].map((at) => world.getItemAt(at).source.url)
        .filter((url) => /frames/.test(url || ""));
}"""


@pytest.fixture(scope="module")
def learned(studio):
    """A small fit of the cub with some frames; its name."""
    (name,) = studio.begin("cub", "siren", options={"steps": 60}, settings=SMALL)
    studio.until(name, lambda fit: fit["state"] == "finished")
    return name


@pytest.fixture
def opened(studio, open_page):
    """Opens a view: `opened("#/fit/cub", width=400)`."""

    def open_(where, **options):
        page = open_page(f"{studio.url}{where}", **options)
        page.set_default_timeout(PATIENCE)
        return page

    return open_


def test_look_back_shows_an_earlier_frame_under_zoom_and_the_field_again(learned, opened):
    page = opened(f"#/fit/{learned}")
    page.wait_for_selector(".scrub:not([hidden])")
    page.evaluate(VIEWERS)
    page.get_by_role("radio", name="Zoom").check()
    page.wait_for_function("() => window.viewers.length && viewers[0].world.getItemCount() === 1")
    page.wait_for_function("() => viewers[0].world.getItemAt(0).getFullyLoaded()")
    now = page.locator(".glass").screenshot()
    back = page.get_by_label("Saved frames")
    back.fill("0")
    page.wait_for_function(f"() => ({HELD})().length === 1")
    page.wait_for_timeout(500)
    assert re.search(r"/frames/\d+\.png", page.evaluate(HELD)[0])
    assert page.locator(".glass").screenshot() != now
    back.fill(back.get_attribute("max"))
    page.wait_for_function(f"() => ({HELD})().length === 0")


def test_the_zoom_has_a_map_that_shows_where_one_is(learned, opened):
    page = opened(f"#/fit/{learned}")
    page.get_by_role("radio", name="Zoom").check()
    map_ = page.locator(".glass .navigator")
    map_.wait_for(state="visible")
    whole, glass = map_.bounding_box(), page.locator(".glass").bounding_box()
    assert 40 < whole["width"] < glass["width"] / 2
    assert 40 < whole["height"] < glass["height"] / 2
    where = ".glass .displayregion"
    page.wait_for_function(f"() => document.querySelector('{where}').offsetWidth > 0")
    before = page.locator(where).bounding_box()
    for _ in range(2):
        page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function(
        f"most => document.querySelector('{where}').offsetWidth < most", arg=before["width"] / 2.5
    )
    after = page.locator(where).bounding_box()
    assert before["x"] - 1 <= after["x"] <= before["x"] + before["width"]


def test_both_sides_are_enlarged_in_the_same_way_and_which_is_ones_choice(learned, opened):
    page = opened(f"#/fit/{learned}")
    page.wait_for_selector("text=Original, enlarged smoothly")
    page.wait_for_function("() => document.querySelector('.stage img').naturalWidth > 0")
    chosen = page.get_by_label("Enlarged")
    shown = """() => [...document.querySelectorAll('.pair .picture')].map((each) => ({
        wide: each.width, natural: each.naturalWidth ?? each.width,
        rendering: getComputedStyle(each).imageRendering,
        box: [each.getBoundingClientRect().width, each.getBoundingClientRect().height],
    }))"""
    told = "() => [...document.querySelectorAll('.pair figcaption')].map((each) => each.innerText)"
    ways = {
        "pixels": (
            "pixelated",
            ["The field, its pixels as squares", "Original, its pixels as squares"],
        ),
        "smooth": (
            "auto",
            ["The field, its pixels enlarged smoothly", "Original, its pixels enlarged smoothly"],
        ),
    }
    for way, (rendering, captions) in ways.items():
        chosen.select_option(way)
        assert page.evaluate(told) == captions
        field, original = page.evaluate(shown)
        assert field["rendering"] == original["rendering"] == rendering
        assert field["wide"] == original["natural"]  # no more pixels than the original has
        assert field["box"] == pytest.approx(original["box"], abs=1)
        page.get_by_role("radio", name="Slider").check()
        assert page.locator(".layers + figcaption").inner_text().split("\n")[0] == captions[0]
        page.get_by_role("radio", name="Side by side").check()
    chosen.select_option("drawn")
    assert page.evaluate(told) == ["Drawn by the field", "Original, enlarged smoothly"]


def in_words(number):
    """Bytes as three digits of a unit."""
    if number < 1000:
        return f"{number} bytes"
    return f"{number / 1000:#.3g} KB" if number < 99_950 else f"{round(number / 1000)} KB"


def test_bytes_stand_beside_those_of_the_original(studio, learned, opened):
    from redraw.signals.picture.bundled import bundled

    own = (studio.folder / f"{learned}.redraw").stat().st_size
    original = bundled("cub").stat().st_size
    page = opened(f"#/fit/{learned}")
    page.wait_for_selector("text=field to original")
    rows = dict(
        page.evaluate(
            "() => [...document.querySelectorAll('.facts dt')]"
            ".map((term) => [term.innerText, term.nextSibling.innerText])"
        )
    )
    assert rows["field file"] == in_words(own)
    assert rows["original file"] == in_words(original)
    assert float(rows["field to original"].split()[0]) == pytest.approx(own / original, rel=0.06)


def test_a_running_fit_of_ones_own_is_not_said_to_run_elsewhere(studio, opened):
    options = {"steps": 10_000_000}
    (name,) = studio.begin("cub", "siren", options=options, settings=SMALL)
    studio.until(name, lambda fit: fit["state"] == "running" and fit.get("step", 0) > 0)
    try:
        page = opened("#/")
        card = page.locator(".shelf li", has_text=name)
        for text in (card.inner_text(), page.locator("#fits").inner_text()):
            assert "elsewhere" not in text
            assert "learning" in text
        page.evaluate("where => { location.hash = where; }", f"#/fit/{name}")
        page.wait_for_selector(".panel .chip:text('learning')")
        assert "elsewhere" not in page.inner_text("main")
    finally:
        studio.post(f"/api/fits/{name}/stop", {})
        studio.until(name, lambda fit: fit["state"] == "stopped")


def lightness(element):
    """The mean lightness of what is seen of an element, 0 to 255."""
    seen = Image.open(io.BytesIO(element.screenshot())).convert("L")
    return float(np.mean(np.asarray(seen)))


def test_diagrams_of_functions_are_dark_in_the_dark(studio, opened):
    studio.ready()
    wanted = {"function": "xor", "models": ["table"], "options": {"steps": 40}}
    (name,) = studio.post("/api/fits", wanted)["fits"]
    studio.until(name, lambda fit: fit["state"] == "finished")
    seen = {}
    for dark in (False, True):
        page = opened(f"#/fit/{name}", dark=dark)
        page.wait_for_selector(".diagram canvas")
        page.wait_for_function("() => document.querySelector('.diagram canvas').width > 50")
        page.wait_for_timeout(1000)
        seen[dark] = [lightness(page.locator(".diagram canvas"))]
        page.evaluate("() => { location.hash = '#/function/sinc'; }")
        page.wait_for_function("() => document.querySelector('.diagram img')?.naturalWidth > 0")
        seen[dark].append(lightness(page.locator(".diagram img")))
    assert seen[False][1] > 200  # white paper
    assert seen[True][1] < 90
    assert seen[True][0] < seen[False][0] - 40


def test_curves_stand_above_what_is_rarely_used_at_400_pixels(learned, opened):
    page = opened(f"#/fit/{learned}", width=400)
    page.wait_for_selector(".plot .u-over")
    at = {
        what: page.locator(where).first.bounding_box()
        for what, where in {
            "stage": ".stage", "status": ".status", "curves": ".curves", "more": ".panel.more"
        }.items()
    }  # fmt: skip
    order = sorted(at, key=lambda what: at[what]["y"])
    assert order == ["stage", "status", "curves", "more"]
    for paper in page.locator(".curves .paper").all():
        box = paper.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 400
        inked = """(paper) => {
            const { width, height } = paper.querySelector("canvas");
            const context = paper.querySelector("canvas").getContext("2d");
            return context.getImageData(0, 0, width, height).data.some((value) => value);
        }"""
        assert paper.evaluate(inked)


@pytest.mark.parametrize("width", [400, 1280])
def test_what_presets_are_for_is_not_cut(studio, opened, width):
    presets = [p for p in studio.get("/api/start")["presets"] if "picture" in p["learns"]]
    page = opened("#/new/cub", width=width)
    page.wait_for_selector(".preset .quiet")
    shown = page.evaluate(
        """() => [...document.querySelectorAll('.preset')].map((row) => {
            const text = row.querySelector('.quiet'), box = text.getBoundingClientRect();
            const around = row.getBoundingClientRect();
            const words = document.createRange();
            words.selectNodeContents(text);
            const lines = words.getBoundingClientRect();
            return {
                said: text.innerText, over: getComputedStyle(text).textOverflow,
                inside: lines.left >= 0 && lines.right <= around.right + 1
                    && lines.bottom <= around.bottom + 1,
                whole: text.scrollWidth <= text.clientWidth + 1 || text.clientWidth === 0,
                high: box.height >= lines.height - 1,
            };
        })"""
    )
    assert [row["said"] for row in shown] == [preset["about"] for preset in presets]
    assert max(len(row["said"]) for row in shown) > 60  # there are long ones
    for row in shown:
        assert row["inside"], row
        assert row["whole"], row
        assert row["high"], row
        assert row["over"] != "ellipsis"


@pytest.mark.parametrize("width", [400, 1280])
def test_rows_of_save_are_one_line_each_in_columns(learned, opened, width):
    page = opened(f"#/fit/{learned}", width=width)
    page.locator(".save summary").click()
    rows = page.evaluate(
        """() => [...document.querySelectorAll('.save .line')].map((row) => {
            const box = row.getBoundingClientRect();
            return [[box.left, box.right, 0], ...[...row.children].map((each) => {
                const own = each.getBoundingClientRect();
                return [own.left, own.right, own.top + own.height / 2];
            })];
        })"""
    )
    assert len(rows) == 6
    lefts, rights, seconds = zip(
        *((row[0][0], row[0][1], row[2][0]) for row in rows if len(row) > 2), strict=True
    )
    assert np.ptp(lefts) < 1
    assert np.ptp(rights) < 1
    assert np.ptp(seconds) < 1  # the second things stand below each other
    for (left, right, _), *children in rows:
        assert children[0][0] == pytest.approx(left, abs=1)
        assert children[-1][1] == pytest.approx(right, abs=1)
        assert np.ptp([middle for *_, middle in children]) < 3  # on one line
        assert all(one[1] <= other[0] + 1 for one, other in itertools.pairwise(children))


@pytest.mark.parametrize(
    ("size", "learns", "said"),
    [
        ((6000, 4000), None, "All pixels are learned"),
        ((640, 641), None, "All pixels are learned"),
        ((6001, 4000), 4096, "for all pixels would take minutes; see Values"),
        ((20000, 3000), 4096, "for all pixels would take minutes; see Values"),
    ],
    ids=str,
)
def test_all_pixels_are_learned_up_to_24_megapixels_and_else_the_size_is_said(
    studio, opened, size, learns, said
):
    """The page's own form; the studio's answers are made up, for such pictures take long."""
    width, height = size
    told = {"width": width, "height": height, "what": "8-bit RGB", "model": "wavelet", "notes": []}
    small = studio.ask("/api/pictures/cub/picture.png?side=32")[2]
    asked = []

    def plan(route):
        wanted = json.loads(route.request.post_data)
        asked.append(wanted["max_side"])
        side = wanted["max_side"] or max(size)
        learned = [round(own * min(1.0, side / max(size))) for own in size]
        values = {"steps": "100", "quality": "42", "bytes": "0"}
        made = {"values": values, "parameters": 0, "memory": 1e8, "size": learned}
        route.fulfill(json=dict.fromkeys(wanted["models"], made))

    page = opened("#/")
    page.route("**/api/pictures/big.png", lambda it: it.fulfill(json=told))
    page.route(
        "**/api/pictures/big.png/picture.png*",
        lambda it: it.fulfill(body=small, content_type="image/png"),
    )
    page.route("**/api/plan", plan)
    page.evaluate("() => { location.hash = '#/new/big.png'; }")
    page.wait_for_function(
        "said => document.querySelector('.plan')?.innerText.toLowerCase().includes(said)",
        arg=said.lower(),
    )
    assert asked[-1] == learns
    summary = page.locator(".plan").inner_text()
    if learns:
        shrunk = [round(own * learns / max(size)) for own in size]
        assert f"earned at {shrunk[0]:,} × {shrunk[1]:,}, for all pixels" in summary
        page.locator("summary", has_text="Values").click()
        page.get_by_label("Longest side").select_option("")
        page.wait_for_function(
            "() => document.querySelector('.plan').innerText.includes('ll pixels are learned')"
        )
        assert asked[-1] is None
    else:
        assert "minutes" not in summary


def test_a_photograph_above_640_pixels_is_planned_with_all_of_them(tmp_path):
    from redraw.studio.fit_plan import fit_plan

    Image.effect_noise((1500, 700), 40).save(tmp_path / "a.png")
    asked = {"picture": str(tmp_path / "a.png")}
    assert fit_plan(asked, "wavelet")["size"] == [1500, 700]
    assert fit_plan({**asked, "max_side": 640}, "wavelet")["size"] == [640, 299]

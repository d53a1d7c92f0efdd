"""Every view, looked at by axe for accessibility, and shown over plain HTTP as well."""

from pathlib import Path

import pytest

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
PATIENCE = 120_000
SMALL = {"hidden": "16,16", "batch": "1024", "log2_hashmap_size": "10"}
STATES = """wanted => {
    const chips = [...document.querySelectorAll('.chip')];
    return chips.length > 0 && chips.every(chip =>
        chip.dataset.state === undefined || chip.dataset.state === wanted);
}"""


def serious(page):
    """What axe finds that is serious or worse: rule and place."""
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        (violation["id"], node["target"], node.get("failureSummary", "")[:200])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.fixture(scope="module")
def raced(studio):
    """Two fits that have raced."""
    names = studio.begin("cub", "hash", "siren", options={"steps": 150}, settings={"batch": "1024"})
    for name in names:
        studio.until(name, lambda fit: fit["state"] == "finished")
    return names


@pytest.mark.parametrize(
    ("dark", "width"),
    [(True, 400), pytest.param(False, 1280, marks=pytest.mark.slow)],
    ids=["dark-narrow", "light-wide"],
)
def test_no_view_has_serious_barriers(studio, raced, open_page, kept, dark, width):
    page = open_page(studio.url, dark=dark, width=width)
    page.set_default_timeout(PATIENCE)
    views = {
        "begin": ("#/", ".cards img"),
        "set-up": ("#/new/cub", "button.large:not(:disabled)"),
        "race": (f"#/race/{'/'.join(raced)}", ".race .u-over"),
        "fit": (f"#/fit/{raced[0]}", ".plot .u-over"),
    }
    for name, (where, there) in views.items():
        page.evaluate("where => { location.hash = where; }", where)
        page.wait_for_selector(there)
        page.wait_for_timeout(600)
        for fold in page.locator("summary").all():
            fold.click()
        assert serious(page) == [], name
        kept(page, f"{name}-{'dark' if dark else 'light'}-{width}")
        # Nothing sticks out sideways.
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0, name


@pytest.mark.slow
def test_the_zoom_shows_the_field_and_the_ordinary_ways(studio, raced, open_page, kept):
    page = open_page(f"{studio.url}#/fit/{raced[0]}")
    page.set_default_timeout(PATIENCE)
    page.get_by_role("radio", name="Zoom").check()
    page.wait_for_selector(".glass canvas")
    shown = {}
    for _ in range(4):
        page.get_by_role("button", name="Zoom in").click()
    for how in ("Field", "Bicubic", "Nearest"):
        with page.expect_response(lambda r, how=how: f"/{how.lower()}/" in r.url) as answer:
            if how == "Field":
                page.get_by_role("radio", name="Field alone").check()
                page.get_by_role("button", name="Zoom in").click()
            else:
                page.get_by_role("radio", name=how).check()
        assert answer.value.status == 200
        page.wait_for_timeout(2000)
        shown[how] = page.locator(".glass").screenshot()
        kept(page, f"zoom-{how.lower()}")
    assert len(set(shown.values())) == 3
    # Keys are not lost however fast they come.
    page.get_by_role("button", name="All").click()
    page.wait_for_timeout(1000)
    scale = "() => parseFloat(document.querySelector('.scale').value)"
    before = page.evaluate(scale)
    page.locator(".glass .openseadragon-canvas").first.focus()
    for _ in range(4):
        page.keyboard.press("+")
    page.wait_for_function(f"least => ({scale})() > least", arg=15.0 * before)
    assert serious(page) == []


def test_the_page_works_where_websockets_do_not_pass(studio, raced, open_page):
    page = open_page("about:blank")
    page.set_default_timeout(PATIENCE)
    page.add_init_script("delete window.WebSocket")
    (name,) = studio.begin("cub", "hash", options={"steps": 10_000_000}, settings=SMALL)
    page.goto(f"{studio.url}#/fit/{name}")
    page.wait_for_function(STATES, arg="running")
    drawn = "() => document.querySelector('.stage canvas').toDataURL()"
    first = page.evaluate(drawn)
    page.wait_for_function(f"before => ({drawn})() !== before", arg=first)
    page.get_by_role("button", name="Stop").click()
    page.wait_for_function(STATES, arg="stopped")
    assert page.evaluate("() => document.body.classList.contains('asking')")


def test_a_curve_of_a_single_point_is_seen_over_whole_steps(studio, open_page):
    page = open_page(studio.url)
    page.wait_for_selector(".bundled a")
    found = page.evaluate(
        """async () => {
            const { Curves } = await import("/static/curves.js");
            const curves = new Curves(["cub"], false, false);
            document.body.append(curves.element);
            curves.update([{ points: [[1, 0.01, 0.09, 12.3, 0.002]], measured: [[0, 0, 11.9]] }]);
            while (curves.plots.some((plot) => !plot.axes[0]._values))
                await new Promise(requestAnimationFrame);
            return curves.plots.map((plot) => ({
                low: plot.scales.x.min,
                ticks: plot.axes[0]._values.filter((text) => text !== ""),
                dots: plot.series.slice(1).map((line, at) => line.points.show(plot, at + 1)),
            }));
        }"""
    )
    assert [panel["low"] for panel in found] == [0, 0, 0]
    assert all(tick.isdigit() for panel in found for tick in panel["ticks"])
    assert all(all(panel["dots"]) for panel in found)


def test_what_is_estimated_is_corrected_by_batches_of_the_field_that_was_measured(
    studio, open_page
):
    """A fit that learns quickly: batches before a measurement saw a field ten decibels worse."""
    page = open_page(studio.url)
    points = [[30, 0, 0, 12.0, 0], [48, 0, 0, 21.0, 0]]
    asked = [
        # Batches right after it: 1 dB off. None yet: nothing is known. Too late: nothing again.
        {"step": 100, "psnr": 24.0, "measured": [[40, 0, 22.0]], "points": points},
        {"step": 100, "psnr": 24.0, "measured": [[40, 0, 22.0]], "points": points[:1]},
        {"step": 100, "psnr": 24.0, "measured": [[31, 0, 22.0]], "points": points},
        # The last one has no batches after it yet; the one before it has.
        {"step": 70, "psnr": 24.0, "measured": [[40, 0, 22.0], [64, 0, 29.0]], "points": points},
        {"step": 64, "psnr": 24.0, "measured": [[40, 0, 22.0], [64, 0, 29.0]], "points": points},
        {"step": 1, "psnr": 3.0, "measured": [], "points": []},
    ]
    shown = page.evaluate(
        """async (asked) => {
            const { estimated } = await import("/static/quality.js");
            return asked.map(estimated);
        }""",
        asked,
    )
    assert shown == [25.0, 24.0, 24.0, 25.0, 29.0, 3.0]


def test_the_winner_of_a_race_is_told_with_its_reasons(studio, open_page):
    """The race's own module, with fits as the server tells of them."""
    page = open_page(studio.url)
    shown_there = studio.ask("/api/pictures/cub/picture.png?side=32")[2]
    page.route(
        "**/api/fits/r*/**", lambda it: it.fulfill(body=shown_there, content_type="image/png")
    )
    fits = [
        {"best": 31.256, "reason": "steps", "seconds": 2.5, "step": 40, "model": "tanh"},
        {"best": 30.0, "reason": "seconds", "seconds": 5.01, "step": 100, "model": "siren"},
        {"best": 12.0, "reason": "seconds", "seconds": 5.0, "step": 900, "model": "ink"},
    ]
    shown = page.evaluate(
        """async (fits) => {
            const { RaceView } = await import("/static/race.js");
            const { store } = await import("/static/live.js");
            const learns = { tanh: "point", siren: "point", ink: "box" };
            for (const [name, footprint] of Object.entries(learns)) {
                store.presets.set(name, { values: { footprint, steps: "1000" } });
            }
            const told = (racers) => {
                const names = racers.map((_, at) => `r${at}`);
                racers.forEach((fit, at) => store.fits.set(names[at], {
                    name: names[at], race: names, state: "finished",
                    points: [], measured: [], frames: [],
                    source: "cub", signal: "picture", asked: { options: { seconds: 5 } }, ...fit,
                }));
                const view = new RaceView(names);
                document.body.append(view.element);
                view.update();
                const lines = [...view.winner.children].map((line) => line.textContent);
                const seen = view.winner.hidden ? null : lines;
                view.element.remove();
                view.destroy();
                return seen;
            };
            const [first, second] = fits;
            return [
                told(fits),
                told([first, { ...second, best: 31.2559 }]),
                told([first, { ...second, state: "running" }]),
            ];
        }""",
        fits,
    )
    won, tied, still = shown
    assert won[:2] == [
        "tanh wins",
        "31.26 dB after 2.5 s of fitting; siren 30.00 dB after 5.0 s, ink 12.00 dB after 5.0 s.",
    ]
    done, slow, crisp = won[2:]
    assert done == "tanh was done after 2.5 s: more steps would not make it better."
    assert slow.startswith("siren made 100 of the 1,000 steps that its preset plans")
    assert crisp.startswith("ink learned averages over the pixels' squares")
    assert tied[0] == "A tie: tanh and siren"
    assert still is None

"""The page, as text and in a real browser."""

import re

import pytest

from redraw.compare.page import make_page, size, verdict
from redraw.compare.report import write_report
from redraw.compare.results import Comparison, Measure

from .test_results import ERROR, comparison, outcome

ODD = '<odd> & "name"'


@pytest.fixture(scope="module")
def page(found, tmp_path_factory):
    """The path of the page of the small comparison."""
    comparison, sheet = found
    path = tmp_path_factory.mktemp("page") / "tiny.html"
    write_report(comparison, sheet, path, command="redraw compare tiny.png --seeds 2")
    return path


def test_nothing_in_the_page_points_outside(page):
    text = page.read_text()
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!data:|#)[^"'\s]*//""", text)
    assert '<link rel="icon" href="data:,">' in text
    assert ODD not in text.replace("\\u003c", "<")[: text.index("<script type")]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, False), (1280, True)])
def test_a_browser_shows_it_whole(open_page, page, width, dark):
    shown = open_page(page.as_uri(), width=width, dark=dark)
    assert shown.title() == "tiny · redraw compare"
    widths = shown.evaluate("[...document.images].filter(i => i.src).map(i => i.naturalWidth)")
    # Original and results, crops with pixels and Lanczos, errors and their scale.
    assert len(widths) == (1 + 2) + (2 + 2) + (2 + 1)
    assert all(each > 0 for each in widths)
    # Nothing is wider than the window; the table scrolls in its own frame.
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    assert shown.locator("tbody tr").count() == 2
    assert "diverges, seed 0" in shown.locator(".failed").inner_text()
    assert shown.locator("svg:visible").count() == 2
    assert shown.locator("svg:visible .line").count() == 4
    assert shown.locator("pre").inner_text() == "redraw compare tiny.png --seeds 2"
    ink, paper = shown.evaluate(
        "(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))"
    )
    light, deep = (sum(map(int, re.findall(r"\d+", c)[:3])) for c in (paper, ink))
    assert (light < deep) == dark


def test_pictures_flip_in_their_place_with_the_keyboard(open_page, page):
    shown = open_page(page.as_uri())
    shown.locator(".tile").nth(1).focus()
    shown.keyboard.press("Enter")
    big = shown.locator("dialog")
    first = big.locator("h2").inner_text()
    assert big.is_visible()
    assert shown.evaluate("document.querySelector('dialog img').naturalWidth") > 0
    shown.keyboard.press("ArrowRight")
    second = big.locator("h2").inner_text()
    assert {first, second} == {"siren", ODD}
    shown.keyboard.press("ArrowDown")
    assert "crop" in big.locator("p").inner_text()
    assert big.locator("h2").inner_text() == second
    shown.keyboard.press("ArrowUp")
    shown.keyboard.press("ArrowLeft")
    assert big.locator("h2").inner_text() == first
    shown.keyboard.press("Escape")
    assert not big.is_visible()


def test_charts_are_read_with_the_keyboard_and_stressed(open_page, page):
    shown = open_page(page.as_uri())
    chart = shown.locator(".chart").nth(1)
    chart.focus()
    shown.keyboard.press("End")
    told = chart.locator(".values").inner_text()
    assert "step" in told
    assert "40" in told
    assert ODD in told
    shown.keyboard.press("ArrowLeft")
    assert chart.locator(".values").inner_text() != told
    shown.keyboard.press("Escape")
    assert not chart.locator(".values").is_visible()
    shown.locator(".legend button").first.click()
    assert shown.locator("svg:visible .line.quiet").count() == 2


def test_without_pictures_or_finishers_there_is_still_a_page(open_page, tmp_path):
    bare = Comparison("gone", {"size": "1 × 1"}, (Measure("q", "quality"),),
                      {"seconds": 1.0, "steps": None, "budget": "25%", "seeds": 1, "threads": 1},
                      ("a",))  # fmt: skip
    write_report(bare, None, tmp_path / "gone.html")
    shown = open_page((tmp_path / "gone.html").as_uri())
    assert "gone" in shown.locator("h1").inner_text()
    assert "at most 25% of its values as parameters" in shown.locator(".facts").inner_text()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"a": (30.0,)}, "a reaches 30.00 dB."),
        ({"a": (30.0,), "b": (34.5,)}, "b reaches 34.50 dB, 4.50 dB ahead of a."),
        ({"a": (30.0, 36.0), "b": (34.5, 35.5)}, "is level with it: their seeds overlap"),
        ({"a": (30.0,), "b": (30.0,)}, "a and b both reach 30.00 dB."),
        ({}, ""),
    ],
)
def test_the_verdict_says_who_did_best(values, said):
    found = comparison([outcome(n, s, v) for n, vs in values.items() for s, v in enumerate(vs)])
    assert said in verdict(found, found.standings())
    assert bool(said) == bool(verdict(found, found.standings()))


def test_the_verdict_of_errors_is_the_other_way_round():
    fits = [outcome("a", 0, 0.5, key="error"), outcome("b", 0, 0.25, key="error")]
    found = comparison(fits, ERROR)
    assert verdict(found, found.standings()) == "b reaches error 0.25, 0.25 below a."


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 KB"), (52_508, "52.5 KB"), (999_499, "999 KB"),
     (999_600, "1 MB"), (2.5e9, "2.5 GB")],
)  # fmt: skip
def test_sizes_are_read_easily(value, shown):
    assert size(value) == shown


def test_names_cannot_become_markup(found):
    comparison_, sheet = found
    text = make_page(comparison_, sheet, "<script>alert(1)</script>")
    assert "<script>alert" not in text
    assert "<odd>" not in text

"""That the watched browser of `conftest.py` sees what is wrong with a page."""

import pytest

GOOD = "<!doctype html><title>good</title><img id=i src='data:image/svg+xml,{svg}'>"
SVG = "%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%227%22 height=%225%22/%3E"


def test_a_good_page_passes(open_page, tmp_path):
    (tmp_path / "page.html").write_text(GOOD.format(svg=SVG))
    page = open_page((tmp_path / "page.html").as_uri(), width=400, dark=True)
    assert page.title() == "good"
    assert page.evaluate("document.getElementById('i').naturalWidth") == 7
    assert page.evaluate("innerWidth") == 400
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("<script>console.error('it broke')</script>", "it broke"),
        ("<script>nothing.here()</script>", "nothing is not defined"),
        ("<img src='missing.png'>", "missing.png"),
        ("<img src='http://192.0.2.1/far.png'>", "http://192.0.2.1"),  # RFC 5737: nobody's
        ("<script>new WebSocket('ws://192.0.2.1/')</script>", "ws://192.0.2.1"),
    ],
)
def test_what_is_wrong_with_a_page_is_noticed(open_page, tmp_path, body, wrong):
    (tmp_path / "page.html").write_text(f"<!doctype html><title>bad</title>{body}")
    page = open_page((tmp_path / "page.html").as_uri())
    page.wait_for_timeout(100)
    assert any(wrong in found for found in open_page.wrong)
    open_page.wrong.clear()

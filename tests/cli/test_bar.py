"""The bar of work that says how far it is."""

import io

import pytest
from rich.console import Console

from redraw.cli.bar import Bar, NoBar, bar


def test_a_bar_says_what_is_done_and_how_much_of_it():
    text = io.StringIO()
    shown = Bar(Console(file=text, force_terminal=True, width=60), "exporting", 4.0)
    with shown.showing():
        shown.advance(1.0)
        shown.showing().refresh()  # type: ignore[attr-defined]
        shown.reach(3.0)
        shown.showing().refresh()  # type: ignore[attr-defined]
    for told in ("exporting", " 25 %", " 75 %"):
        assert told in text.getvalue()


def test_a_pipe_gets_none(capsys):
    assert isinstance(bar("exporting", 1.0), NoBar)


@pytest.mark.parametrize("ending", ["svg", "dzi", "html"])
def test_an_export_tells_the_bar_how_far_it_is(redraw, tmp_path, monkeypatch, ending):
    import numpy as np

    import redraw as library

    levels = np.full((32, 32, 3), 255, np.uint8)
    levels[8:20, 10:25] = (200, 30, 40)
    library.fit(levels, model="cel", steps=5).save(tmp_path / "a.redraw")
    told: list[float] = []

    class Kept(NoBar):
        def reach(self, parts: float) -> None:
            told.append(parts)

    monkeypatch.setattr("redraw.cli.bar.bar", lambda doing, parts: Kept())
    out = tmp_path / f"a.{ending}"
    assert redraw("export", tmp_path / "a.redraw", out, "--quiet").code == 0
    assert told == []
    assert redraw("export", tmp_path / "a.redraw", out, "--force").code == 0
    assert told == sorted(told)
    assert told[0] > 0.0
    assert told[-1] == (pytest.approx(1.0) if ending != "html" else told[0])

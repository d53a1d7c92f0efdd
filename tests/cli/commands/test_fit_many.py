import json

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("quick_children")
SMALL = ("--model", "siren", "--set", "hidden=4", "--steps", "2")


@pytest.fixture
def scans(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    for name, shade in (("a", 40), ("b", 200)):
        values = np.full((5, 6), shade, np.uint8)
        values[2:, 3:] = 255 - shade
        Image.fromarray(values).save(tmp_path / f"scans/{name}.png")
    (tmp_path / "scans/c.png").write_bytes(b"GIF89a?")
    return tmp_path


def test_a_folder_becomes_a_folder_of_fields(redraw, scans):
    first = redraw("fit", "scans", "-o", "out", *SMALL)
    assert first.code == 1
    assert "2 fields made" in first.out
    assert "1 picture failed" in first.out
    assert sorted(path.name for path in (scans / "out").glob("*.redraw")) == [
        "a.redraw",
        "b.redraw",
    ]
    again = redraw("fit", "scans", "-o", "out", *SMALL, "--json")
    events = [json.loads(line) for line in again.out.splitlines()]
    assert [event.get("skipped") for event in events[:3]] == [True] * 3
    assert events[3]["made"] == 0
    assert events[3]["skipped"] == 3
    assert again.code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("scans",), "-o FOLDER"),
        (("scans", "-o", "scans/a.png"), "is a file"),
        (("scans", "-o", "out", "--run", "x.run"), "--run is for one signal"),
        (("scans", "-o", "out", "--targets", "y"), "--targets is for one signal"),
        (("scans/a.png", "--jobs", "2"), "--jobs is for several pictures"),
        (("scans/a.png", "--jobs", "0"), "--jobs is for several pictures"),
        (("scans", "-o", "out", "--jobs", "0"), "--jobs is 0; accepted: whole numbers from 1"),
        (("scans", "-o", "out", "--set", "omga=3"), "omga"),
        (("scans/a.png", "scans/gone.png", "-o", "out"), "does not exist"),
    ],
)
def test_refusals_come_before_anything_is_made(redraw, scans, words, told):
    found = redraw("fit", *words)
    assert found.code == 2
    assert told in found.err
    assert not (scans / "out").exists()


def test_a_dry_run_says_what_would_be_done_and_makes_nothing(redraw, scans):
    plan = redraw("fit", "scans", "-o", "out", *SMALL, "--dry-run")
    assert plan.code == 0
    assert "3 pictures into out/" in plan.out
    assert "nothing is done yet" in plan.out
    assert "scans/a.png -> out/a.redraw" in plan.out
    assert not (scans / "out").exists()
    told = redraw("fit", "scans", "-o", "out", *SMALL, "--dry-run", "--json").objects[0]
    assert (told["event"], told["pictures"], told["finished"]) == ("plan", 3, 0)

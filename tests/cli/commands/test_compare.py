import csv
import json
import signal
import statistics
from pathlib import Path

import pytest

SMALL = ("--steps", "5", "--models", "siren,relu", "--threads", "1")


def test_a_comparison_writes_a_page_json_and_csv(redraw, picture):
    done = redraw("compare", picture, *SMALL, "--seeds", "2")
    assert done.code == 0, done.err
    assert "2 entrants with 2 seeds: siren, relu" in done.out
    assert "siren, seed 1: " in done.out
    assert "tiny-compare.html: the page" in done.out
    found = json.loads(Path("tiny-compare.json").read_text())
    assert {s["name"] for s in found["summary"]} == {"siren", "relu"}
    assert found["summary"][0]["psnr"]["median"] >= found["summary"][1]["psnr"]["median"]
    assert found["terms"]["steps"] == 5
    rows = list(csv.DictReader(Path("tiny-compare.csv").read_text().splitlines()))
    assert [(row["name"], row["seed"], row["steps"]) for row in rows if row["seed"] == "0"] == [
        (outcome["name"], "0", "5") for outcome in found["outcomes"] if outcome["seed"] == 0
    ]
    assert len(rows) == 4
    # What each used, in the table: the median of its seeds.
    table = done.out[done.out.index("entrant ") :].splitlines()
    heads = table[0].split()
    lines = [line.split() for line in table if line.split()[:1] in (["siren"], ["relu"])]
    assert heads.index("seconds") < heads.index("parameters")
    for summary, line in zip(found["summary"], lines, strict=True):
        used = [o["seconds"] for o in found["outcomes"] if o["name"] == summary["name"]]
        assert summary["seconds"]["median"] == statistics.median(used)
        assert f"{statistics.median(used):.3g}" in line
    assert "<!doctype html>" in Path("tiny-compare.html").read_text()


def test_json_lines_say_whose_they_are(redraw, picture):
    done = redraw("compare", picture, *SMALL, "--json", "-o", "other.html")
    assert done.code == 0
    *events, last = done.objects
    assert {(e["event"], e["name"]) for e in events} >= {
        (event, name) for event in ("started", "finished") for name in ("siren", "relu")
    }
    assert last["event"] == "comparison"
    assert (last["page"], last["json"], last["csv"]) == ("other.html", "other.json", "other.csv")
    assert [o["steps"] for o in last["outcomes"]] == [5, 5]


def test_quiet_is_quiet(redraw, picture):
    done = redraw("compare", picture, *SMALL, "-q")
    assert (done.code, done.out, done.err) == (0, "", "")
    only = redraw("compare", picture, *SMALL, "-q", "--json", "--force")
    assert [o["event"] for o in only.objects] == ["comparison"]


@pytest.mark.parametrize("there", ["tiny-compare.html", "tiny-compare.json", "tiny-compare.csv"])
def test_no_file_is_replaced_unless_asked_to(redraw, picture, there):
    Path(there).write_text("mine")
    refused = redraw("compare", picture, *SMALL)
    assert refused.code == 1
    assert f"{there} exists already" in refused.complaint
    assert Path(there).read_text() == "mine"
    assert len(list(Path().glob("tiny-compare.*"))) == 1
    assert redraw("compare", picture, *SMALL, "--force").code == 0
    assert Path(there).read_text() != "mine"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--models", "sirn"], 2, "unknown preset 'sirn'; did you mean 'siren'"),
        (["--models", "siren,siren"], 2, "takes part twice"),
        (["--models", ","], 2, "nobody takes part"),
        (["--steps", "3", "--seconds", "3"], 2, "both --seconds and --steps"),
        (["--seeds", "0"], 2, "seeds is 0"),
        (["--crop", "1,2,3"], 2, "'1,2,3' is not X0,Y0,X1,Y1"),
        (["--crop", "1,2,30,4"], 2, "does not lie within the picture's 8 × 8 pixels"),
        (["--crop", "4,2,4,4"], 2, "X0 < X1"),
        (["-o", "page.pdf"], 2, "end the name in .html"),
        (["-o", "nowhere/page.html"], 1, "the folder nowhere does not exist"),
        (["--config", "missing.toml"], 2, "can't be read"),
        (["--models", "siren", "--steps", "3", "--engine", "gpu"], 2, "unknown engine 'gpu'"),
        (["--models", "siren", "--steps", "3", "--budget", "3"], 1, "siren: the smallest such"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_before_anything_is_written(
    redraw, picture, options, code, said
):
    refused = redraw("compare", picture, "-q", *options)
    assert refused.code == code
    assert said in refused.complaint
    assert not list(Path().glob("*.html"))


def test_a_missing_picture_is_refused(redraw):
    assert "does not exist" in redraw("compare", "nowhere.png").complaint


def test_one_that_fails_does_not_stop_the_others(redraw, picture):
    Path("more.toml").write_text('[typo]\nmodel = "siren"\nomgea = 3\n[fine]\nmodel = "relu"\n')
    done = redraw("compare", picture, "--steps", "3", "--config", "more.toml")
    assert done.code == 0
    assert "note: typo failed: typo in more.toml: unknown setting 'omgea'" in done.out
    assert "1 fit failed" in done.out
    assert "fine: " in done.out
    assert "unknown setting" in Path("tiny-compare.html").read_text()


@pytest.mark.usefixtures("quick_children")
def test_ctrl_c_reports_what_there_is(child, picture):
    process = child("compare", picture, "--models", "siren,relu", "--steps", "100000000", "--json")
    for line in process.stdout:
        event = json.loads(line)
        if (event["event"], event.get("name")) == ("started", "relu"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 130, err
    last = json.loads(out.splitlines()[-1])
    assert last["stopped"]
    assert {o["reason"] for o in last["outcomes"]} == {"stopped"}
    assert "stopped early" in Path("tiny-compare.html").read_text()

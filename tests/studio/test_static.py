"""The page's files: all are in the wheel, with the licences of what others have written."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "redraw" / "studio" / "static"


def test_every_file_that_the_page_asks_for_is_there():
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    asked = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert len(asked) >= 5
    for module in STATIC.glob("*.js"):
        asked += re.findall(r'from "\./([^"]+)"', module.read_text(encoding="utf-8"))
    assert {name for name in asked if not (STATIC / name).is_file()} == set()


def test_what_may_be_chosen_is_what_is_taken():
    """All tables by their endings, and pictures that browsers call by no type of their own."""
    from redraw.studio.asking import PICTURES
    from redraw.studio.library import TABLES

    (accepted,) = re.findall(r'accept: "image/\*,([^"]+)"', (STATIC / "start.js").read_text())
    endings = set(accepted.split(","))
    assert set(TABLES) <= endings <= PICTURES | set(TABLES)


def test_pictures_of_presets_are_of_presets_that_there_are():
    from redraw.fitting.plan.presets import PRESETS

    shown = {file.stem for file in (STATIC / "presets").glob("*.png")}
    assert len(shown) >= 9
    assert shown <= set(PRESETS)


def test_nothing_is_asked_of_other_machines():
    own = [*STATIC.glob("*.js"), STATIC / "index.html", STATIC / "studio.css"]
    for file in own:
        assert not re.findall(r"https?://|@import", file.read_text(encoding="utf-8")), file.name


def test_what_others_have_written_has_its_licence():
    vendored = {file.name.split(".")[0] for file in (STATIC / "vendor").iterdir()}
    for name in {name.removesuffix("-LICENSE") for name in vendored}:
        licence = STATIC / "vendor" / f"{name}-LICENSE.txt"
        assert "Copyright" in licence.read_text(encoding="utf-8"), name


def test_the_wheel_takes_the_whole_package():
    # hatchling packs what lies in these folders, but for what Git is told to ignore.
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = told["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": ["src/redraw"]}
    assert set(told["tool"]["hatch"]["build"]) == {"targets"}
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout, so nothing is ignored")
    files = [str(file) for file in STATIC.rglob("*") if file.is_file()]
    ignored = subprocess.run(["git", "check-ignore", *files], cwd=ROOT, capture_output=True)
    assert (ignored.returncode, ignored.stdout) == (1, b"")


def test_all_of_it_is_in_a_built_wheel(tmp_path):
    pytest.importorskip("hatchling", reason="building a wheel here needs hatchling")
    # The backend itself, as a build would call it, but with no environment of its own to download.
    build = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for file in STATIC.rglob("*"):
            if file.is_file():
                name = file.relative_to(ROOT / "src").as_posix()
                assert archive.read(name) == file.read_bytes(), name
        names = archive.namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name]

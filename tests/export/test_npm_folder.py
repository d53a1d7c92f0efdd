"""The folder for npm: what `npm pack` would send is there, and is what its README says."""

import json
import re
import shutil
import subprocess
from importlib.resources import files

import pytest

FOLDER = files("redraw.export") / "web" / "npm"


def package():
    return json.loads((FOLDER / "package.json").read_text())


def test_all_that_is_sent_is_there():
    for name in package()["files"]:
        # The learned model is copied beside them when it is packed.
        where = files("redraw.coding") if name == "model-1.bin" else FOLDER
        assert (where / name).is_file(), name
    assert package()["main"] in package()["files"]


def test_the_readme_uses_what_the_script_defines():
    readme = (FOLDER / "README.md").read_text()
    script = (FOLDER / package()["main"]).read_text()
    assert 'customElements.define("redraw-field"' in script
    used = set(re.findall(r"<redraw-field([^>]*)>", readme))
    names = {name for tag in used for name in re.findall(r"\b([a-z]+)(?:=|(?=\s|$))", tag)}
    assert {"src"} <= names
    for name in names:
        assert f'"{name}"' in script or f"{name}:" in script or f".{name}" in script, name


@pytest.mark.slow
def test_npm_packs_it(tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    copy = tmp_path / "npm"
    shutil.copytree(str(FOLDER), copy)
    (copy / "model-1.bin").write_bytes((files("redraw.coding") / "model-1.bin").read_bytes())
    done = subprocess.run(
        ["npm", "pack", "--json", "--dry-run", "--ignore-scripts"],
        cwd=copy, capture_output=True, text=True, check=True,
    )  # fmt: skip
    sent = {each["path"] for each in json.loads(done.stdout)[0]["files"]}
    assert sent == {*package()["files"], "package.json"}

"""That the project's own promises hold: versions, constraints, decisions, and setting it up."""

import os
import re
import shutil
import stat
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import redraw

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def requirements():
    """All that pyproject.toml asks for, the build tools included."""
    project = PYPROJECT["project"]
    texts = [
        *PYPROJECT["build-system"]["requires"],
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
    ]
    return [Requirement(text) for text in texts]


def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_the_version_stands_in_one_place():
    assert redraw.__version__ == version("redraw") == PYPROJECT["project"]["version"]
    assert not re.search(r"^__version__ = ", (ROOT / "src/redraw/__init__.py").read_text(), re.M)


def test_types_are_promised():
    assert (ROOT / "src/redraw/py.typed").exists()


def test_constraints_are_exact_and_open_about_the_build():
    for constraint in constraints():
        assert constraint.url is None
        (specifier,) = constraint.specifier
        assert specifier.operator == "=="
        assert Version(specifier.version).local is None, "a local label excludes other builds"


def test_every_requirement_is_constrained_within_its_range():
    pinned = {canonicalize_name(c.name): c.specifier for c in constraints()}
    for requirement in requirements():
        (specifier,) = pinned[canonicalize_name(requirement.name)]
        assert specifier.version in requirement.specifier, requirement


def test_requirements_have_a_lower_bound():
    for requirement in requirements():
        assert any(s.operator == ">=" for s in requirement.specifier), requirement


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt", "Makefile", "scripts/setup"])
def test_no_address_is_chosen_for_the_user(file):
    assert not re.search(r"https?:|file:|index-url|find-links", (ROOT / file).read_text())


def test_decisions_are_numbered_and_titled_alike():
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:03}-")
        text = page.read_text()
        assert text.startswith(f"# {number:03}: ")
        assert "## Context\n" in text
        assert "## Choice\n" in text
        assert "## What would change our mind\n" in text


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / page).read_text()):
        if not target.startswith("https:"):
            assert (ROOT / target).exists(), f"{page} links to {target}"


# --- scripts/setup, with a Python that only pretends ---------------------------------------------

PRETENDER = """#!/bin/sh
# As much of Python as scripts/setup asks for; what it is asked to do is written down.
echo "$*" >> "$LOG"
case "$*" in
    --version) echo "Python $PRETENDED" ;;
    *"version_info < (3, 11)"*) [ "$PRETENDED" != 3.10.4 ] ;;
    *ensurepip*) [ -z "$WITHOUT_ENSUREPIP" ] ;;
    "-m venv"*)
        for folder in "$@"; do :; done
        mkdir -p "$folder/bin"
        cp "$0" "$folder/bin/python"
        ;;
    *"install --quiet --editable"*)
        echo "constraint: $PIP_CONSTRAINT $PIP_BUILD_CONSTRAINT" >> "$LOG"
        [ -z "$NETWORK_FAILS" ]
        ;;
esac
"""


@pytest.fixture
def setup(tmp_path):
    """A copy of what `scripts/setup` needs; calling it gives the process and what Python did."""
    project = tmp_path / "a project"  # with a space in its path
    (project / "scripts").mkdir(parents=True)
    for name in ("pyproject.toml", "constraints.txt", "scripts/setup"):
        shutil.copy(ROOT / name, project / name)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("python3", "python3.12"):
        (tools / name).write_text(PRETENDER)
        (tools / name).chmod(stat.S_IRWXU)
    log = tmp_path / "log"

    def run(python="3.12.1", at=project, **environment):
        log.write_text("")
        done = subprocess.run(
            [at / "scripts/setup"],
            # Shell tools only: no real Python must be found.
            env={"PATH": f"{tools}:{shell_tools(tmp_path)}", "LOG": str(log), "PRETENDED": python}
            | environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        return done, log.read_text()

    run.project = project
    return run


def shell_tools(folder):
    """A folder with the shell tools that scripts/setup uses."""
    bin_folder = folder / "bin"
    if not bin_folder.exists():
        bin_folder.mkdir()
        for name in ("cat", "cksum", "cp", "dirname", "mkdir", "rm", "sed", "sh"):
            os.symlink(shutil.which(name), bin_folder / name)
    return bin_folder


def test_setup_installs_once(setup):
    done, log = setup()
    assert done.returncode == 0, done.stderr
    assert "-m venv .venv" in log
    extras = "cluster,dev,excel,hdr,heif,jxl,large,onnx,parquet,pdf,studio,tiff,tune,video"
    assert f"install --quiet --editable .[{extras}]" in log
    assert "constraint: constraints.txt constraints.txt" in log

    done, log = setup()
    assert done.returncode == 0
    assert "install" not in log
    assert done.stdout == ""


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt"])
def test_setup_installs_again_when_its_ground_has_changed(setup, file):
    setup()
    with (setup.project / file).open("a") as text:
        text.write("\n")
    done, log = setup()
    assert done.returncode == 0
    assert "-m venv" not in log
    assert "install --quiet --editable" in log
    assert "install" not in setup()[1]


def test_setup_starts_over_after_an_interruption(setup):
    done, _ = setup(NETWORK_FAILS="yes")
    assert done.returncode != 0
    (setup.project / ".venv/half-a-package").touch()
    done, log = setup()
    assert done.returncode == 0
    assert "making it afresh" in done.stdout
    assert "-m venv .venv" in log
    assert not (setup.project / ".venv/half-a-package").exists()


def test_setup_is_not_fooled_by_the_record_of_an_earlier_installation(setup):
    setup()
    constraints = setup.project / "constraints.txt"
    before = constraints.read_text()
    constraints.write_text(before + "\n")
    assert setup(NETWORK_FAILS="yes")[0].returncode != 0  # half of the new is installed now
    constraints.write_text(before)
    assert "making it afresh" in setup()[0].stdout


@pytest.mark.parametrize("left", ["nothing", "broken python"])
def test_setup_starts_over_from_half_an_environment(setup, left):
    (setup.project / ".venv/bin").mkdir(parents=True)
    if left == "broken python":
        (setup.project / ".venv/bin/python").symlink_to("/nowhere/python3")
    done, log = setup()
    assert done.returncode == 0, done.stderr
    assert "-m venv .venv" in log


def test_setup_starts_over_when_the_project_was_moved(setup):
    setup()
    moved = setup.project.rename(setup.project.with_name("moved"))
    done, log = setup(at=moved)  # the programs in .venv/bin still name the old place
    assert done.returncode == 0
    assert "making it afresh" in done.stdout
    assert "install --quiet --editable" in log


def test_setup_without_ensurepip_fills_the_environment_from_outside(setup):
    done, log = setup(WITHOUT_ENSUREPIP="yes")
    assert done.returncode == 0, done.stderr
    assert "-m venv --without-pip .venv" in log
    assert "-m pip --python .venv/bin/python install --quiet pip" in log


def test_setup_says_when_python_is_too_old(setup):
    done, log = setup("3.10.4")
    assert done.returncode == 1
    assert "needs Python 3.11 or later, and found Python 3.10.4" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert "venv" not in log
    assert not (setup.project / ".venv").exists()


def test_setup_says_when_the_chosen_python_will_not_do(setup):
    done, _ = setup(PYTHON="/nowhere/python")
    assert done.returncode == 1
    assert "PYTHON=/nowhere/python is not Python 3.11 or later" in done.stderr


def test_check_says_when_nothing_is_installed(setup):
    shutil.copy(ROOT / "scripts/check", setup.project / "scripts/check")
    done = subprocess.run([setup.project / "scripts/check"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "make setup" in done.stderr
    done = subprocess.run(
        [setup.project / "scripts/check", "--fast"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "usage: scripts/check [--slow]" in done.stderr


@pytest.mark.parametrize(
    ("tools", "user", "said", "asked"),
    [
        ({"chromium": ""}, 0, "", ""),
        ({}, 0, "pages will not be opened", ""),
        ({"apt-get": ""}, 1000, "only root", ""),
        ({"apt-get": ""}, 0, "installing", "install"),
        ({"apt-get": "exit 100"}, 0, "could not install", "install update"),
    ],
)
def test_chromium_is_installed_where_that_is_simple(tmp_path, tools, user, said, asked):
    log = tmp_path / "log"
    log.touch()
    for name, body in {**tools, "id": f"echo {user}"}.items():
        words = 'for word; do case $word in install|update) echo $word >> "$LOG"; esac; done'
        (tmp_path / name).write_text(f"#!/bin/sh\n{words if name == 'apt-get' else ''}\n{body}\n")
        (tmp_path / name).chmod(stat.S_IRWXU)
    shell = shutil.which("sh")
    done = subprocess.run(
        [shell, ROOT / "scripts/chromium"],
        env={"PATH": str(tmp_path), "LOG": str(log)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert said in done.stdout
    assert bool(said) == bool(done.stdout)
    assert log.read_text().split() == asked.split()


@pytest.fixture
def check(tmp_path):
    """`scripts/check` with tools that only pretend; the one called `bad` finds something."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/check", tmp_path / "scripts/check")
    tools = tmp_path / ".venv/bin"
    tools.mkdir(parents=True)
    for name in ("ruff", "basedpyright", "lint-imports", "pytest", "python"):
        (tools / name).write_text(f'#!/bin/sh\n[ "$BAD" != {name} ]\n')
        (tools / name).chmod(stat.S_IRWXU)

    def run(*options, **environment):
        return subprocess.run(
            [tmp_path / "scripts/check", *options],
            env={"PATH": os.environ.get("PATH", os.defpath)} | environment,
            capture_output=True,
            text=True,
        )

    return run


def test_check_runs_all_parts(check):
    done = check()
    assert done.returncode == 0
    parts = re.findall(r"^== (\w+):", done.stdout, re.M)
    assert parts == ["format", "style", "types", "arrows", "tests"]
    assert re.findall(r"^  (\w+) +passed", done.stdout, re.M) == parts
    assert "slow" not in done.stdout
    both = check("--slow").stdout
    assert re.findall(r"^== (\w+):", both, re.M) == [*parts, "slow"]
    assert re.search(r"^== slow: env NUMBA_BOUNDSCHECK=1 .* -m slow ", both, re.M)


@pytest.mark.parametrize(("bad", "part"), [("ruff", "format"), ("lint-imports", "arrows")])
def test_check_stops_at_the_first_failure(check, bad, part):
    done = check(BAD=bad)
    assert done.returncode == 1
    assert re.search(rf"^  {part} +FAILED", done.stderr, re.M)
    assert "== tests" not in done.stdout


def test_check_tells_everything_in_continuous_integration(check):
    done = check(BAD="lint-imports", CI="true")
    assert done.returncode == 1
    assert re.search(r"^  arrows +FAILED", done.stderr, re.M)
    assert re.search(r"^  tests +passed", done.stderr, re.M)

"""What `import redraw` brings, and what it costs."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import redraw

HEAVY = ["torch", "numba", "numpy", "PIL", "matplotlib", "rich", "cyclopts", "safetensors"]


def loaded_after(program: str) -> set[str]:
    """The heavy modules that are loaded after `program`."""
    report = f"{program}\nimport sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_loads_nothing_heavy():
    assert loaded_after("import redraw; dir(redraw); redraw.__version__") == set()


def test_reading_pictures_does_not_need_pytorch():
    assert loaded_after("from redraw import Picture, read, RedrawError") == {"numpy"}


@pytest.mark.parametrize(
    "module", ["redraw.cli.app", "redraw.cli.commands.fit", "redraw.cli.commands.render"]
)
def test_commands_are_loaded_without_what_they_run(module):
    assert not {"torch", "numba", "numpy"} & loaded_after(f"import {module}")


GOLDEN = Path(__file__).parent / "golden"
CODED, DRAWING = GOLDEN / "coded" / "dot.redraw", GOLDEN / "drawings" / "rgb.redraw"
# What a command brings besides, each in milliseconds of every use of it.
COSTLY = ["torch", "numba", "PIL", "matplotlib", "safetensors", "scipy", "OpenImageIO", "tifffile"]


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ("['--help']", set()),
        ("['fit', '--help']", set()),
        ("['presets']", set()),
        (f"['info', {str(CODED)!r}]", set()),
        (f"['info', {str(DRAWING)!r}]", set()),
        (f"['render', {str(CODED)!r}, 'out.png', '--quiet']", {"numba"}),
    ],
)
def test_commands_bring_no_more_than_they_need(arguments, needed, tmp_path):
    program = (
        "import contextlib, io, sys\nfrom redraw.cli.app import run\n"
        f"with contextlib.redirect_stdout(io.StringIO()):\n    code = run({arguments})\n"
        f"print(code, *[name for name in {COSTLY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    code, *found = done.stdout.split()
    assert code in ("0", "None")
    # Numba asks for SciPy where it is installed: what it needs is its own.
    assert set(found) - ({"scipy"} if needed else set()) == needed


def test_all_names_are_there_and_few():
    assert len(redraw.__all__) <= 12
    assert list(redraw.__all__) == sorted(redraw.__all__)
    for name in redraw.__all__:
        assert getattr(redraw, name).__name__ == name
        assert getattr(redraw, name).__doc__
    assert set(redraw.__all__) <= set(dir(redraw))


def test_the_names_for_type_checkers_are_the_real_ones():
    import ast
    from pathlib import Path

    tree = ast.parse(Path(redraw.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("redraw")
        for alias in node.names
    }
    assert imported == redraw._HOMES
    assert set(imported) == set(redraw.__all__)


def test_version_is_the_installed_one():
    assert redraw.__version__ == version("redraw")


def test_other_names_are_unknown():
    with pytest.raises(AttributeError, match="module 'redraw' has no attribute 'fti'"):
        _ = redraw.fti


def test_the_package_is_typed():
    from importlib.resources import files

    assert files("redraw").joinpath("py.typed").is_file()

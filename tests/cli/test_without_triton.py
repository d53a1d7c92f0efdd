"""Every command where Triton can't be imported, as with PyTorch for processors alone."""

import json
import subprocess
import sys

import pytest
from PIL import Image
from tests.cli.conftest import drawing

import redraw.cli.commands as commands

FIT = ("--model", "siren", "--steps", "3", "--set", "hidden=8")
LINES = (
    ("fit", "tiny.png", *FIT, "--frames", "2", "-o", "a.redraw", "--run", "a.run"),
    ("resume", "a.run", "--steps", "2"),
    ("render", "a.redraw", "larger.png", "--scale", "2"),
    ("info", "a.redraw"),
    ("diff", "tiny.png", "a.redraw"),
    ("fit", "table.csv", "--inputs", "x", "--targets", "value", *FIT, "-o", "table.redraw"),
    ("predict", "table.redraw", "table.csv", "answers.csv"),
    ("quantize", "a.redraw", "whole.redraw"),
    ("convert", "whole.redraw", "b.png"),
    ("export", "a.redraw", "a.html"),
    ("trace", "tiny.png", "a.svg"),
    ("timelapse", "a.run", "a.gif"),
    ("plot", "a.run", "curve.png"),
    ("csv", "encode", "tiny.png", "tiny.csv"),
    ("compare", "tiny.png", "--models", "siren,relu", "--steps", "3", "-o", "compared.html"),
    ("tune", "tiny.png", "--model", "siren", "--trials", "1", "--steps", "3"),
    ("examples",),
    ("presets",),
    ("studio", "--help"),
)
PROGRAM = """
import json, sys
sys.modules["triton"] = None
from redraw.cli import main
told = {}
for line in json.loads(sys.argv[1]):
    try:
        told[" ".join(line)] = main(line)
    except SystemExit as end:
        told[" ".join(line)] = end.code
print("TOLD" + json.dumps(told))
"""


@pytest.mark.slow
def test_all_commands_work_without_triton(tmp_path):
    Image.fromarray(drawing()).save(tmp_path / "tiny.png")
    rows = "\n".join(f"{x / 9},{x % 3 / 2}" for x in range(10))
    (tmp_path / "table.csv").write_text(f"x,value\n{rows}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(LINES)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (told,) = [line for line in done.stdout.splitlines() if line.startswith("TOLD")]
    failed = {line: code for line, code in json.loads(told[4:]).items() if code}
    assert not failed, done.stderr[-2000:]


def test_every_command_is_tried_without_triton():
    import pkgutil

    known = {module.name for module in pkgutil.iter_modules(commands.__path__)}
    assert {line[0] for line in LINES} == known

"""A tiny fit, and the command line in this process and in others."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from redraw.cli import main

Command = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; whatever else there is fails."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line of standard error, which is all there may be."""
        assert self.err.startswith("redraw: "), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("redraw: ").rstrip("\n")


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, and the engine that needs no compiling."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDRAW_ENGINE", "reference")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def redraw(capfd: pytest.CaptureFixture[str]) -> Command:
    """`redraw("fit", path, "--json")` in this process."""

    def run(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def drawing(size: int = 8) -> np.ndarray:
    """Ink and paper with a grey edge: a picture that gets `ink`."""
    values = np.full((size, size), 255, np.uint8)
    values[2 : size - 2, 2:4] = 0
    values[2, 4] = 128
    return values


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """An 8 x 8 drawing."""
    path = tmp_path / "tiny.png"
    Image.fromarray(drawing()).save(path)
    return path


@pytest.fixture(scope="session")
def tiny_fit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny.png, tiny.redraw and tiny.run of a finished fit. Not to be changed."""
    folder = tmp_path_factory.mktemp("fit")
    Image.fromarray(drawing()).save(folder / "tiny.png")
    before, environment = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    os.environ["REDRAW_ENGINE"] = "reference"
    try:
        assert main(["fit", "tiny.png", "--steps", "5", "--frames", "4", "--quiet"]) == 0
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)
    return folder


@pytest.fixture
def fitted(tiny_fit: Path, tmp_path: Path) -> Path:
    """A copy of the tiny fit in the current folder, to be changed at will."""
    shutil.copytree(tiny_fit, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def quick_children(plain_surroundings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits in other processes load kernels: optimizers of PyTorch import its compiler, a second."""
    monkeypatch.setenv("REDRAW_ENGINE", "cpu")


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts `redraw` in a process of its own."""

    def start(*arguments: object, **options: Any) -> subprocess.Popen[str]:
        command: Sequence[str] = [sys.executable, "-m", "redraw", *map(str, arguments)]
        defaults = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=tmp_path, **{**defaults, **options})

    return start

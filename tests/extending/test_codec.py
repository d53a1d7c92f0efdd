"""Another package adds a codec of field files: no file is edited."""

import numpy as np
import pytest
from tests.extending import toy_codec, toys
from tests.extending.test_extending import board

import redraw
from redraw.cli.app import run as redraw_command
from redraw.errors import FileFormatError


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A field of a board, in a file of its own codec."""
    monkeypatch.chdir(tmp_path)
    with toys.registered(), toy_codec.registered():
        settings = {"encoding": "small-blocks", "blocks": 6}
        redraw.fit(board(), model="blocky", **settings).save("board.redraw")
        yield tmp_path / "board.redraw"


def test_its_files_hold_what_it_wrote_and_are_drawn(small, capsys):
    data = small.read_bytes()
    assert data[:4] == b"\x89RDW"
    row = [191, 64, 191, 64, 191, 64]  # of 0.75 and 0.25
    assert bytes((row + row[::-1]) * 3) in data
    drawn = redraw.load(small).render(24, 24).values
    assert np.abs(drawn - board().values).max() <= 0.5 / 255 + 1e-6
    assert redraw_command(["info", small.name]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "means 36 bytes" in told
    assert redraw_command(["render", small.name, "larger.png", "--size", "48x48"]) == 0


def test_damage_is_told_and_without_it_the_file_is_refused(small):
    data = small.read_bytes()
    small.with_name("cut.redraw").write_bytes(data[:-20])
    with pytest.raises(FileFormatError):
        redraw.load(small.with_name("cut.redraw"))


def test_without_the_package_its_files_are_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with toys.registered(), toy_codec.registered():
        settings = {"encoding": "small-blocks", "blocks": 6}
        redraw.fit(board(), model="blocky", **settings).save("board.redraw")
    with pytest.raises(FileFormatError, match="holds nothing that this redraw knows"):
        redraw.load("board.redraw")

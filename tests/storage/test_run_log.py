"""The log: whole lines or nothing, and rewinding to what it was."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.errors import OutputError
from redraw.storage import run_log


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.jsonl"


def steps(log):
    return [entry["step"] for entry in run_log.read(log)]


def test_entries_come_back_in_order(log):
    assert run_log.read(log) == []
    entries = [{"step": n, "loss": 1 / (n + 1), "note": "ü\n\r\u2028"} for n in range(5)]
    for entry in entries:
        run_log.append(log, entry)
    assert run_log.read(log) == entries
    assert [json.loads(line) for line in log.read_bytes().split(b"\n")[:-1]] == entries


def test_numbers_that_are_not_finite_become_null(log):
    run_log.append(log, {"step": 1, "loss": math.nan, "psnr": math.inf})
    assert run_log.read(log) == [{"step": 1, "loss": None, "psnr": None}]


@pytest.mark.parametrize("entry", [{}, {"step": None}, {"step": 1.0}, {"step": True}])
def test_an_entry_without_a_step_is_a_bug(log, entry):
    with pytest.raises(ValueError, match="integer step"):
        run_log.append(log, entry)
    assert not log.exists()


def test_a_torn_last_line_is_left_out_and_removed(log):
    for n in range(3):
        run_log.append(log, {"step": n})
    whole = log.read_bytes()
    line = b'{"loss":0.5,"step":3}\n'
    for length in range(1, len(line)):  # the whole line without its end is torn as well
        log.write_bytes(whole + line[:length])
        assert steps(log) == [0, 1, 2]
        run_log.repair(log)
        assert log.read_bytes() == whole


@given(st.lists(st.binary(max_size=30), max_size=5), st.binary(max_size=30))
@settings(deadline=None)
def test_reading_survives_any_bytes(tmp_path_factory, lines, last):
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    log.write_bytes(b"\n".join([*lines, b'{"step":7}', last]))
    assert 7 in steps(log)
    run_log.repair(log)
    run_log.append(log, {"step": 8})
    assert steps(log)[-1] == 8
    assert 7 in steps(log)
    run_log.rewind(log, 0, 7)
    assert 8 not in steps(log)
    assert 7 in steps(log)


def test_rewinding_keeps_what_was_there_and_drops_what_came_after(log):
    for step in (1, 2, 3):
        run_log.append(log, {"step": step})
    size = run_log.sync(log)
    before = log.read_bytes()
    assert size == len(before)
    for step in (4, 5):
        run_log.append(log, {"step": step})
    run_log.rewind(log, size, 3)
    assert log.read_bytes() == before


def test_rewinding_keeps_the_entries_from_before_a_rollback(log):
    for step in (100, 200, 300, 100, 150):  # back to 100 after 300 went wrong
        run_log.append(log, {"step": step})
    size = run_log.sync(log)
    for step in (160, 170):
        run_log.append(log, {"step": step})
    run_log.rewind(log, size, 150)
    assert steps(log) == [100, 200, 300, 100, 150]


def test_rewinding_keeps_what_was_said_about_the_step_after_it_was_saved(log):
    run_log.append(log, {"step": 1})
    size = run_log.sync(log)
    run_log.append(log, {"step": 1, "event": "interrupted"})
    run_log.append(log, {"step": 2})
    run_log.rewind(log, size, 1)
    assert run_log.read(log) == [{"step": 1}, {"step": 1, "event": "interrupted"}]


def test_a_log_that_is_not_there(log):
    assert run_log.sync(log) == 0
    run_log.rewind(log, 10, 10)
    run_log.repair(log)
    assert not log.exists()


def test_a_log_that_is_a_folder(log):
    log.mkdir()
    for call in (
        lambda: run_log.read(log),
        lambda: run_log.append(log, {"step": 1}),
        lambda: run_log.sync(log),
        lambda: run_log.repair(log),
        lambda: run_log.rewind(log, 0, 0),
    ):
        with pytest.raises(OutputError, match=r"log\.jsonl: is a directory"):
            call()

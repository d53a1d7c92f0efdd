"""What a batch does and leaves undone, with a crew that writes files instead of fitting."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from redraw.batch.batch import Batch
from redraw.batch.inputs import gather
from redraw.batch.manifest import NAME, stamp
from redraw.batch.task import Done, Settings
from redraw.errors import OutputError

SETTINGS = Settings(options={"model": "siren"})


class Crew:
    """Carries out tasks by writing the picture's name; may be killed at any point."""

    threads = 1

    def __init__(self, *, bad=(), dies=None, full=None):
        self.bad, self.dies, self.full = bad, dies, full
        self.asked = []

    def __call__(self, settings, jobs, stopped):
        self.stopped = stopped
        return self

    def outcomes(self, tasks, begun):
        for task, _ in tasks:
            if self.stopped():
                return
            name = Path(task.source).name
            begun(task)
            if self.dies == ("begun", name):
                raise KeyboardInterrupt
            self.asked.append(name)
            if name in self.bad:
                full = name == self.full
                yield Done(task.place, "it is no picture", stamp(task.source), full=full)
                continue
            Path(task.output).write_bytes(name.encode())
            if self.dies == ("written", name):
                raise KeyboardInterrupt
            yield Done(
                task.place,
                input=stamp(task.source),
                psnr=40.0,
                bytes=len(name),
                full=name == self.full,
            )

    def close(self):
        pass


@pytest.fixture
def items(tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_text(name)
    return gather([tmp_path / name for name in ("a.png", "b.png", "c.png")], tmp_path / "out")


def run(items, crew, settings=SETTINGS, **options):
    batch = Batch(items, settings, Path(items[0].output).parent, crew=crew, **options)
    try:
        made = list(batch.outcomes())
    finally:
        batch.close()
    return [Path(outcome.item.source).name for outcome in made], batch


def test_every_picture_once_then_nothing(items):
    assert run(items, Crew())[0] == ["a.png", "b.png", "c.png"]
    crew = Crew()
    made, batch = run(items, crew)
    assert made == crew.asked == []
    assert [one.skipped for one in batch.finished] == [True] * 3


@pytest.mark.parametrize(
    ("dies", "left"),
    [
        (("begun", "a.png"), ["a.png", "b.png", "c.png"]),
        (("written", "a.png"), ["b.png", "c.png"]),
        (("begun", "b.png"), ["b.png", "c.png"]),
        (("written", "b.png"), ["c.png"]),
    ],
)
def test_whatever_ends_it_nothing_is_lost_or_done_twice(items, dies, left):
    with pytest.raises(KeyboardInterrupt):
        run(items, Crew(dies=dies))
    assert run(items, Crew())[0] == left
    assert [Path(item.output).read_bytes().decode() for item in items] == [
        "a.png",
        "b.png",
        "c.png",
    ]


def test_a_bad_picture_stops_nothing_and_is_tried_again_only_when_asked(items):
    made, _ = run(items, Crew(bad=["b.png"]))
    assert made == ["a.png", "b.png", "c.png"]
    made, batch = run(items, Crew())
    assert made == []
    assert [one.failed for one in batch.finished] == [False, True, False]
    assert run(items, Crew(), retry=True)[0] == ["b.png"]


def test_other_settings_or_another_picture_are_fitted_again(items):
    run(items, Crew())
    Path(items[1].source).write_text("another picture")
    assert run(items, Crew())[0] == ["b.png"]
    other = Settings(options={"model": "ink"})
    assert run(items, Crew(), other)[0] == ["a.png", "b.png", "c.png"]


def test_threads_and_the_name_of_a_file_of_settings_decide_nothing(items):
    run(items, Crew())
    same = replace(SETTINGS, options={**SETTINGS.options, "threads": 2}, config_name="x.toml")
    assert run(items, Crew(), same)[0] == []


def test_a_field_that_was_taken_away_is_made_again(items):
    run(items, Crew())
    Path(items[2].output).unlink()
    assert run(items, Crew())[0] == ["c.png"]


def test_what_no_batch_made_is_not_replaced(items):
    Path(items[0].output).parent.mkdir()
    Path(items[0].output).write_text("mine")
    with pytest.raises(OutputError, match="no batch made it"):
        run(items, Crew())
    assert Path(items[0].output).read_text() == "mine"
    assert run(items, Crew(), force=True)[0] == ["a.png", "b.png", "c.png"]


def test_a_full_disk_ends_it_at_once(items):
    with pytest.raises(OutputError, match="goes on from there"):
        run(items, Crew(full="b.png"))
    assert run(items, Crew())[0] == ["c.png"]


def test_the_picture_that_the_disk_was_full_for_is_tried_again(items):
    with pytest.raises(OutputError, match="goes on from there"):
        run(items, Crew(bad=["b.png"], full="b.png"))
    assert run(items, Crew())[0] == ["b.png", "c.png"]


def test_a_stop_begins_no_further_picture(items):
    batch = Batch(items, SETTINGS, Path(items[0].output).parent, crew=Crew())
    made = []
    for outcome in batch.outcomes():
        made.append(Path(outcome.item.source).name)
        batch.stop()
    batch.close()
    assert made == ["a.png"]
    assert run(items, Crew())[0] == ["b.png", "c.png"]


def test_the_manifest_says_all_of_each(items):
    run(items, Crew(bad=["b.png"]))
    lines = (Path(items[0].output).parent / NAME).read_text().splitlines()
    ends = [json.loads(line) for line in lines if '"started"' not in line]
    assert [end["state"] for end in ends] == ["done", "failed", "done"]
    assert ends[0]["psnr"] == 40.0
    assert ends[0]["bytes"] == 5
    assert ends[1]["error"] == "it is no picture"

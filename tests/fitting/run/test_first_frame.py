"""The first frame, drawn before PyTorch is there: what the run itself would draw, or about that."""

import subprocess
import sys

import numpy as np
import pytest

from redraw.errors import EngineError, OutputError, UsageError
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.events import Evaluated, FrameSaved
from redraw.fitting.run.first_frame import begin
from redraw.fitting.run.run import Run
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read
from redraw.signals.table.table import Table
from redraw.storage.run_config import is_run_folder, is_unfinished

OPTIONS = {"model": "spline", "budget": "3k", "steps": 2, "threads": 2, "settings": {}}


def scene(height, width, channels, holes=False):
    y, x = np.mgrid[:height, :width]
    base = 0.5 + 0.3 * np.sin(x / 5 + y / 9) + 0.1 * (x > y)
    noise = 0.05 * np.random.default_rng(0).random((height, width, channels))
    values = (base[:, :, None] * np.linspace(0.7, 1.0, channels) + noise).astype(np.float32)
    picture = Picture.from_array(values)
    if not holes:
        return picture
    known = np.random.default_rng(1).random((height, width)) < 0.7
    return Picture(picture.values, picture.colour, known=known, name="holes")


def told(run):
    """Its events, without what depends on the clock."""
    return [
        (type(event), event.step, event.psnr) for event in run.events() if type(event) is Evaluated
    ]


@pytest.mark.parametrize(
    ("picture", "subpixel"),
    [
        (scene(40, 61, 3), 8),
        (scene(33, 40, 1), 0),
        (scene(40, 40, 4), 0),
        (scene(40, 50, 3, holes=True), 0),
        (scene(20, 700, 1), 0),
        (scene(1, 9, 3), 0),
    ],
    ids=["rgb with detail", "grey", "rgba", "holes", "larger than frames", "one row"],
)
def test_it_is_what_the_run_itself_draws(picture, subpixel, tmp_path):
    plan = prepare(picture, **{**OPTIONS, "settings": {"subpixel": subpixel, "bias": True}})
    alone = Run.start(picture, plan, tmp_path / "alone")
    begun = begin(picture, plan, tmp_path / "begun")
    assert is_unfinished(tmp_path / "begun")
    first = begun.frame.read_bytes()
    run = Run.start(picture, plan, begun=begun)
    assert is_run_folder(tmp_path / "begun")
    assert told(run) == told(alone)
    assert begun.frame.read_bytes() == first == (tmp_path / "alone/frames/000000.png").read_bytes()
    for name in ("config.json", "picture.safetensors", "frames/000002.png"):
        ours, theirs = (tmp_path / each / name for each in ("begun", "alone"))
        assert ours.read_bytes() == theirs.read_bytes()


def coded_scene():
    """A picture with a texture, so that the search for its step takes several tries."""
    y, x = np.mgrid[:130, :170]
    waves = np.sin(x / 3 + np.cos(y / 7)) * np.cos(y / 11)
    noise = np.random.default_rng(2).normal(0.0, 0.03, (130, 170, 3))
    values = (0.5 + 0.25 * waves[..., None] + noise).clip(0.0, 1.0)
    return Picture.from_array(np.rint(255.0 * values).astype(np.uint8))


def test_of_a_coded_picture_it_is_about_what_is_found_and_nothing_is_coded(tmp_path, monkeypatch):
    picture = coded_scene()
    plan = prepare(picture, model="wavelet", quality=38.0, threads=2)
    alone = Run.start(picture, plan)
    with monkeypatch.context() as patch:
        patch.setattr("redraw.coding.streams.write", None)
        begun = begin(picture, plan, tmp_path / "begun")
    run = Run.start(picture, plan, begun=begun)
    first = next(psnr for kind, step, psnr in told(run) if step == 0)
    frames = [read(tmp_path / f"begun/frames/00000{step}.png").values for step in (0, 1)]
    # What is told is true of the frame, whose values are rounded, and it is near the last one.
    assert first == pytest.approx(psnr(frames[0], picture.values), abs=0.05)
    assert psnr(frames[0], picture.values) > 37.5
    assert 40.0 < psnr(*frames) < 100.0
    mine, other = run.field.state_dict(), alone.field.state_dict()
    assert all(mine[name].equal(other[name]) for name in other)


def test_of_a_lossless_picture_it_is_the_picture(tmp_path, monkeypatch):
    picture = coded_scene()
    plan = prepare(picture, model="wavelet", lossless=True, threads=2)
    with monkeypatch.context() as patch:
        patch.setattr("redraw.coding.streams.write", None)
        begun = begin(picture, plan, tmp_path / "begun")
    assert begun.quality.psnr > 140.0
    list(Run.start(picture, plan, begun=begun).events())
    first, last = (tmp_path / f"begun/frames/00000{step}.png" for step in (0, 1))
    assert first.read_bytes() == last.read_bytes()


def test_a_size_that_can_not_be_reached_is_refused_before_anything_is_made(tmp_path):
    picture = coded_scene()
    with pytest.raises(UsageError, match="too few"):
        begin(picture, prepare(picture, model="wavelet", bytes=300), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def psnr(values, others):
    return -10.0 * np.log10(np.mean((values.astype(np.float64) - others) ** 2) + 1e-30)


def test_the_run_says_nothing_of_it_again(tmp_path):
    picture = scene(20, 30, 3)
    plan = prepare(picture, **OPTIONS)
    begun = begin(picture, plan, tmp_path / "run")
    saved = [
        e.step for e in Run.start(picture, plan, begun=begun).events() if type(e) is FrameSaved
    ]
    assert saved == [1, 2]


@pytest.mark.parametrize(
    "options",
    [
        {"model": "siren"},
        {"engine": "reference"},
        {"precision": "float64"},
        {"frames": 0},
        {"frames": 1},
        {"settings": {"optimizer": "adam"}},
        {"settings": {"optimizer": "adam", "hidden": (4,)}},
        {"device": "cuda"},
    ],
    ids=str,
)
def test_where_there_is_no_closed_form_nothing_is_made(options, tmp_path):
    picture = scene(20, 30, 3)
    plan = prepare(picture, **{**OPTIONS, **options})
    assert begin(picture, plan, tmp_path / "run") is None
    assert not (tmp_path / "run").exists()


def test_nor_for_a_table(tmp_path):
    table = Table.from_arrays(np.zeros((4, 2)), np.ones((4, 1)))
    assert begin(table, prepare(table, steps=2), tmp_path / "run") is None


def test_a_run_that_can_not_start_leaves_nothing(tmp_path, monkeypatch):
    picture = scene(20, 30, 3)
    plan = prepare(picture, **OPTIONS)
    begun = begin(picture, plan, tmp_path / "run")

    def full(path, subject):
        raise OutputError("the disk is full")

    monkeypatch.setattr("redraw.fitting.run.run.save_signal", full)
    with pytest.raises(OutputError, match="full"):
        Run.start(picture, plan, begun=begun)
    assert not (tmp_path / "run").exists()


def test_nor_does_a_frame_that_can_not_be_saved(tmp_path, monkeypatch):
    def full(picture, path, **options):
        raise OutputError("the disk is full")

    monkeypatch.setattr(Picture, "save", full)
    picture = scene(20, 30, 3)
    with pytest.raises(OutputError, match="full"):
        begin(picture, prepare(picture, **OPTIONS), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_without_room_an_older_run_stays(tmp_path):
    picture = scene(20, 30, 3)
    plan = prepare(picture, **OPTIONS)
    for _ in Run.start(picture, plan, tmp_path / "run").events():
        pass
    before = sorted(path.name for path in (tmp_path / "run").rglob("*"))
    tight = prepare(picture, model="spline", settings={"room": 10, "transforms": 1})
    with pytest.raises(EngineError, match="no room"):
        begin(picture, tight, tmp_path / "run", force=True)
    assert sorted(path.name for path in (tmp_path / "run").rglob("*")) == before


def test_what_was_killed_in_between_is_begun_again(tmp_path):
    picture = scene(20, 30, 3)
    plan = prepare(picture, **OPTIONS)
    begin(picture, plan, tmp_path / "run").folder.close()  # as the lock of a killed process
    begun = begin(picture, plan, tmp_path / "run")
    for _ in Run.start(picture, plan, begun=begun).events():
        pass
    assert is_run_folder(tmp_path / "run")


PROGRAM = """
import sys

class Refused:
    def find_spec(self, name, *_):
        assert name.split(".")[0] != "torch", "PyTorch is imported"

sys.meta_path.insert(0, Refused())
import numpy as np
from redraw.fitting.run.first_frame import begin
from redraw.fitting.plan.planning import prepare
from redraw.signals.picture.picture import Picture

values = np.random.default_rng(0).random((40, 60, 3), np.float32)
picture = Picture.from_array(values)
print(begin(picture, prepare(picture, model="spline"), sys.argv[1]).frame.stat().st_size)
"""


def test_it_needs_no_pytorch(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "run"], capture_output=True, text=True
    )
    assert int(done.stdout or 0) > 1000, done.stderr

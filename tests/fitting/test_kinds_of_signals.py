"""A kind of signal that the project does not know: added by a package, without an edit here."""

import numpy as np
import pytest
import torch
from tests.extending.sounds import installed

import redraw
from redraw.errors import FileFormatError, RunError, UsageError
from redraw.fitting.run.run import Run
from redraw.signals import kinds
from redraw.signals.kinds import KINDS, Kind
from redraw.signals.picture.picture import Picture
from redraw.signals.samples import PointSamples
from redraw.signals.source import any_signal
from redraw.signals.table.table import Table
from redraw.storage.signal_file import saved_signal


@pytest.fixture
def sound(monkeypatch):
    """The package as if it were installed; afterwards it is gone."""
    with installed(monkeypatch) as package:
        yield package


def same(a, b):
    pairs = zip(a.state_dict().items(), b.state_dict().items(), strict=True)
    return all(n == m and torch.equal(x, y) for (n, x), (m, y) in pairs)


def test_an_installed_kind_is_fitted_stored_resumed_drawn_and_answered(sound, tmp_path):
    tone = sound.tone()
    tone.save(tmp_path / "tone.wav")
    options = {"model": "siren", "steps": 60, "hidden": (16, 16), "frames": 3, "omega_first": 20}
    whole = redraw.fit(
        tmp_path / "tone.wav", run=tmp_path / "a.run", output=tmp_path / "a.redraw", **options
    )

    # Kept in the run folder, so that a resume needs nothing else.
    kept = saved_signal(tmp_path / "a.run")
    assert isinstance(kept, sound.Sound)
    assert kept.rate == 8000
    assert np.abs(kept.heard - tone.heard).max() < 1e-4  # 16 bits

    # Stopped in the middle and resumed: the same to the bit.
    def stop(event):
        if event.kind == "frame" and 0 < event.step < 60:
            runs[0].stop()

    from redraw.fitting.plan.planning import prepare

    more = {"settings": {"hidden": (16, 16), "omega_first": 20}}
    plan = prepare(kept, model="siren", steps=60, frames=3, **more)
    runs = [Run.start(kept, plan, tmp_path / "b.run")]
    for event in runs[0].events():
        stop(event)
    assert 0 < runs[0].at.step < 60
    resumed = Run.resume(tmp_path / "b.run")
    for _ in resumed.events():
        pass
    assert same(resumed.field, whole)

    # Drawn: frames while it learned, and by its own painter from the field file.
    frames = sorted((tmp_path / "a.run/frames").glob("*.png"))
    assert len(frames) == 3
    assert redraw.read(frames[-1]).values.std() > 0.01
    field = redraw.load(tmp_path / "a.redraw")
    assert field.about.signal == "sound"
    assert field.render(width=400).heard == pytest.approx(
        field(torch.from_numpy(sound.moments(400))).detach().numpy()[:, 0], abs=1e-5
    )
    error = field.render().heard - tone.heard
    assert np.mean(error**2) < 0.1 * tone.heard.var()


def test_without_its_package_a_kind_is_named(sound, tmp_path):
    redraw.fit(sound.tone(50), steps=2, run=tmp_path / "a.run", output=tmp_path / "a.redraw")
    KINDS.withdraw("sound")
    with pytest.raises(RunError, match="signal of the kind 'sound', which is not known here"):
        saved_signal(tmp_path / "a.run")
    field = redraw.load(tmp_path / "a.redraw")
    assert field(torch.zeros(1, 1)).shape == (1, 1)
    with pytest.raises(UsageError, match="unknown kind of signal 'sound'"):
        field.render()


def test_an_unknown_kind_has_a_preset_and_refuses_what_it_has_not(sound):
    tone = sound.tone(50)
    assert redraw.fit(tone, steps=1).made["model"] == "table"  # that of any signal
    with pytest.raises(UsageError, match="a sound has no held-out rows"):
        redraw.fit(tone, steps=1, keep="best")
    with pytest.raises(UsageError, match="a sound has no pixels"):
        redraw.fit(tone, steps=1, footprint="box")
    with pytest.raises(UsageError, match="a sound; it takes no max"):
        redraw.fit("x.wav", max_side=3)
    with pytest.raises(UsageError, match="spline lies over the pixels"):
        redraw.fit(tone, steps=1, model="spline")


def test_every_reference_of_every_kind_leads_somewhere(sound):
    for kind in kinds.kinds():
        for name in ("signal", "opener", "codec", "subject", "painter", "topic", "view"):
            assert callable(kind.part(name)) or name == "codec"
        assert kind.part("signal").kind == kind.name


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ("cub", Picture),
        ([[0.0, 1.0]], Picture),
        (Picture.from_array([[0.0]]), Picture),
        ("xor", Table),
        (Table.from_arrays([[0.0], [1.0]], [0.0, 1.0]), Table),
    ],
)
def test_signals_are_told_apart(named, kind):
    assert type(any_signal(named)) is kind


def test_what_nobody_knows_is_refused(sound, tmp_path):
    (tmp_path / "x.mp3").write_bytes(b"x")
    with pytest.raises(redraw.RedrawError, match=r"x\.mp3"):
        any_signal(tmp_path / "x.mp3")
    damaged = tmp_path / "sound.safetensors"
    damaged.write_bytes(b"nothing")
    with pytest.raises(FileFormatError):
        saved_signal(tmp_path)


class Asked:
    """Rows that are read when they are asked for, and counted; nothing is an array."""

    def __init__(self, rows):
        self.rows = np.asarray(rows, np.float32)
        self.shape = self.rows.shape
        self.most = 0

    def __getitem__(self, indices):
        self.most = max(self.most, len(indices))
        return self.rows[indices]


def test_a_film_is_never_all_in_memory(monkeypatch, sound):
    """(x, y, t) of a film whose values and positions are read batch by batch."""
    side, moments = 12, 9
    axes = [((np.arange(n) + 0.5) * 2 / n - 1) for n in (moments, side, side)]
    t, y, x = np.meshgrid(*axes, indexing="ij")
    positions = np.stack([x, y, t], axis=-1).reshape(-1, 3)
    values = (0.5 + 0.4 * np.sin(3 * x + 2 * t) * y).reshape(-1, 1)
    read = Asked(values), Asked(positions)

    from redraw.signals.signal import Signal

    class Film(Signal):
        kind = "film"
        name, notes, channels, count = "film", (), 1, len(values)
        extents = (side, side, moments)

        def describe(self):
            return "a film"

        def samples(self, asking=None):
            return PointSamples(*read)

    from redraw.fitting.plan.planning import prepare
    from redraw.fitting.subject import sampled_subject

    KINDS.register("film", Kind("film", signal="nowhere:Film"))
    monkeypatch.setattr(sampled_subject, "PIECE", 200)
    settings = {"hidden": (16,), "batch": 128, "steps": 300}
    plan = prepare(Film(), frames=0, settings=settings)
    run = Run.start(Film(), plan)
    assert run.engine.name == "cpu"
    for _ in run.events():
        pass
    assert max(asked.most for asked in read) <= 200
    assert run.result.made["psnr"] > 10

    class Held(Film):
        def samples(self, asking=None):
            return PointSamples(read[0].rows, read[1].rows)

    held = Run.start(Held(), plan)
    for _ in held.events():
        pass
    assert same(held.field, run.field)

"""What resuming needs: taken back exactly, refused if it is not ours, finite."""

import dataclasses

import numpy as np
import pytest
import torch

from redraw.engines.planes import decorrelated
from redraw.errors import FileFormatError, RunError
from redraw.fields.spline_config import SplineConfig
from redraw.fitting.run.events import CheckpointSaved, Glance, Progress, RolledBack
from redraw.fitting.run.reports import report_steps
from redraw.fitting.run.run import Run
from redraw.fitting.run.state import all_finite
from redraw.storage.run_folder import RunFolder


def test_a_checkpoint_of_another_configuration_is_refused(config, run_of, tmp_path):
    run_of(config(steps=5), folder=tmp_path / "a.run")
    path = tmp_path / "a.run" / "config.json"
    content = path.read_text()
    path.write_text(content.replace("0.01", "0.02"))
    with pytest.raises(RunError, match="belongs to another configuration"):
        Run.resume(tmp_path / "a.run")
    path.write_text(content)
    assert Run.resume(tmp_path / "a.run").at.step == 5  # and nothing was lost


@pytest.mark.parametrize(
    "change",
    [
        {"step": "5"}, {"step": 5.0}, {"seconds": None}, {"limited": 1}, {"done": 0},
        {"optimizer_steps": True}, {"optimizer_steps": None}, {"loss_sum": []}, {"colour": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_checkpoint_with_another_state_is_refused(config, started, change, tmp_path):
    run = started(config(steps=5), folder=tmp_path / "a.run")
    list(run.events())
    with RunFolder.open(tmp_path / "a.run") as folder:
        good = folder.latest_checkpoint()
        header = {**good.header, **change}
        folder.save_checkpoint(dataclasses.replace(good, header=header))
    with pytest.raises(
        FileFormatError, match=rf"{next(iter(change))}.* in its state; start the fit"
    ):
        Run.resume(tmp_path / "a.run")


def test_the_state_after_a_rollback_is_exactly_the_good_one(config, same_fields, started, failing):
    failing(75)
    run = started(config(steps=120, optimizer="sgd", momentum=0.9, lr_max=1e-3))
    reference = started(config(steps=120, optimizer="sgd", momentum=0.9, lr_max=1e-3))
    for event in run.events():
        if isinstance(event, RolledBack):
            break
    # The 75 steps above were counted; these are beyond them.
    for seen in reference.events():
        if isinstance(seen, (Progress, Glance)) and seen.step == 50:
            break
    assert same_fields(run, reference)
    ours, theirs = run.optimizer, reference.optimizer
    assert ours.steps == theirs.steps == 50
    for name, slots in ours.slots.items():
        for slot, tensor in slots.items():
            assert torch.equal(tensor, theirs.slots[name][slot])


@pytest.mark.parametrize("at", [10, 50, 60])
def test_what_is_not_finite_is_never_saved(config, started, at, failing, tmp_path):
    """The loss is that of the parameters before an update; the update itself may ruin them."""
    failing(at, spoil=True)
    run = started(config(steps=60, checkpoint_every=0.0, frames=8), folder=tmp_path / "a.run")
    rolled = []
    for event in run.events():
        if isinstance(event, RolledBack):
            rolled.append(event.step)
        if isinstance(event, CheckpointSaved):
            with RunFolder.open(tmp_path / "a.run", writable=False) as folder:
                tensors = folder.latest_checkpoint().tensors
            assert all(bool(torch.isfinite(t).all()) for t in tensors.values())
    assert rolled == [at]
    assert event.steps == 60


def test_a_stop_at_a_ruined_state_saves_the_good_one(config, started, failing, tmp_path):
    at = next(step for step in range(10, 50) if step not in report_steps(1000))
    failing(at, spoil=True)
    run = started(config(steps=1000), folder=tmp_path / "a.run")
    deal = run.batches.at

    def dealing(step):
        if step == at - 1:
            run.stop()
        return deal(step)

    run.batches.at = dealing
    events = list(run.events())
    assert events[-1].reason == "stopped"
    assert all(bool(torch.isfinite(p).all()) for p in run.field.parameters())
    assert Run.resume(tmp_path / "a.run").at.step == events[-1].steps == 0


@pytest.mark.parametrize(
    ("numbers", "finite"),
    [
        ([1.0, -2.0], True),
        ([], True),
        ([3e38, 3e38], True),  # whose sum is not
        ([1.0, np.nan], False),
        ([np.inf, -np.inf], False),
        ([1.0, 2.0 + 1j], True),
        ([1.0, complex(0.0, np.inf)], False),
    ],
)
def test_numbers_that_are_not_finite_are_found(numbers, finite):
    kind = torch.complex64 if any(isinstance(n, complex) for n in numbers) else torch.float32
    assert all_finite(torch.tensor(numbers, dtype=kind)) == finite


def spline_run(started, config, folder):
    encoding = SplineConfig(12, 10, 1, room=160, transforms=2)
    field = {"encoding": encoding, "hidden": (), "activation": "sine"}
    run = started(config(field=field, steps=2, batch="full"), folder=folder)
    list(run.events())
    return RunFolder.open(folder)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("field.encoding.significant", 2**31 - 1, "do not rise"),
        ("field.encoding.block_transforms", 255, "takes matrix 255; it has 2"),
        ("field.encoding.bits", -8, "takes -8 bits"),
        ("field.encoding.values", float("nan"), "values is not finite"),
        ("field.network.layers.0.weight", float("inf"), "weight is not finite"),
    ],
)
def test_a_signed_checkpoint_that_no_fit_made_is_refused(
    config, started, name, value, reason, tmp_path
):
    with spline_run(started, config, tmp_path / "a.run") as folder:
        good = folder.latest_checkpoint()
        wrong = torch.full_like(good.tensors[name], value)
        folder.save_checkpoint(dataclasses.replace(good, tensors={**good.tensors, name: wrong}))
    with pytest.raises(FileFormatError, match=reason):
        Run.resume(tmp_path / "a.run")


def test_a_checkpoint_of_an_older_version_goes_on(config, started, tmp_path):
    """Its tensors had other names: what they are called now goes on to the same bits."""
    for name in ("a.run", "b.run"):
        spline_run(started, config, tmp_path / name).close()
    with RunFolder.open(tmp_path / "b.run") as folder:
        good = folder.latest_checkpoint()
        old = {"field.encoding.significant": "field.encoding.places"}
        old["field.encoding.block_transforms"] = "field.encoding.choices"
        renamed = {old.get(name, name): tensor for name, tensor in good.tensors.items()}
        assert renamed.keys() != good.tensors.keys()
        folder.save_checkpoint(dataclasses.replace(good, tensors=renamed))
    runs = [Run.resume(tmp_path / name, more=2) for name in ("a.run", "b.run")]
    for run in runs:
        assert list(run.events())[-1].steps == 4
    states = [run.field.state_dict() for run in runs]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_matrix_that_cannot_be_undone_is_told_in_one_line():
    with pytest.raises(RunError, match=r"its matrix is singular; start"):
        decorrelated(np.ones((4, 3)), np.ones((3, 3)), np.zeros(3), (2, 2), np.float32)

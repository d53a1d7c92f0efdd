"""`redraw fit` on a card that is none: Triton's interpreter computes, and a fake fails on time."""

import re

import numpy as np
import pytest
import tests.engines.cuda.interpreted as interpreted
import torch
from PIL import Image
from tests.engines.cuda.fake import Fake
from tests.engines.spline.test_alternating import scene

from redraw.engines import subpixel
from redraw.engines.cuda import engine as engines
from redraw.engines.cuda import opening
from redraw.engines.spline import card_drawer, card_session
from redraw.fitting.result.loading import load
from redraw.storage.run_folder import RunFolder

pytestmark = pytest.mark.skipif(not interpreted.AVAILABLE, reason="there is a card")
PLAN = (
    *("--engine", "cuda", "--device", "cpu", "--model", "siren", "--steps", 12, "--frames", 0),
    *("--set", "hidden=4", "--checkpoint-every", 0, "--quiet"),
)


@pytest.fixture
def card(monkeypatch):
    """Puts a fake in the card's place: it runs on the processor, whatever the engine says."""
    cards = []

    def put(**how):
        cards.append(Fake(**how))
        for module in (engines, card_session, card_drawer):
            monkeypatch.setattr(module, "card_of", lambda device: cards[-1])
        monkeypatch.setattr(engines.CudaEngine, "refuse_request", lambda self, spec: None)
        monkeypatch.setattr(engines, "broken", lambda device: None)
        return cards[-1]

    return put


def test_a_card_that_is_lost_ends_with_the_last_checkpoint(redraw, picture, card):
    card()
    assert redraw("fit", picture, *PLAN, "-o", "whole.redraw", "--run", "whole.run").code == 0
    fake = card(lost_at=5)
    ended = redraw("fit", picture, *PLAN)
    assert ended.code == 1
    assert "the card cpu failed (CUDA error: unspecified launch failure)" in ended.complaint
    assert ended.complaint.endswith("start it again with redraw resume")
    assert fake.played == 5
    step = RunFolder.open("tiny.run", writable=False).latest_checkpoint().step
    assert 0 < step < 12
    # Another card, or the same after a restart, makes the same of it.
    card()
    assert redraw("resume", "tiny.run", "--quiet").code == 0
    one, two = (load(name).state_dict() for name in ("tiny.redraw", "whole.redraw"))
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("model", ["siren", "spline"])
def test_what_a_card_refuses_before_the_first_step_is_one_line(
    redraw, picture, card, model, monkeypatch
):
    monkeypatch.setattr(opening, "FEWEST", 1 << 19)
    plan = (*PLAN[:4], "--model", model, "--steps", 2, "--frames", 0)
    plan += ("--set", "hidden=4") if model == "siren" else ("--set", "subpixel=0")
    for how, said in (
        ({"room": 0}, r"3\.22 GB are free"),
        ({"broken_recording": True}, "operation not permitted when stream is capturing"),
        ({"lost_at": 0}, "unspecified launch failure"),
    ):
        card(**how)
        ended = redraw("fit", picture, *plan, "-o", "a.redraw", "--run", "a.run", "--force")
        assert ended.code == 1
        assert re.search(said, ended.complaint)


def test_splines_run_on_a_card_with_all_that_follows(redraw, card, monkeypatch):
    """Steps, subpixel detail learned after them, the field drawn, measured and saved."""
    for name, value in (("STEPS", 24), ("SAMPLED", 512), ("JUDGED", 64), ("BATCH", 64)):
        monkeypatch.setattr(subpixel, name, value)
    values = (scene(40, 36, 1)[:, :, 0] * 255).round().astype(np.uint8)
    Image.fromarray(values).save("scene.png")
    fake = card()
    plan = (*PLAN[:4], "--model", "spline", "--steps", 2, "--frames", 0)
    done = redraw("fit", "scene.png", *plan, "--budget", "60%", "--set", "subpixel=16")
    assert done.code == 0, done.err
    assert "engine cuda" in done.out
    assert "subpixel detail" in done.out
    # Learning, choosing and taking, in each step; and what was kept; then the lesson's own.
    assert fake.played >= 6 + 3
    drawn = load("scene.redraw").render(36, 40).values
    assert np.abs(drawn[:, :, 0] - values / 255.0).mean() < 0.02

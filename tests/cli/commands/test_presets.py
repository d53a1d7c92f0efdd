"""`redraw presets`: the tables it shows are the ones that count."""

import numpy as np
import pytest

from redraw import Picture
from redraw.cli.commands.presets import values
from redraw.fitting.plan.presets import PRESETS, default_preset
from redraw.fitting.plan.settings import apply_settings, setting_names


def test_every_preset_is_there_with_its_size(redraw):
    lines = redraw("presets").out.splitlines()
    for name in PRESETS:
        assert any(line.split()[:1] == [name] for line in lines)
    assert any(line.split()[:2] == ["tanh", "15,451"] for line in lines)


def test_it_says_which_presets_are_the_defaults(redraw):
    page = np.ones((9, 9))
    page[4, 2:7] = 0
    noise = np.random.default_rng(0).random((9, 9, 3))
    drawing, photo = (default_preset(Picture.from_array(a)) for a in (page, noise))
    said = " ".join(redraw("presets").out.split())
    assert f"line drawings {drawing}, all else {photo};" in said


def test_one_preset_with_all_its_values(redraw):
    shown = redraw("presets", "ink").out
    for name in values(PRESETS["ink"]):
        assert f"\n {name} " in shown
    assert "The highest learning rate." in shown
    assert "mse" in shown


def test_what_it_becomes_on_a_dense_page_is_said(redraw):
    said = " ".join(redraw("presets", "ink").out.split())
    assert "On a page full of edges it becomes: dense drawings: a fine grid" in said
    assert "cells of 2 to 0.8 pixels" in said
    assert "most_steps=800" in said
    assert "sharpen=20" not in said.partition("it becomes")[2]  # only what differs
    assert "page full of edges" not in redraw("presets", "siren").out


def test_as_json(redraw):
    (found,) = redraw("presets", "--json").objects
    assert set(found["presets"]) == set(PRESETS)
    assert found["presets"]["tanh"]["parameters"] == 15_451
    assert found["settings"] == setting_names()
    (one,) = redraw("presets", "siren", "--json").objects
    assert set(one["presets"]) == {"siren"}


@pytest.mark.parametrize("name", PRESETS)
def test_the_values_shown_can_be_set(redraw, name):
    (found,) = redraw("presets", name, "--json").objects
    shown = found["presets"][name]["values"]
    assert set(shown) <= set(found["settings"])
    base = PRESETS["tanh" if name != "tanh" else "siren"]
    field, train = apply_settings(base.field, base.train, shown)
    assert (field, train) == (PRESETS[name].field, PRESETS[name].train)


def test_an_unknown_one_suggests_the_nearest(redraw):
    refused = redraw("presets", "sirn")
    assert refused.code == 2
    assert "did you mean 'siren'?" in refused.complaint

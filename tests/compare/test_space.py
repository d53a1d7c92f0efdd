import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.compare.space import Space, as_toml
from redraw.errors import UsageError
from redraw.fields.sizes import parameters
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import PRESETS
from redraw.signals.picture.picture import Picture

PICTURE = Picture.from_array(np.random.default_rng(0).random((24, 40, 3), np.float32))


def middles(space, which):
    return {
        name: {"low": r.low, "own": r.own, "high": r.high}[which]
        for name, r in space.ranges.items()
    }


# These solve for their values, or are for tables.
SOLVED = ("table", "spline", "wavelet")


@pytest.mark.parametrize("model", [name for name in PRESETS if name not in SOLVED])
def test_the_presets_own_values_are_its_own_settings(model):
    space = Space(PICTURE, model)
    again = prepare(PICTURE, settings=space.settings(middles(space, "own")))
    own = prepare(PICTURE, settings={"model": model})
    assert again.field == own.field
    assert again.train == own.train


@pytest.mark.parametrize("which", ["low", "high"])
@pytest.mark.parametrize(
    "model",
    [
        *("siren", "wire", "gauss", "fourier", "relu", "tanh"),
        pytest.param("hash", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("budget", [None, "9k"])
def test_everything_tried_is_within_the_budget_and_most_of_it(model, which, budget):
    space = Space(PICTURE, model, budget)
    values = middles(space, which)
    found = parameters(prepare(PICTURE, settings=space.settings(values)).field)
    assert found <= space.most
    if model != "hash":  # whose tables double
        assert found > 0.8 * space.most


def test_what_is_solved_for_has_nothing_to_search():
    with pytest.raises(UsageError, match="'spline' solves for its values"):
        Space(PICTURE, "spline")


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]+", fullmatch=True),
        st.one_of(
            st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", codec="utf-8")),
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(-(2**63), 2**63 - 1),
            st.lists(st.integers(0, 99)),
        ),
    ),
    st.lists(st.text(st.characters(codec="utf-8"))),
)
def test_settings_survive_the_file(settings, remarks):
    assert tomllib.loads(as_toml(settings, remarks)) == settings

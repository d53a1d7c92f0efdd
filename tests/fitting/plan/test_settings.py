"""Overriding a preset's values by name, from text, files and the environment."""

import dataclasses
import json
import tomllib
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.errors import RedrawError, UsageError
from redraw.fields.config import FieldConfig
from redraw.fields.encoding_configs import ENCODINGS, FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.settings import (
    RUN_OPTIONS,
    _say_renamed,
    all_settings,
    apply_settings,
    check_settings,
    convert,
    current_names,
    documented,
    from_environment,
    from_file,
    old_names,
    parse_assignments,
    settable,
    setting_names,
)
from redraw.signals.picture.picture import Picture

OLD = {
    "levels": "n_levels", "features": "n_features_per_level", "table": "log2_hashmap_size",
    "coarsest": "base_resolution", "growth": "per_level_scale",
}  # fmt: skip
FIELD, TRAIN = FieldConfig(hidden=(8, 8)), TrainConfig()


@pytest.mark.parametrize(
    ("hint", "text", "value"),
    [
        (int, "12", 12),
        (int, 12, 12),
        (int, 12.0, 12),
        (float, "1e-3", 1e-3),
        (float, 2, 2.0),
        (bool, "yes", True),
        (bool, "off", False),
        (bool, False, False),
        (str, "sine", "sine"),
        (float | None, "none", None),
        (float | None, None, None),
        (float | None, "2", 2.0),
        (int | Literal["full"], "full", "full"),
        (int | Literal["full"], "64", 64),
        (Literal["a", "b"], "b", "b"),
        (tuple[int, ...], "64,32", (64, 32)),
        (tuple[int, ...], "64, 32,", (64, 32)),
        (tuple[int, ...], [64, 32], (64, 32)),
        (tuple[int, ...], 64, (64,)),
        (tuple[int, ...], "", ()),
    ],
)
def test_values_that_fit(hint, text, value):
    converted = convert("x", hint, text)
    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(
    ("hint", "value", "accepted"),
    [
        (int, "1.5", "a whole number"),
        (int, 1.5, "a whole number"),
        (int, True, "a whole number"),
        (int, float("inf"), "a whole number"),
        (int, "", "a whole number"),
        (float, "fast", "a number"),
        (float, True, "a number"),
        (float, [1.0], "a number"),
        (bool, "perhaps", "true or false"),
        (str, 3, "a name"),
        (float | None, "nothing", "a number or none"),
        (int | Literal["full"], "half", "a whole number or full"),
        (Literal["mse", "l1"], "mae", "mse | l1"),
        (tuple[int, ...], "64,x", "whole numbers separated by commas"),
        (tuple[int, ...], {"a": 1}, "whole numbers separated by commas"),
    ],
)
def test_values_that_do_not_fit_say_what_does(hint, value, accepted):
    with pytest.raises(UsageError) as caught:
        convert("name", hint, value)
    message = str(caught.value)
    assert "name" in message
    if hint != tuple[int, ...]:
        assert message.endswith(f"accepted: {accepted}")


def test_settings_reach_field_training_and_encoding():
    settings = {"hidden": "4,5", "lr_max": "0.5", "encoding": "fourier", "sigma": 3}
    field, train = apply_settings(FIELD, TRAIN, settings)
    assert field.hidden == (4, 5)
    assert train.lr_max == 0.5
    assert isinstance(field.encoding, FourierConfig)
    assert field.encoding.sigma == 3.0
    assert dataclasses.replace(train, lr_max=TRAIN.lr_max) == TRAIN


def test_the_encodings_values_stay_if_its_kind_does():
    field = dataclasses.replace(FIELD, encoding=HashGridConfig(n_levels=3))
    changed, _ = apply_settings(field, TRAIN, {"encoding": "hash", "log2_hashmap_size": 9})
    assert changed.encoding == HashGridConfig(n_levels=3, log2_hashmap_size=9)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"omga": 1}, "did you mean 'omega'?"),
        ({"zzzzzz": 1}, "unknown setting 'zzzzzz'; `redraw presets` lists"),
        ({"n_levels": 3}, "does not belong to the encoding 'identity'"),
        ({"encoding": "fractal"}, "unknown encoding 'fractal'; accepted: identity"),
        ({"channels": 3}, "unknown setting 'channels'"),
        ({"dimensions": 3}, "unknown setting 'dimensions'"),
        ({"omega": -1}, "omega is -1"),
        ({"lr_max": "nan"}, "lr_max is nan"),
        ({"activation": "sin"}, "unknown activation"),
        ({"hidden": "0"}, "hidden is"),
        ({"x" * 500: 1}, "..."),
    ],
)
def test_what_can_not_be_set_is_refused(settings, said):
    with pytest.raises(UsageError) as caught:
        apply_settings(FIELD, TRAIN, settings)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 300


def test_assignments():
    assert parse_assignments(["a=1", "lr-max = 2", "c=x=y"]) == {
        "a": "1",
        "lr_max": "2",
        "c": "x=y",
    }
    for wrong in ("a", "=1", " =1"):
        with pytest.raises(UsageError, match="is not KEY=VALUE"):
            parse_assignments([wrong])


def test_the_environment_gives_settings_and_options_only():
    found = from_environment(
        {
            "REDRAW_OMEGA": "3",
            "REDRAW_DEVICE": "cpu",
            "REDRAW_CACHE": "x",
            "OMEGA": "9",
            "HOME": "/",
        }
    )
    assert found == {"omega": "3", "device": "cpu"}


@pytest.mark.parametrize("name", ["s.toml", "s.json", "S.JSON"])
def test_files_may_be_flat_or_have_tables(tmp_path, name):
    as_json = name.lower().endswith("json")
    flat = {"omega": 3.0, "hidden": [4, 5], "model": "siren"}
    nested = {"model": "siren", "field": {"omega": 3.0, "hidden": [4, 5]}, "train": {"steps": 7}}
    path = tmp_path / name
    path.write_text(json.dumps(flat) if as_json else toml(flat))
    assert from_file(path) == flat
    path.write_text(json.dumps(nested) if as_json else toml(nested))
    assert from_file(path) == {**flat, "steps": 7}
    encoding = {"encoding": {"kind": "fourier", "sigma": 2.0}}
    path.write_text(json.dumps(encoding) if as_json else toml(encoding))
    assert from_file(path) == {"encoding": "fourier", "sigma": 2.0}


def toml(table: dict) -> str:
    """Enough of it for these tests; read back by Python's own reader."""
    lines = [f"{k} = {json.dumps(v)}" for k, v in table.items() if not isinstance(v, dict)]
    for name, inner in table.items():
        if isinstance(inner, dict):
            lines += [f"[{name}]", *(f"{k} = {json.dumps(v)}" for k, v in inner.items())]
    text = "\n".join(lines)
    assert tomllib.loads(text) == table
    return text


@given(content=st.binary(max_size=200), suffix=st.sampled_from([".toml", ".json"]))
def test_any_file_is_settings_or_refused(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(content)
    said = ""
    try:
        apply_settings(FIELD, TRAIN, from_file(path))
    except UsageError as error:
        said = str(error)
    assert "\n" not in said


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(name=st.sampled_from(sorted(setting_names())), value=VALUES)
def test_any_value_of_any_setting_is_taken_or_refused(name, value):
    said, found = "", None
    try:
        found = apply_settings(FIELD, TRAIN, {name: value})
    except RedrawError as error:
        said = str(error)
    assert bool(said) != bool(found)
    assert "\n" not in said
    assert len(said) < 500


def test_every_setting_has_a_kind_and_a_meaning():
    settings = all_settings()
    for cls in (FieldConfig, TrainConfig, *ENCODINGS.values()):
        names = set(settable(cls))
        assert names <= set(settings)
        for name in names:
            assert settings[name].kind
            assert settings[name].meaning.endswith("."), name
    assert not set(RUN_OPTIONS) & set(settings)
    assert "sine" in settings["activation"].kind


def test_meanings_come_from_docstrings():
    class Documented:
        """A title.

        Attributes:
            one: First
                and on.
            two: Second: with a colon.

        Raises:
            Error: three: not an attribute.
        """

    assert documented(Documented) == {"one": "First and on.", "two": "Second: with a colon."}

    class Bare:
        pass

    assert documented(Bare) == {}


def test_a_file_that_is_missing_is_named():
    with pytest.raises(UsageError, match=r"config none.toml can't be read"):
        from_file(Path("none.toml"))


def test_settings_of_before_are_read_and_called_by_their_new_names(tmp_path, caplog):
    """In a file, in the environment and on the line; later places come before earlier ones."""
    file = tmp_path / "old.toml"
    file.write_text('model = "hash"\nlevels = 5\ntable = 9\n')
    picture = Picture.from_array(np.zeros((8, 8), np.float32))
    plan = prepare(
        picture,
        config=file,
        environment={"REDRAW_TABLE": "8", "REDRAW_GROWTH": "1.25"},
        settings={"coarsest": "3", "log2_hashmap_size": "7"},
    )
    grid = plan.field.encoding
    assert (grid.n_levels, grid.log2_hashmap_size) == (5, 7)
    assert (grid.base_resolution, grid.per_level_scale) == (3.0, 1.25)
    assert old_names() == OLD
    with pytest.raises(UsageError, match=r"log2_hashmap_size.*99.*\(from REDRAW_TABLE\)"):
        prepare(picture, environment={"REDRAW_TABLE": "99"}, model="hash")
    with pytest.raises(UsageError, match="'table' is called 'log2_hashmap_size' now, and both are"):
        prepare(picture, settings={"table": 8, "log2_hashmap_size": 8}, model="hash")


def test_a_line_says_the_new_name_once(caplog):
    _say_renamed.cache_clear()
    for _ in range(2):
        assert current_names({"growth": "2", "omega": "3"}) == {
            "per_level_scale": "2",
            "omega": "3",
        }
    said = [record.message for record in caplog.records]
    assert said == [
        "redraw: the setting growth is called per_level_scale now; the old name is still read"
    ]


@pytest.mark.parametrize("value", ["bx", "gauss", "gauss:99", "jpeg:0"])
def test_a_value_that_no_encoding_takes_is_refused_before_a_picture_is_read(value):
    with pytest.raises(UsageError, match=f"footprint is '{value}'; accepted: "):
        check_settings({"footprint": value})


@pytest.mark.parametrize("value", ["box", "point", "auto", "gauss:0.6", "jpeg:75", "lanczos"])
def test_a_value_that_some_encoding_takes_is_not(value):
    check_settings({"footprint": value})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.toml", "omega = 3\n[field]\nomega = 4\n"),
        ("c.json", '{"field": {"omega": 3}, "omega": 4}'),
        ("c.toml", '[field]\nkind = "hash"\n[encoding]\nkind = "spline"\n'),
    ],
)
def test_a_value_in_two_places_of_a_file_is_told(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match="twice; keep one of them"):
        from_file(tmp_path / name)


@pytest.mark.parametrize(("name", "text"), [("c.toml", "omega = 3\n"), ("c.json", '{"omega": 3}')])
def test_the_mark_of_some_editors_is_passed_over(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8-sig")
    assert from_file(tmp_path / name) == {"omega": 3}

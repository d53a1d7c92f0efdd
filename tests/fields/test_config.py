import contextlib
import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.errors import FileFormatError, RedrawError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import AxisConfig, FourierConfig, IdentityConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.sizes import ACTIVATIONS
from redraw.fields.spline_config import SplineConfig
from redraw.fitting.plan.config import RunConfig, TrainConfig

QUICK = settings(deadline=None, max_examples=60)

positive = st.floats(1e-6, 1e6)
encodings = st.one_of(
    st.just(IdentityConfig()),
    st.builds(FourierConfig, frequencies=st.integers(1, 65_536), sigma=st.floats(0, 1e6)),
    st.builds(AxisConfig, octaves=st.integers(1, 24)),
    st.builds(
        HashGridConfig,
        n_levels=st.integers(1, 8),
        n_features_per_level=st.integers(1, 4),
        log2_hashmap_size=st.integers(1, 12),
        base_resolution=st.floats(2, 64),
        per_level_scale=st.floats(1, 2),
        aspect=st.none() | st.tuples(st.floats(0.1, 1), st.floats(0.1, 1)),
    ),
)
configs = st.builds(
    FieldConfig,
    channels=st.integers(1, 4096),
    dimensions=st.integers(1, 16),
    encoding=encodings,
    hidden=st.lists(st.integers(1, 65_536), max_size=64).map(tuple),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    omega=positive,
    omega_first=positive,
    spread=positive,
    bias=st.booleans(),
    first_weight=st.none() | st.floats(-1e6, 1e6),
    first_bias=st.none() | st.floats(-1e6, 1e6),
    output=st.sampled_from(["linear", "sigmoid"]),
).filter(
    lambda config: (
        not isinstance(config.encoding, HashGridConfig)
        or config.dimensions == len(config.encoding.aspect or range(min(config.dimensions, 4)))
    )
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.sampled_from([0, -1, 1, 2**62, 10**400, 1e308, "", "sine", "hash", "full", "\ud800"])
    | st.text(max_size=8)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["kind", "hidden"]), inner)
    ),
    max_leaves=8,
)


@QUICK
@given(configs)
def test_json_round_trip_is_exact(config):
    text = json.dumps(config.to_json(), allow_nan=False)
    again = FieldConfig.from_json(json.loads(text))
    assert again == config
    assert hash(again) == hash(config)


@pytest.mark.parametrize(
    ("dimensions", "encoding", "said"),
    [
        (5, HashGridConfig(), "a hash grid of 5 dimensions; accepted: 1 to 4"),
        (2, HashGridConfig(aspect=(1.0, 1.0, 0.5)), "has 3 factors; expected 2"),
        (3, SplineConfig(8, 8), "a spline of 3 dimensions; accepted: 2"),
    ],
    ids=["grid", "aspect", "spline"],
)
def test_an_encoding_of_other_dimensions_is_refused_where_it_is_read(dimensions, encoding, said):
    config = FieldConfig(dimensions=dimensions, encoding=encoding)
    with pytest.raises(FileFormatError, match=said):
        FieldConfig.from_json(config.to_json())
    run = RunConfig("siren", config, TrainConfig())
    with pytest.raises(FileFormatError, match=said):
        RunConfig.from_json(run.to_json())


@QUICK
@given(anything)
def test_hostile_json_gives_nothing_but_our_error(data):
    message = None
    try:
        FieldConfig.from_json(data)
    except FileFormatError as error:
        message = str(error)
    if message is None:
        assert data.keys() <= {"hidden"}  # the defaults, or with other widths
    else:
        assert "\n" not in message
        assert len(message) < 400


@settings(deadline=None, max_examples=200)
@given(config=configs, value=anything, data=st.data())
def test_one_hostile_value_gives_our_error_or_a_field(config, value, data):
    """A valid configuration with any one value replaced, also inside of the encoding."""
    plain = config.to_json()
    owner = plain["encoding"] if data.draw(st.booleans()) else plain
    owner[data.draw(st.sampled_from([*owner, "foreign"]))] = value
    try:
        changed = FieldConfig.from_json(plain)
    except FileFormatError:
        return
    assert FieldConfig.from_json(changed.to_json()) == changed
    # As file readers do it, with the parameters on no device. Not every pair is possible.
    with contextlib.suppress(RedrawError), torch.device("meta"):
        Field.empty(changed)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activation": "sinus"}, "unknown activation 'sinus'; accepted: tanh"),
        ({"output": "softplus"}, "unknown output"),
        ({"hidden": (64, 0)}, "hidden is"),
        ({"hidden": (64,) * 65}, "hidden is"),
        ({"hidden": (65_537,)}, "hidden is"),
        ({"channels": 0}, "channels is 0; accepted: 1 to 4096"),
        ({"dimensions": 0}, "dimensions is 0"),
        ({"omega": 0.0}, "omega is 0.0; accepted: numbers above 0"),
        ({"omega_first": math.nan}, "omega_first is nan"),
        ({"spread": -1.0}, "spread is -1.0"),
        ({"first_weight": math.nan}, "first_weight is nan"),
        ({"first_bias": math.inf}, "first_bias is inf"),
    ],
)
def test_impossible_values_are_refused(change, message):
    with pytest.raises(UsageError, match=message):
        FieldConfig(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": [64, "x"]}, r"field\.hidden is '\"?x\"?'|field\.hidden is 'x'; expected int"),
        ({"hidden": None}, r"field\.hidden is None"),
        ({"omega": "30"}, r"field\.omega is '30'; expected float"),
        ({"omega": 10**400}, r"field\.omega is 1000.*expected float"),
        ({"omega": True}, r"field\.omega is True"),
        ({"channels": 1.5}, r"field\.channels is 1\.5; expected int"),
        ({"channels": 2**70}, r"field\.channels is 118"),
        ({"bias": 1}, r"field\.bias is 1; expected bool"),
        ({"omega": -1.0}, r"field: omega is -1\.0; accepted"),
        (
            {"encoding": {"kind": "fractal"}},
            r"field\.encoding is of kind 'fractal'; .* knows ident",
        ),
        ({"encoding": {"kind": ["hash"]}}, r"field\.encoding is of kind \['hash'\]"),
        ({"encoding": "hash"}, r"field\.encoding is of kind 'hash'"),
        (
            {"encoding": {"kind": "axis", "octaves": 0}},
            r"field\.encoding: octaves of the enc.* is 0",
        ),
        (
            {"encoding": {"kind": "axis", "sigma": 0}},
            r"field\.encoding has the foreign key 'sigma'",
        ),
        ({"colour": "red"}, r"field has the foreign key 'colour'"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(change, message):
    with pytest.raises(FileFormatError, match=message):
        FieldConfig.from_json({**FieldConfig().to_json(), **change})


def test_missing_keys_take_the_defaults():
    assert FieldConfig.from_json({}) == FieldConfig()
    assert FieldConfig.from_json({"hidden": []}).hidden == ()

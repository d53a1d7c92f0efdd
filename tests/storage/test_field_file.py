"""Field files: a field comes back as it was, and nothing else is taken for one."""

import json
import math
import os
import subprocess
import sys
import textwrap

import pytest
import torch
from tests.reading import read_about, read_tensors

from redraw.errors import FileFormatError, OutputError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import ENCODINGS
from redraw.fields.sizes import ACTIVATIONS
from redraw.signals.picture.colour import Colour, LogCurve
from redraw.storage.about import About
from redraw.storage.field_file import load_field, save_field
from redraw.storage.tensor_file import write_tensors

MADE = {"preset": "siren", "steps": 400, "psnr": 31.25, "source": "cub.png"}
ABOUT = About((200, 100), Colour("grey"), detail=3, made=MADE)


def small(**changes):
    return Field.build(FieldConfig(**{"hidden": (8, 8), **changes}), seed=3)


def same(a, b):
    """Equal configuration and equal bits."""
    ours, theirs = a.state_dict(), b.state_dict()
    return (
        a.config == b.config
        and a.sharpness == b.sharpness
        and ours.keys() == theirs.keys()
        and all(torch.equal(ours[k], theirs[k]) and ours[k].dtype == theirs[k].dtype for k in ours)
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cub.redraw"


# --- round trips --------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_comes_back(path, activation):
    field = small(activation=activation)
    save_field(path, field, ABOUT)
    loaded, about = load_field(path)
    assert about == ABOUT == read_about(path)
    assert same(loaded, field)
    xy = torch.rand(50, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert torch.equal(loaded(xy), field(xy))


@pytest.mark.parametrize("kind", [k for k, of in ENCODINGS.items() if of.codec != "wavelet"])
def test_every_encoding_comes_back(path, kind):
    field = small(encoding=ENCODINGS[kind](), channels=3)
    save_field(path, field, About((5, 7), Colour("rgb")))
    assert same(load_field(path)[0], field)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("activation", ["sine", "wire-complex"])
def test_the_precision_comes_back(path, dtype, activation):
    field = small(activation=activation)
    wide = torch.complex128 if dtype == torch.float64 else torch.complex64
    for parameter in field.parameters():
        parameter.data = parameter.data.to(wide if parameter.is_complex() else dtype)
    save_field(path, field, ABOUT)
    assert same(load_field(path)[0], field)


def test_a_loaded_field_can_be_trained_and_drawn(path):
    field = small(output="sigmoid")
    field.sharpness = 7.5
    save_field(path, field, ABOUT)
    loaded, _ = load_field(path)
    assert loaded.sharpness == 7.5
    loaded(torch.zeros(3, 2)).sum().backward()
    assert all(p.grad is not None and p.device.type == "cpu" for p in loaded.parameters())
    assert not any(t.is_meta for t in loaded.state_dict().values())


def test_loading_leaves_the_random_numbers_alone(path):
    save_field(path, small(), ABOUT)
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    load_field(path)
    assert torch.equal(torch.rand(3), expected)


def test_equal_fields_make_equal_bytes(tmp_path):
    for name in ("a", "b"):
        save_field(tmp_path / name, small(), ABOUT)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    "about",
    [
        About((1, 1)),
        About((1, 5000), Colour("grey", depth=1), made={"name": "Löwe \U0001f981", "n": None}),
        About((16384, 16384), Colour("rgb", alpha=True, depth=16, icc=bytes(range(256)) * 20)),
        About((3, 4), Colour("rgb", depth=32, curve=LogCurve(0.1, -2.0, 300.0)), detail=9),
    ],
)
def test_what_a_field_shows_comes_back(path, about):
    save_field(path, small(channels=about.colour.channels if about.colour else 2), about)
    assert read_about(path) == about


def test_a_perfect_fit_can_be_saved(path):
    save_field(path, small(), About((1, 1), made={"psnr": math.inf, "loss": 0.0}))
    assert read_about(path).made == {"psnr": None, "loss": 0.0}


# --- what is not saved --------------------------------------------------------------------------


def test_an_existing_file_stays_without_force(path):
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        save_field(path, small(), ABOUT)
    assert path.read_text() == "mine"
    save_field(path, small(), ABOUT, force=True)
    assert read_about(path) == ABOUT


def test_fields_that_could_not_be_read_back(path):
    field = small()
    with pytest.raises(UsageError, match="built by hand"):
        save_field(path, Field(field.encoding, field.network, field.output), ABOUT)
    with pytest.raises(UsageError, match=r"field.channels is 1; its colour \(8-bit RGB\) has 3"):
        save_field(path, field, About((1, 1), Colour("rgb")))
    for about in (About((0, 1)), About((1, 1), detail=0)):
        with pytest.raises(UsageError, match="about"):
            save_field(path, field, about)
    field.network.layers[1] = torch.nn.Linear(8, 9)
    with pytest.raises(UsageError, match="does not match its configuration"):
        save_field(path, field, ABOUT)
    for value in (math.nan, math.inf):
        field = small()
        with torch.no_grad():
            field.network.layers[1].weight[2, 3] = value
        with pytest.raises(OutputError, match=r"'network.layers.1.weight' is not finite"):
            save_field(path, field, ABOUT)
    assert not path.exists()


# --- what is not read ---------------------------------------------------------------------------


@pytest.fixture
def altered(path):
    """Save a field with a header, or tensors, changed by `change`: a valid tensor file."""

    def write(change, field=None):
        save_field(path, field or small(), ABOUT, force=True)
        header, tensors = read_tensors(path)
        change(header, tensors)
        write_tensors(path, tensors, header, force=True)
        return path

    return write


def refused(path, *words):
    with pytest.raises(FileFormatError) as caught:
        load_field(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < len(str(path)) + 400
    for word in words:
        assert word in message, message


def set_at(*keys, value):
    def change(header, tensors):
        for key in keys[:-1]:
            header = header[key]
        header[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("keys", "value", "word"),
    [
        (["version"], 3, "upgrade redraw"),
        (["version"], 10**30, "upgrade redraw"),
        (["version"], -1, "version"),
        (["version"], "1", "version"),
        (["kind"], "run", "'run', not a field"),
        (["author"], "me", "foreign key 'author'"),
        (["about", "author"], "me", "foreign key 'author'"),
        (["about", "colour", "author"], "me", "author"),
        (["field", "author"], "me", "foreign key 'author'"),
        (["field", "encoding", "author"], "me", "foreign key 'author'"),
        (["field", "encoding"], {"kind": "unheard of"}, "unheard of"),
        (["field", "encoding"], {"kind": ["identity"]}, "identity"),
        (["field", "encoding"], {"kind": {}}, "{}"),
        (["field", "encoding"], None, "None"),
        (["field", "activation"], "unheard of", "unheard of"),
        (["field", "activation"], ["sine"], "sine"),
        (["field", "output"], "cubic", "cubic"),
        (["field", "output"], ["linear"], "linear"),
        (["field", "hidden"], 8, "hidden"),
        (["field", "hidden"], [8.0, 8], "hidden"),
        (["field", "hidden"], [8, -8], "hidden"),
        (["field", "hidden"], [8, 0], "hidden"),
        (["field", "hidden"], [True, 8], "hidden"),
        (["field", "hidden"], [], "foreign"),
        (["field", "hidden"], [8, 9], "[9, 8]"),
        (["field", "hidden"], [8, 8, 8], "missing"),
        (["field", "hidden"], [8] * 100_000, "more than"),
        (["field", "hidden"], [10**9], "hidden"),
        (["field", "hidden"], [10**30], "hidden"),
        (["field", "hidden"], [65_536, 65_536], "float32 [65536, 2]"),
        (["field", "channels"], 3, "channels"),
        (["field", "channels"], 10**9, "channels"),
        (["field", "channels"], 0, "channels"),
        (["field", "dimensions"], 3, "[8, 3]"),
        (["field", "dimensions"], 10**9, "dimensions"),
        (["field", "bias"], 1, "bias"),
        (["field", "bias"], False, "foreign"),
        (["field", "omega"], "30", "omega"),
        (["field", "omega"], 0, "omega"),
        (["field", "omega"], 10**400, "omega"),
        (["field", "first_bias"], 10**400, "first_bias"),
        (["field"], [], "field"),
        (["sharpness"], 0.0, "sharpness"),
        (["sharpness"], 2.0, "sharpness"),
        (["sharpness"], 1, "sharpness"),
        (["about"], None, "about"),
        (["about", "size"], [200], "size"),
        (["about", "size"], [200, 0], "size"),
        (["about", "size"], [200, 100.0], "size"),
        (["about", "size"], [True, 100], "size"),
        (["about", "size"], [200, 10**12], "size"),
        (["about", "size"], "ab", "size"),
        (["about", "detail"], 0, "detail"),
        (["about", "detail"], 10**9, "detail"),
        (["about", "made"], [], "made"),
        (["about", "colour"], "grey", "colour"),
        (["about", "colour", "model"], "cmyk", "cmyk"),
        (["about", "colour", "model"], "rgb", "channels"),
        (["about", "colour", "depth"], 7, "depth"),
        (["about", "colour", "icc"], "?", "icc"),
    ],
)
def test_headers_that_cannot_be(altered, path, keys, value, word):
    try:
        altered(set_at(*keys, value=value))
    except OutputError as error:  # not even the writer takes it
        assert word in str(error)  # noqa: PT017
        return
    refused(path, word)


@pytest.mark.parametrize("key", ["kind", "version", "field", "sharpness", "about"])
def test_missing_keys(altered, key):
    refused(altered(lambda header, tensors: header.pop(key)), key)


@pytest.mark.parametrize("key", ["size", "colour", "detail", "made"])
def test_missing_keys_of_what_it_shows(altered, key):
    refused(altered(lambda header, tensors: header["about"].pop(key)), key)


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ({"kind": "fourier", "frequencies": 10**18}, ""),
        ({"kind": "fourier", "frequencies": 10**9}, ""),
        ({"kind": "fourier", "frequencies": 2**62}, ""),
        ({"kind": "fourier", "frequencies": -1}, ""),
        ({"kind": "fourier", "frequencies": 0}, ""),
        ({"kind": "axis", "octaves": 10**9}, ""),
        ({"kind": "axis", "octaves": -1}, ""),
        ({"kind": "hash", "levels": 32, "features": 16, "table": 24, "growth": 1.1}, "parameters"),
        ({"kind": "hash", "levels": 10**9}, "levels"),
        ({"kind": "hash", "table": 63}, "log2_hashmap_size"),
        ({"kind": "hash", "growth": 0}, "per_level_scale"),
        ({"kind": "hash", "aspect": [1.0]}, "aspect"),
    ],
)
def test_encodings_that_cannot_be(altered, encoding, word):
    refused(altered(set_at("field", "encoding", value=encoding)), word)


def test_tensors_that_do_not_belong(altered, path):
    name = "network.layers.1.weight"
    zeros = torch.zeros
    refused(altered(lambda h, t: t.pop(name)), f"{name!r} is missing")
    refused(altered(lambda h, t: t.update(hook=zeros(1))), "'hook' is foreign")
    refused(altered(lambda h, t: t.update({name: zeros(8, 9)})), "[8, 9]; expected float32 [8, 8]")
    refused(altered(lambda h, t: t.update({name: zeros(64)})), "[64]")
    refused(altered(lambda h, t: t.update({name: zeros(8, 8).double()})), "float32, float64")
    refused(altered(lambda h, t: t.update({name: zeros(8, 8).cfloat()})), "complex64")
    refused(altered(lambda h, t: t.update({k: v.half() for k, v in t.items()})), "float16")
    refused(altered(lambda h, t: t.update({k: v.int() for k, v in t.items()})), "int32")
    refused(altered(lambda h, t: t.clear()), "missing")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite(altered, value):
    def change(header, tensors):
        tensors["network.layers.0.bias"][3] = value

    refused(altered(change), "'network.layers.0.bias' is not finite")


def test_complex_values_that_are_not_finite(altered):
    def change(header, tensors):
        tensors["network.layers.1.bias"][3] = complex(0.0, math.nan)

    refused(altered(change, small(activation="wire-complex")), "not finite")


def test_truncation_anywhere(path):
    save_field(path, small(), ABOUT)
    raw = path.read_bytes()
    for length in [*range(40), *range(40, len(raw), 37), len(raw) - 1]:
        path.write_bytes(raw[:length])
        refused(path)


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's /proc")
def test_absurd_sizes_take_no_memory(tmp_path):
    """A child with room for 64 MiB more reads files that claim up to exabytes."""
    save_field(tmp_path / "good.redraw", small(), ABOUT)
    header, tensors = read_tensors(tmp_path / "good.redraw")
    claims = [
        {"hidden": [65_536] * 64},
        {"hidden": [65_536] * 64, "channels": 4096},
        {"hidden": [10**9]},
        {"encoding": {"kind": "fourier", "frequencies": 10**10, "sigma": 1.0}},
        {"encoding": {"kind": "axis", "octaves": 10**10}},
        {"encoding": {"kind": "hash", "levels": 16, "features": 1, "table": 24, "growth": 1.9}},
    ]
    for number, claim in enumerate(claims):
        changed = {**header, "field": {**header["field"], **claim}}
        write_tensors(tmp_path / f"{number}.redraw", tensors, changed)
    # Sparse, so that it takes no room here: 8 GiB that its header describes correctly.
    entry = {"dtype": "U8", "shape": [2**33], "data_offsets": [0, 2**33]}
    note = {"complex": [], "content": header, "sha256": ""}
    text = json.dumps({"__metadata__": {"redraw": json.dumps(note)}, "a": entry}).encode()
    with open(tmp_path / "sparse.redraw", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + 2**33)
    program = """
        import resource, sys
        from pathlib import Path
        from redraw.errors import FileFormatError
        from redraw.storage.field_file import load_field
        folder = Path(sys.argv[1])
        load_field(folder / "good.redraw")
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + 64 * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        for path in sorted(folder.glob("*.redraw")):
            try:
                load_field(path)
                print("read", path.name)
            except FileFormatError as error:
                print("refused", path.name)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    refusals = [f"refused {number}.redraw" for number in range(len(claims))]
    assert done.stdout.splitlines() == [*refusals, "read good.redraw", "refused sparse.redraw"]

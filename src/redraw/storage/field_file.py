"""The field file `NAME.redraw`: a finished field, enough to draw it anywhere.

A tensor file with the field's parameters, named as in its state dict, and the header

    {"kind": "field", "version": 1, "field": {configuration}, "sharpness": 1.0, "about": {...}}

The `about` of a table's field says, under "columns", what goes in and out.

Version 2 is that of a field with the encoding `spline`, some of whose tensors are packed
(`redraw.storage.spline_file`). All other fields are written as version 1.

The configuration says which tensors there must be. They are compared with what the file says it
holds before any is read or made, so an absurd size costs nothing.

Every version ever released stays readable: `tests/golden/` holds files of each.
"""

import math
import os
from typing import Any

import torch

from redraw.errors import FileFormatError, OutputError, RedrawError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.spline_config import SplineConfig
from redraw.storage.about import About
from redraw.storage.checkpoint import check_kind, check_types
from redraw.storage.messages import shown
from redraw.storage.spline_file import packed, stored_specs, unpacked
from redraw.storage.tensor_file import COMPLEX, TensorFile, TensorSpec, open_tensors, write_tensors

KIND = "field"
VERSION = 2
KEYS = {"kind": str, "version": int, "field": dict, "sharpness": float, "about": dict}
REAL = (torch.float32, torch.float64, torch.bfloat16)


def save_field(
    path: str | os.PathLike[str], field: Field, about: About, *, force: bool = False
) -> None:
    """Write a field file, atomically; equal fields make equal bytes.

    Args:
        path: The file to write.
        field: Built from a configuration, its parameters finite.
        about: What it shows.
        force: Replace what is there.

    Raises:
        OutputError: `path` exists, can't be written, or the field is not one that could be read.
        UsageError: `field` wasn't built from a configuration, or doesn't match it.
    """
    if field.config is None:
        raise UsageError(
            "a field built by hand has no configuration to store; build it with Field.build,"
            " or save its state_dict()"
        )
    tensors = field.state_dict()
    problem = _mismatch(field.config, {name: TensorSpec.of(t) for name, t in tensors.items()})
    if problem:
        raise UsageError(f"the field does not match its configuration: {problem}")
    broken = _not_finite(tensors)
    if broken:
        raise OutputError(
            f"can't write {path}: the field's {broken} is not finite, so it can't be drawn;"
            " fit it again with a lower rate"
        )
    header = {
        "kind": KIND,
        "version": 2 if isinstance(field.config.encoding, SplineConfig) else 1,
        "field": field.config.to_json(),
        "sharpness": float(field.sharpness),
        "about": about.to_json(),
    }
    try:
        _checked(header)
    except FileFormatError as error:
        raise UsageError(f"can't write {path}: {error}") from error
    if isinstance(field.config.encoding, SplineConfig):
        tensors = packed(field.config.encoding, tensors)
    write_tensors(path, tensors, header, force=force)


def load_field(path: str | os.PathLike[str]) -> tuple[Field, About]:
    """Read a field file; the field is on the CPU, in the precision it was saved in.

    Raises:
        FileFormatError: `path` is missing, damaged, of another kind, has foreign keys or tensors,
            is of a newer version, or holds values that are not finite.
    """
    with open_tensors(path) as file:
        config, sharpness, about = _read(file)
        problem = _mismatch(config, file.specs, stored=True)
        if problem:
            raise FileFormatError(f"{file.path} does not match its configuration: {problem}")
        tensors = file.tensors()
        if isinstance(config.encoding, SplineConfig):
            tensors = unpacked(config.encoding, tensors, file.path)
    broken = _not_finite(tensors)
    if broken:
        raise FileFormatError(f"{file.path} is damaged: its {broken} is not finite")
    with torch.device("meta"):
        field = Field.empty(config)
    field.load_state_dict(tensors, assign=True)
    field.encoding.check_stored(file.path)
    field.sharpness = sharpness
    return field, about


def read_about(path: str | os.PathLike[str]) -> About:
    """What a field file shows, without reading the field; raises as `load_field`."""
    with open_tensors(path) as file:
        return _read(file)[2]


def _read(file: TensorFile) -> tuple[FieldConfig, float, About]:
    """Check and take apart the header of an open file."""
    check_kind(file.path, file.header, KIND, VERSION)
    check_types(file.path, file.header, KEYS)
    try:
        return _checked(file.header)
    except FileFormatError as error:
        raise FileFormatError(f"{file.path} can't be used: {error}") from error


def _checked(header: dict[str, Any]) -> tuple[FieldConfig, float, About]:
    config = FieldConfig.from_json(header["field"])
    sharpness = header["sharpness"]
    about = About.from_json(header["about"])
    if not (math.isfinite(sharpness) and sharpness > 0):
        raise FileFormatError(f"sharpness is {sharpness}; expected a number above 0")
    if config.output != "sigmoid" and sharpness != 1.0:
        raise FileFormatError(f"sharpness is {sharpness}; a {config.output} output has none but 1")
    if about.colour and about.colour.channels != config.channels:
        raise FileFormatError(
            f"field.channels is {config.channels}; its colour ({about.colour.describe()})"
            f" has {about.colour.channels}"
        )
    if about.schema:
        sides = len(about.schema.inputs), about.schema.channels
        if sides != (config.dimensions, config.channels):
            raise FileFormatError(
                f"the field takes {config.dimensions} coordinates and gives {config.channels}"
                f" values; its columns ask for {sides[0]} and {sides[1]}"
            )
    return config, sharpness, about


def _mismatch(
    config: FieldConfig, found: dict[str, TensorSpec], *, stored: bool = False
) -> str | None:
    """How the tensors `found`, of a field or `stored`, differ from what `config` asks for.

    None if they don't.

    Nothing is allocated: the field is made on PyTorch's meta device.
    """
    try:
        with torch.device("meta"):
            state = {n: TensorSpec.of(t) for n, t in Field.empty(config).state_dict().items()}
    # PyTorch's own way to say that a size is negative or beyond all memory.
    except (RedrawError, RuntimeError, OverflowError, TypeError, ValueError) as error:
        return f"there is no such field: {shown(str(error).splitlines()[0], 200)}"
    if stored and isinstance(config.encoding, SplineConfig):
        specs = stored_specs(config.encoding, state, found)
        if isinstance(specs, str):
            return specs
        state = specs
    for name in sorted(found.keys() - state.keys()):
        return f"the tensor {shown(name)} is foreign to it"
    for name in sorted(state.keys() - found.keys()):
        return f"the tensor {name!r} is missing"
    real = {found[name].dtype for name, spec in state.items() if spec.dtype.is_floating_point}
    if len(real) != 1 or not real <= set(REAL):
        names = ", ".join(sorted(str(dtype).removeprefix("torch.") for dtype in real))
        return f"its tensors are {names}; expected float32, float64 or bfloat16 throughout"
    (dtype,) = real
    for name, made in state.items():
        wanted = made.dtype
        if wanted.is_complex:
            wanted = COMPLEX.get(dtype, torch.complex64)
        elif wanted.is_floating_point:
            wanted = dtype
        spec = TensorSpec(wanted, made.shape)
        if found[name] != spec:
            return f"the tensor {name!r} is {found[name]}; expected {spec}"
    return None


def _not_finite(tensors: dict[str, torch.Tensor]) -> str | None:
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            return f"tensor {name!r}"
    return None

"""Fields as tensor files: the parameters, named as in the state dict, and a JSON header.

    {"kind": "field", "version": 1, "field": {configuration}, "sharpness": 1.0, "about": {...}}

Version 2 is that of a field whose significance is packed (`redraw.storage.spline_file`).

The configuration says which tensors there must be. They are compared with what the file says it
holds before any is read or made, so an absurd size costs nothing.
"""

import math
import os
from typing import Any, ClassVar

import torch
from torch import Tensor

from redraw.errors import FileFormatError, OutputError, RedrawError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.spline_config import SplineConfig
from redraw.storage import spline_file
from redraw.storage.about import About
from redraw.storage.checkpoint import check_kind, check_types
from redraw.storage.codecs.codec import Codec
from redraw.storage.messages import shown
from redraw.storage.tensor_file import COMPLEX, TensorFile, TensorSpec, write_tensors

KIND = "field"
# Of tensor files; containers have a higher one.
VERSION = 2
KEYS = {"kind": str, "version": int, "field": dict, "sharpness": float, "about": dict}
REAL = (torch.float32, torch.float64, torch.bfloat16)
State = dict[str, Tensor]
Specs = dict[str, TensorSpec]


class Tensors(Codec):
    """All parameters as they are."""

    version: ClassVar[int] = 1

    def packed(self, config: FieldConfig, tensors: State) -> State:
        """The tensors of a field as they are in a file."""
        return tensors

    def unpacked(self, config: FieldConfig, tensors: State, path: str) -> State:
        """The tensors of a field from those of its file, whose shapes are known to be right.

        Raises:
            FileFormatError: their values don't go together.
        """
        return tensors

    def stored(self, config: FieldConfig, wanted: Specs, found: Specs) -> Specs | str:
        """What a file must hold for a field that has `wanted` in memory; or what is wrong."""
        return wanted

    def save(
        self,
        path: str | os.PathLike[str],
        field: Field,
        about: About,
        *,
        force: bool,
        alone: bool = False,
    ) -> None:
        assert field.config is not None
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
            "version": self.version,
            "field": field.config.to_json(),
            "sharpness": float(field.sharpness),
            "about": about.to_json(),
        }
        try:
            _checked(header)
        except FileFormatError as error:
            raise UsageError(f"can't write {path}: {error}") from error
        write_tensors(path, self.packed(field.config, tensors), header, force=force)

    def parameters(self, config: FieldConfig, found: Specs) -> int:
        """How many parameters the field of a file has, by what the file holds."""
        with torch.device("meta"):
            return Field.empty(config).parameter_count

    def stored_tensors(self, file: TensorFile, config: FieldConfig) -> State:
        """The tensors of an open file as they are in there: memory as the file's own size asks.

        Raises:
            FileFormatError: what the file holds is not what its configuration asks for.
        """
        problem = _mismatch(config, file.specs, self)
        if problem:
            raise FileFormatError(f"{file.path} does not match its configuration: {problem}")
        tensors = file.tensors()
        broken = _not_finite(tensors)
        if broken:
            raise FileFormatError(f"{file.path} is damaged: its {broken} is not finite")
        return tensors

    def read(self, file: TensorFile, config: FieldConfig, sharpness: float) -> Field:
        """The field of an open file, on the CPU.

        Raises:
            FileFormatError: as `stored_tensors`, or its values don't go together.
        """
        tensors = self.unpacked(config, self.stored_tensors(file, config), file.path)
        with torch.device("meta"):
            field = Field.empty(config)
        field.load_state_dict(tensors, assign=True)
        field.encoding.check_stored(file.path)
        field.sharpness = sharpness
        return field


class PackedSpline(Tensors):
    """Those of a pyramid: which coefficients are kept, in few bits."""

    version: ClassVar[int] = 2

    def packed(self, config: FieldConfig, tensors: State) -> State:
        assert isinstance(config.encoding, SplineConfig)
        return spline_file.packed(config.encoding, tensors)

    def parameters(self, config: FieldConfig, found: Specs) -> int:
        assert isinstance(config.encoding, SplineConfig)
        with torch.device("meta"):
            network = sum(p.numel() for p in Field.empty(config).network.parameters())
        return network + spline_file.stored_parameters(config.encoding, found)

    def unpacked(self, config: FieldConfig, tensors: State, path: str) -> State:
        assert isinstance(config.encoding, SplineConfig)
        return spline_file.unpacked(config.encoding, tensors, path)

    def stored(self, config: FieldConfig, wanted: Specs, found: Specs) -> Specs | str:
        assert isinstance(config.encoding, SplineConfig)
        return spline_file.stored_specs(config.encoding, wanted, found)


def header_of(file: TensorFile) -> tuple[FieldConfig, float, About]:
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


def _mismatch(config: FieldConfig, found: Specs, stored_by: Tensors | None = None) -> str | None:
    """How the tensors `found`, of a field or stored by a codec, differ from those of `config`.

    None if they don't.

    Nothing is allocated: the field is made on PyTorch's meta device.
    """
    try:
        with torch.device("meta"):
            state = {n: TensorSpec.of(t) for n, t in Field.empty(config).state_dict().items()}
    # PyTorch's own way to say that a size is negative or beyond all memory.
    except (RedrawError, RuntimeError, OverflowError, TypeError, ValueError) as error:
        return f"there is no such field: {shown(str(error).splitlines()[0], 200)}"
    if stored_by is not None:
        specs = stored_by.stored(config, state, found)
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

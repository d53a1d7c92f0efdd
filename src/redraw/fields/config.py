"""The configuration of a field: a frozen value that turns into JSON and back."""

import math
import types
import typing
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, Literal, TypeVar

from redraw.errors import FileFormatError, UsageError
from redraw.fields.encoding_config import EncodingConfig
from redraw.fields.encoding_configs import ENCODINGS, IdentityConfig
from redraw.fields.sizes import ACTIVATIONS, WIDEST

T = TypeVar("T")

OUTPUTS = ("linear", "sigmoid", "softmax")
DEEPEST = 64


@dataclass(frozen=True)
class FieldConfig:
    """Everything that decides a field's shape and function, but not its parameters.

    Attributes:
        channels: Values per point.
        dimensions: Coordinates per point.
        encoding: Configuration of the encoding.
        hidden: Widths of the hidden layers.
        activation: One of `redraw.fields.sizes.ACTIVATIONS`.
        omega: Frequency of the hidden layers (sine, finer, wire).
        omega_first: Frequency of the first layer.
        spread: Inverse width of the Gaussian (gauss, wire).
        bias: Whether layers add a bias.
        first_weight: Bound of the first layer's weights, or None for the activation's own. Wide
            ones make features as fine as the picture's.
        first_bias: Bound of the first layer's biases, or None for the activation's own.
        output: "linear", "sigmoid" or "softmax".

    Raises:
        UsageError: a value is outside of what is accepted.

    Example:
        >>> config = FieldConfig(channels=3, hidden=(16, 16), activation="tanh")
        >>> FieldConfig.from_json(config.to_json()) == config
        True
    """

    of_signal: ClassVar[tuple[str, ...]] = ("channels", "dimensions")  # and no setting

    channels: int = 1
    dimensions: int = 2
    encoding: EncodingConfig = field(default_factory=IdentityConfig)
    hidden: tuple[int, ...] = (64, 64, 64, 64)
    activation: str = "sine"
    omega: float = 30.0
    omega_first: float = 30.0
    spread: float = 10.0
    bias: bool = True
    first_weight: float | None = None
    first_bias: float | None = None
    output: Literal["linear", "sigmoid", "softmax"] = "linear"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise UsageError(
                f"unknown activation {self.activation!r}; accepted: {', '.join(ACTIVATIONS)}",
                setting="activation",
            )
        if self.output not in OUTPUTS:
            raise UsageError(
                f"unknown output {self.output!r}; accepted: {', '.join(OUTPUTS)}", setting="output"
            )
        if len(self.hidden) > DEEPEST or any(not 1 <= width <= WIDEST for width in self.hidden):
            raise UsageError(
                f"hidden is {short(self.hidden)}; accepted: up to {DEEPEST} widths"
                f" from 1 to {WIDEST}",
                setting="hidden",
            )
        if not 1 <= self.channels <= 4096:
            raise UsageError(f"channels is {self.channels}; accepted: 1 to 4096")
        if not 1 <= self.dimensions <= 16:
            raise UsageError(f"dimensions is {self.dimensions}; accepted: 1 to 16")
        for name in ("omega", "omega_first", "spread"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise UsageError(f"{name} is {value}; accepted: numbers above 0", setting=name)
        for name in ("first_weight", "first_bias"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise UsageError(f"{name} is {value}; accepted: a number or none", setting=name)

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain JSON values."""
        return plain(self)

    @classmethod
    def from_json(cls, data: Any) -> "FieldConfig":
        """The inverse of `to_json`.

        Raises:
            FileFormatError: a key is missing, foreign or of the wrong type or value, or the
                encoding is none of so many dimensions.
        """
        config = from_plain(cls, data, "field")
        config.check_stored()
        return config

    def check_stored(self) -> None:
        """Refuse what was read from a file and can't be built.

        Values are checked one by one when they are set; only a whole configuration tells whether
        its encoding has as many dimensions as the field.

        Raises:
            FileFormatError: it can't.
        """
        import torch

        try:
            with torch.device("meta"):  # where nothing is allocated
                self.encoding.build(self.dimensions)
        except UsageError as error:
            raise FileFormatError(f"field.encoding: {error}") from error


def short(value: object, limit: int = 60) -> str:
    """`value` as text, cut for a message."""
    text = str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def plain(value: Any) -> Any:
    """A (nested) dataclass as JSON values; an encoding names its kind."""
    if is_dataclass(value) and not isinstance(value, type):
        stored = getattr(type(value), "stored_names", {})
        result = {stored.get(f.name, f.name): plain(getattr(value, f.name)) for f in fields(value)}
        kind = getattr(type(value), "kind", None)
        return {"kind": kind, **result} if kind else result
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def from_plain(cls: type[T], data: Any, where: str) -> T:
    """Build the dataclass `cls` from JSON values, strictly: all keys, right types, nothing else.

    Raises:
        FileFormatError: names `where` and the key, or what the dataclass itself refuses.
    """
    if not isinstance(data, dict):
        raise FileFormatError(f"{where} is {short(repr(data))}; expected an object")
    data = _with_own_names(cls, data, where)
    hints = typing.get_type_hints(cls)
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    foreign = [key for key in data if key not in known]
    if foreign:
        raise FileFormatError(f"{where} has the foreign key {short(foreign[0])!r}")
    values = {}
    for name, spec in known.items():
        if name not in data:
            if spec.default is MISSING and spec.default_factory is MISSING:
                raise FileFormatError(f"{where} lacks the key {name!r}")
            continue
        values[name] = _value(hints[name], data[name], f"{where}.{name}")
    try:
        return cls(**values)
    except UsageError as error:
        raise FileFormatError(f"{where}: {error}") from error


def _with_own_names(cls: type, data: dict[str, Any], where: str) -> dict[str, Any]:
    """JSON values under the names that attributes have, where files call some of them otherwise.

    Raises:
        FileFormatError: one is there under both names.
    """
    own = {old: new for new, old in getattr(cls, "stored_names", {}).items()}
    for old, new in own.items():
        if old in data and new in data:
            raise FileFormatError(f"{where} has the key {old!r} twice: it is {new!r}, too")
    return {own.get(key, key): value for key, value in data.items()}


def _value(hint: Any, data: Any, where: str) -> Any:
    """One JSON value as the type that `hint` asks for."""
    if hint is EncodingConfig:
        return encoding_from_plain(data, where)
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if data is None and type(None) in arguments:
            return None
        error: Exception | None = None
        for choice in (a for a in arguments if a is not type(None)):
            try:
                return _value(choice, data, where)
            except FileFormatError as caught:
                error = caught
        raise error or FileFormatError(f"{where} is {short(repr(data))}")
    if origin is Literal:
        if data in arguments:
            return data
    elif origin is tuple:
        if isinstance(data, (list, tuple)) and len(data) <= 10_000:
            inner = arguments[0]
            if arguments[-1] is Ellipsis:
                return tuple(_value(inner, item, where) for item in data)
            if len(data) == len(arguments):
                return tuple(_value(a, d, where) for a, d in zip(arguments, data, strict=True))
    elif hint is float and isinstance(data, float):
        if math.isfinite(data):
            return data
    elif hint in (int, float) and isinstance(data, int) and not isinstance(data, bool):
        if abs(data) < 2**63:
            return hint(data)
    elif hint in (bool, str) and isinstance(data, hint):
        return data
    elif is_dataclass(hint):
        return from_plain(typing.cast(type, hint), data, where)
    expected = getattr(hint, "__name__", None) or str(hint)
    raise FileFormatError(f"{where} is {short(repr(data))}; expected {expected}")


def encoding_from_plain(data: Any, where: str) -> EncodingConfig:
    """An encoding's configuration from its JSON object, chosen by `kind`."""
    kind = data.get("kind") if isinstance(data, dict) else data
    if not isinstance(data, dict) or not isinstance(kind, str) or kind not in ENCODINGS:
        raise FileFormatError(
            f"{where} is of kind {short(repr(kind))}; this version knows {', '.join(ENCODINGS)}"
        )
    rest = {key: value for key, value in data.items() if key != "kind"}
    return from_plain(ENCODINGS[kind], rest, where)

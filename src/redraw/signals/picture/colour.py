"""What the numbers of a picture mean: colour model, alpha, depth, ICC profile, HDR log curve."""

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from redraw.errors import FileFormatError, PictureError
from redraw.signals.picture.coding import Coding
from redraw.signals.picture.flats import Flat, flats_from_json
from redraw.signals.picture.window import Window

Depth = Literal[1, 8, 16, 32]

MODELS = {"grey": 1, "rgb": 3}  # colour model: channels without alpha
DEPTHS = (1, 8, 16, 32)
MAX_ICC_BYTES = 16 * 2**20  # profiles are a few KB, rarely a few MB
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_FLOAT32_TINY = float(np.finfo(np.float32).smallest_subnormal)


@dataclass(frozen=True)
class LogCurve:
    """Maps linear light, which has no upper end and may be negative, to [0, 1] and back.

    t = (asinh(v / scale) - asinh(low / scale)) / (asinh(high / scale) - asinh(low / scale))

    asinh is linear around zero, up to about `scale`, and logarithmic on both sides beyond, so that
    a shadow and a lamp get the same relative precision and zero needs no special case.

    Source: Lupton, Gunn & Szalay 1999, "A modified magnitude system that produces well-behaved
    magnitudes, colors, and errors even for low signal-to-noise ratio measurements" (asinh).

    A round trip through float32 is exact to 2^-24 * (end - start) * sqrt(v^2 + scale^2), and a few
    roundings of v itself.

    Args:
        scale: The magnitude where linear turns into logarithmic. > 0
        low: The value that becomes 0.
        high: The value that becomes 1. > low
    """

    scale: float
    low: float
    high: float

    def __post_init__(self) -> None:
        numbers = (self.scale, self.low, self.high)
        if not all(math.isfinite(x) and abs(x) <= _FLOAT32_MAX for x in numbers):
            raise ValueError(
                f"the log curve's numbers must be finite float32 values, not {numbers}"
            )
        if not (self.scale >= _FLOAT32_TINY and self.start < self.end):
            raise ValueError(f"the log curve needs scale > 0 and low < high, not {numbers}")

    @classmethod
    def covering(cls, values: NDArray[np.floating]) -> Self:
        """The curve whose ends are the smallest and the largest of `values` (any shape, finite).

        `scale` is the 5th percentile of the magnitudes that aren't zero, and at least 2^-30 of the
        largest: what is darker than nearly everything else isn't worth digits.
        """
        low, high = float(values.min()), float(values.max())
        magnitudes = np.abs(values[values != 0])
        if magnitudes.size == 0:
            return cls(scale=1.0, low=0.0, high=1.0)
        largest = max(abs(low), abs(high))
        scale = max(float(np.percentile(magnitudes, 5)), largest * 2.0**-30, _FLOAT32_TINY)
        if np.arcsinh(low / scale) == np.arcsinh(high / scale):  # one value only
            low, high = min(low, 0.0), max(high, 0.0)
        return cls(scale=scale, low=low, high=high)

    @property
    def start(self) -> float:
        """Where `low` lies on the logarithmic axis."""
        return math.asinh(self.low / self.scale)

    @property
    def end(self) -> float:
        """Where `high` lies on the logarithmic axis."""
        return math.asinh(self.high / self.scale)

    def encode(self, light: NDArray[np.floating]) -> NDArray[np.float32]:
        """Linear light to [0, 1]; what lies outside `low` to `high` is clipped. Any shape."""
        position = np.arcsinh(light.astype(np.float64) / self.scale)
        return np.clip((position - self.start) / (self.end - self.start), 0, 1).astype(np.float32)

    def decode(self, encoded: NDArray[np.floating]) -> NDArray[np.float32]:
        """[0, 1] back to linear light, clipped to `low` to `high`. Any shape."""
        position = encoded.astype(np.float64) * (self.end - self.start) + self.start
        light = np.sinh(np.clip(position, self.start, self.end)) * self.scale
        return np.clip(light, self.low, self.high).astype(np.float32)


@dataclass(frozen=True, repr=False)
class Colour:
    """What a picture's numbers mean, and how to write them back.

    Args:
        model: "grey" or "rgb".
        alpha: Whether the last channel is coverage.
        depth: Bits per value in the file it came from and in files written from it: 1 (two-tone,
            grey without alpha), 8, 16, or 32 (HDR: linear light as floats).
        icc: The ICC profile, byte for byte.
        curve: For depth 32, and only there: how light is mapped to [0, 1] for fitting.
        premultiplied: Whether colour comes multiplied by alpha already, so that there can be light
            where alpha is 0: flames, glow, reflections.
        coding: Primaries and curve where they are neither those of sRGB nor told by `icc`.
        cut_out: Whether alpha is 0 or 1 nearly everywhere, as a sprite's is: what a field draws
            near these is meant to be these.
        whole: Whether what is drawn goes to whole levels where it is one but for rounding: of
            fields that hold their pictures' own. Not stored: a file that holds them says so.
        window: Where the picture stood in its file's display window, to be written back.
        flats: Colours that it has exactly, over areas: what is drawn near one is meant to be it.

    Raises:
        PictureError: The parts don't go together.

    Example:
        >>> Colour("rgb", alpha=True).channels
        4
        >>> Colour.from_json(Colour("grey", depth=1).to_json())
        Colour(model='grey', depth=1)
    """

    model: Literal["grey", "rgb"]
    alpha: bool = False
    depth: Depth = 8
    icc: bytes | None = None
    curve: LogCurve | None = None
    premultiplied: bool = False
    coding: Coding | None = None
    window: Window | None = None
    cut_out: bool = False
    whole: bool = False
    flats: tuple[Flat, ...] = ()

    def __post_init__(self) -> None:
        if (self.premultiplied or self.cut_out) and not self.alpha:
            raise PictureError("colour without alpha can't be premultiplied by it, or cut out")
        if self.model not in MODELS:
            raise PictureError(f"colour model {self.model!r} is unknown; it is 'grey' or 'rgb'")
        if self.depth not in DEPTHS:
            raise PictureError(f"depth {self.depth!r} is unknown; it is 1, 8, 16 or 32 bits")
        if self.depth == 1 and (self.model != "grey" or self.alpha):
            raise PictureError("1 bit is for grey pictures without alpha; take 8 or 16")
        if (self.depth == 32) != (self.curve is not None):
            raise PictureError("a log curve belongs to depth 32 (HDR floats), and only there")
        if any(len(flat.values) != self.channels for flat in self.flats):
            raise PictureError("a flat colour has another number of channels")

    def __repr__(self) -> str:
        """What differs from the usual."""
        usual = {item.name: item.default for item in fields(self)}
        named = {name: getattr(self, name) for name in usual}
        shown = [f"{name}={v!r}" for name, v in named.items() if v != usual[name]]
        return f"Colour({', '.join(shown)})"

    @property
    def channels(self) -> int:
        """Values per pixel, alpha included: 1 to 4."""
        return MODELS[self.model] + self.alpha

    def describe(self) -> str:
        """In words, as for `redraw info`: "8-bit RGB with alpha and ICC profile"."""
        depth = {1: "two-tone", 8: "8-bit", 16: "16-bit", 32: "float"}[self.depth]
        name = {"grey": "grey", "rgb": "RGB"}[self.model]
        extras = [
            *(["alpha"] if self.alpha and not self.premultiplied else []),
            *(["premultiplied alpha"] if self.premultiplied else []),
            *(["ICC profile"] if self.icc is not None else []),
        ]
        named = "" if self.coding is None else f" ({self.coding.describe()})"
        return f"{depth} {name}{named}" + (f" with {' and '.join(extras)}" if extras else "")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` is the inverse."""
        curve = self.curve
        return {
            "model": self.model,
            "alpha": self.alpha,
            "depth": self.depth,
            "icc": None if self.icc is None else base64.b64encode(self.icc).decode("ascii"),
            "curve": None
            if curve is None
            else {"scale": curve.scale, "low": curve.low, "high": curve.high},
            **({"premultiplied": True} if self.premultiplied else {}),
            **({"cut_out": True} if self.cut_out else {}),
            **({} if self.coding is None else {"coding": self.coding.to_json()}),
            **({} if self.window is None else {"window": self.window.to_json()}),
            **({"flats": [flat.to_json() for flat in self.flats]} if self.flats else {}),
        }

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read back what `to_json` gave, trusting nothing.

        Raises:
            FileFormatError: A key is missing or foreign, or a value isn't what `to_json` gives.
        """
        data = _checked_keys(
            data,
            ("model", "alpha", "depth", "icc", "curve"),
            "colour",
            optional=("premultiplied", "coding", "window", "cut_out", "flats"),
        )
        for name in ("premultiplied", "cut_out"):
            if data.get(name, True) is not True:
                raise FileFormatError(f"colour: {name} is true where it is there")
        if not isinstance(data["alpha"], bool):
            raise FileFormatError(f"colour: alpha is true or false, not {_short(data['alpha'])}")
        if not isinstance(data["model"], str) or type(data["depth"]) is not int:
            raise FileFormatError("colour: model is a text and depth a whole number")
        try:
            return cls(
                model=data["model"],  # type: ignore[arg-type]  # checked by the class
                alpha=data["alpha"],
                depth=data["depth"],  # type: ignore[arg-type]  # checked by the class
                icc=_icc_from_json(data["icc"]),
                curve=_curve_from_json(data["curve"]),
                premultiplied="premultiplied" in data,
                cut_out="cut_out" in data,
                coding=Coding.from_json(data["coding"]) if "coding" in data else None,
                window=Window.from_json(data["window"]) if "window" in data else None,
                flats=flats_from_json(data["flats"]) if "flats" in data else (),
            )
        except PictureError as error:
            raise FileFormatError(f"colour: {error}") from error


def _icc_from_json(data: object) -> bytes | None:
    if data is None:
        return None
    if not isinstance(data, str) or len(data) > MAX_ICC_BYTES * 4 // 3 + 4:
        raise FileFormatError(f"colour: icc is base64 text of at most {MAX_ICC_BYTES} bytes")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FileFormatError(f"colour: icc is not base64 text ({error})") from error


def _curve_from_json(data: object) -> LogCurve | None:
    if data is None:
        return None
    data = _checked_keys(data, ("scale", "low", "high"), "colour: curve")
    for key, value in data.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FileFormatError(f"colour: curve: {key} is a number, not {_short(value)}")
    try:
        return LogCurve(**{key: float(value) for key, value in data.items()})
    except (ValueError, OverflowError) as error:
        raise FileFormatError(f"colour: {error}") from error


def _checked_keys(
    data: object, keys: tuple[str, ...], what: str, optional: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise FileFormatError(f"{what} is an object with {', '.join(keys)}, not {_short(data)}")
    if set(data) - set(optional) != set(keys):
        raise FileFormatError(f"{what} has the keys {_short(list(data))}, not {', '.join(keys)}")
    return data


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

"""How a picture's numbers are coded where no ICC profile says it: primaries, white and curve.

PNG says it by cICP or by gAMA and cHRM, AVIF and HEIC by nclx, EXR by chromaticities. A picture
keeps its coding and is fitted as it is coded: PQ and HLG are curves made for eyes, as sRGB's is.
Written to a format that can't say it, its colours become sRGB.

Sources: ITU-T H.273 (the code points); IEC 61966-2-1 (sRGB); ITU-R BT.2100 (PQ, HLG) and BT.2408
    (203 cd/m2 is the white of ordinary pictures); Lindbloom, "Chromatic Adaptation" (Bradford).
"""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from redraw.errors import FileFormatError
from redraw.signals.picture import srgb

_D65 = (0.3127, 0.3290)
SRGB_PRIMARIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *_D65)
XYZ_PRIMARIES = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1 / 3, 1 / 3)
_CODE_PRIMARIES: dict[int, tuple[float, ...]] = {  # H.273, table 2: x and y of R, G, B and white
    1: SRGB_PRIMARIES,
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    8: (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    10: XYZ_PRIMARIES,
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *_D65),
}
_NAMES = {1: "sRGB", 9: "Rec. 2020", 10: "XYZ", 11: "DCI-P3", 12: "Display P3"}
# H.273, table 3. The camera curves of video are looked at on displays of about gamma 2.4.
_CODE_TRANSFERS: dict[int, tuple[str, float]] = {
    1: ("gamma", 2.4),
    4: ("gamma", 2.2),
    5: ("gamma", 2.8),
    6: ("gamma", 2.4),
    8: ("linear", 1.0),
    13: ("srgb", 1.0),
    14: ("gamma", 2.4),
    15: ("gamma", 2.4),
    16: ("pq", 1.0),
    17: ("gamma", 2.6),
    18: ("hlg", 1.0),
}
TRANSFERS = ("srgb", "linear", "gamma", "pq", "hlg")
_WHITE = 203.0  # cd/m2
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


@dataclass(frozen=True)
class Coding:
    """Primaries, white point and curve of a picture's numbers.

    Args:
        primaries: x and y of red, green, blue and white.
        transfer: "srgb", "linear", "gamma", "pq" or "hlg".
        gamma: Of "gamma": light is the number to this power.
        code: The code points of primaries and curve in H.273, where the file named these.

    Raises:
        ValueError: no such curve, or primaries that span no colours.

    Example:
        >>> Coding.of_code(9, 16).describe()
        'Rec. 2020 with PQ'
    """

    primaries: tuple[float, ...] = SRGB_PRIMARIES
    transfer: str = "srgb"
    gamma: float = 1.0
    code: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.transfer not in TRANSFERS:
            raise ValueError(f"the transfer curve {self.transfer!r} is unknown")
        if not (math.isfinite(self.gamma) and 0.1 <= self.gamma <= 10):
            raise ValueError(f"the gamma {self.gamma!r} is no number from 0.1 to 10")
        if len(self.primaries) != 8 or not all(
            math.isfinite(value) and abs(value) <= 10 for value in self.primaries
        ):
            raise ValueError(f"primaries are eight numbers, not {self.primaries}")
        with np.errstate(all="ignore"):
            try:
                matrix = _to_xyz(self.primaries)
                fine = np.isfinite(matrix).all() and abs(np.linalg.det(matrix)) > 1e-6
            except np.linalg.LinAlgError:
                fine = False
        if not fine:
            raise ValueError(f"the primaries {self.primaries} span no colours")

    @classmethod
    def of_code(cls, primaries: int, transfer: int) -> Self | None:
        """By the code points of H.273; None where they say nothing, or what isn't known here."""
        colours = _CODE_PRIMARIES.get(SRGB_CODE if primaries == 2 else primaries)
        curve = _CODE_TRANSFERS.get(_SRGB_CURVE if transfer == 2 else transfer)
        if colours is None or curve is None:
            return None
        return cls(colours, *curve, code=(primaries, transfer))

    @property
    def points(self) -> tuple[int, int] | None:
        """The code points of H.273 that say it: the file's own, or those that mean the same.

        Example:
            >>> Coding(transfer="linear").points
            (1, 8)
        """
        if self.code is not None:
            return self.code
        colours = [n for n, known in _CODE_PRIMARIES.items() if _near(known, self.primaries)]
        curves = [
            number
            for number, (transfer, gamma) in _CODE_TRANSFERS.items()
            if transfer == self.transfer and (transfer != "gamma" or abs(gamma - self.gamma) < 0.02)
        ]
        return (colours[0], min(curves)) if colours and curves else None

    @property
    def plain(self) -> bool:
        """Whether it is what pictures are taken for that say nothing: sRGB."""
        near = max(abs(a - b) for a, b in zip(self.primaries, SRGB_PRIMARIES, strict=True)) < 2e-3
        usual = self.transfer == "srgb" or (self.transfer == "gamma" and 2.1 <= self.gamma <= 2.3)
        return near and usual

    def describe(self) -> str:
        """In words: "Display P3", "Rec. 2020 with PQ", "sRGB primaries with linear light"."""
        named = next(
            (
                _NAMES[number]
                for number, colours in _CODE_PRIMARIES.items()
                if number in _NAMES and _near(colours, self.primaries)
            ),
            "its own primaries",
        )
        curves = {
            "srgb": "",
            "linear": " with linear light",
            "gamma": f" with gamma {self.gamma:.3g}",
            "pq": " with PQ",
            "hlg": " with HLG",
        }
        return f"{named}{curves[self.transfer]}"

    def to_light(self, encoded: NDArray[np.floating]) -> NDArray[np.float32]:
        """Numbers as linear light of its own primaries; 1 is the white of ordinary pictures.

        Any shape.
        """
        if self.transfer == "linear":
            return np.asarray(encoded, np.float32)
        if self.transfer == "srgb":
            return srgb.to_light(encoded)
        values = np.clip(encoded, 0, 1).astype(np.float64)
        if self.transfer == "gamma":
            return (values**self.gamma).astype(np.float32)
        return (_pq(values) if self.transfer == "pq" else _hlg(values)).astype(np.float32)

    def to_srgb_light(self, light: NDArray[np.floating]) -> NDArray[np.float32]:
        """Linear light of its own primaries as that of sRGB's, not clipped. (..., 3) or (..., 1)"""
        if light.shape[-1] != 3 or _near(self.primaries, SRGB_PRIMARIES):
            return np.asarray(light, np.float32)
        matrix = np.linalg.inv(_to_xyz(SRGB_PRIMARIES)) @ self._adapted()
        return (light.astype(np.float64) @ matrix.T).astype(np.float32)

    def _adapted(self) -> NDArray[np.float64]:
        """To XYZ as seen under D65. XYZ itself is measured, not seen: it is taken as it is."""
        matrix = _to_xyz(self.primaries)
        if _near(self.primaries, XYZ_PRIMARIES):
            return matrix
        seen, wanted = _BRADFORD @ _white(self.primaries), _BRADFORD @ _white(SRGB_PRIMARIES)
        return np.linalg.inv(_BRADFORD) @ np.diag(wanted / seen) @ _BRADFORD @ matrix

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` is the inverse."""
        return {
            "primaries": list(self.primaries),
            "transfer": self.transfer,
            "gamma": self.gamma,
            "code": None if self.code is None else list(self.code),
        }

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read back what `to_json` gave, trusting nothing.

        Raises:
            FileFormatError: it isn't that.
        """
        keys = {"primaries", "transfer", "gamma", "code"}
        if not isinstance(data, dict) or data.keys() != keys:
            raise FileFormatError(f"colour: coding is an object with {', '.join(sorted(keys))}")
        numbers, code = data["primaries"], data["code"]
        if not isinstance(numbers, list) or not all(
            _is_number(n) for n in [*numbers, data["gamma"]]
        ):
            raise FileFormatError("colour: coding: primaries and gamma are numbers")
        if code is not None and not (
            isinstance(code, list)
            and len(code) == 2
            and all(type(c) is int and 0 <= c < 256 for c in code)
        ):
            raise FileFormatError("colour: coding: code is two numbers of H.273, or null")
        try:
            return cls(
                tuple(float(n) for n in numbers),
                data["transfer"],
                float(data["gamma"]),
                None if code is None else (code[0], code[1]),
            )
        except (ValueError, OverflowError, TypeError) as error:
            raise FileFormatError(f"colour: coding: {error}") from error


SRGB_CODE, _SRGB_CURVE = 1, 13


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _near(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) < 2e-3


def _white(primaries: tuple[float, ...]) -> NDArray[np.float64]:
    x, y = primaries[6:]
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _to_xyz(primaries: tuple[float, ...]) -> NDArray[np.float64]:
    """The matrix from linear light of these primaries to XYZ. (3, 3)"""
    xy = np.array(primaries[:6], np.float64).reshape(3, 2)
    columns = np.stack([xy[:, 0], xy[:, 1], 1 - xy[:, 0] - xy[:, 1]])
    with np.errstate(all="ignore"):
        x, y = primaries[6:]
        white = np.array([x, y, 1 - x - y]) / np.float64(y)
    return columns * np.linalg.solve(columns, white)


def _pq(values: NDArray[np.float64]) -> NDArray[np.float64]:
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = values ** (1 / m2)
    return (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * (10_000 / _WHITE)


def _hlg(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """On a display of 1,000 cd/m2, whose system gamma is 1.2."""
    a, b = 0.17883277, 0.28466892
    c = 0.5 - a * math.log(4 * a)
    scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    if values.shape[-1] == 3:
        luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    else:
        luminance = scene[..., 0]
    return scene * np.maximum(luminance, 0)[..., None] ** 0.2 * (1000 / _WHITE)

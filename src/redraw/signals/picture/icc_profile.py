"""What an ICC profile says of light: primaries and curves, of profiles that are no tables.

A picture of whole numbers keeps its profile as it is. Floats are fitted as light, and a profile
can't go with that: its curve is undone, and its primaries are kept.

Source: ICC.1:2022, 8.3 (three-component matrix-based profiles), 10.6 (curveType), 10.18
    (parametricCurveType), 10.31 (XYZType).
"""

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.coding import Coding

_D50 = (0.9642, 1.0, 0.8249)
_SRGB = np.array(  # X, Y and Z of its red, green and blue under D50, as its profiles have them
    [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]]
)
_MOST_TAGS = 200
Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Senseless(ValueError):
    """A profile that says nothing of light, or nothing that is understood."""


def as_light(
    planes: NDArray[np.floating], profile: bytes
) -> tuple[NDArray[np.float32], Coding | None, str]:
    """Colours of floats as linear light, their primaries (None: sRGB's), and what was done.

    Args:
        planes: Numbers as in the file, also beyond 0 to 1. (H, W, 1 or 3)
        profile: The file's.

    Raises:
        Senseless: It is of another model, of tables, or damaged.
    """
    tags = _tags(profile)
    names = ("kTRC",) if planes.shape[2] == 1 else ("rTRC", "gTRC", "bTRC")
    if any(name not in tags for name in names):
        raise Senseless("it has no curves for these channels")
    curves = [_curve(tags[name]) for name in names]
    light, bent = np.asarray(planes, np.float32), [curve for curve in curves if curve is not None]
    if bent:
        light = np.empty_like(light)
        for place, curve in enumerate(curves):
            plane = planes[..., place].astype(np.float64)
            light[..., place] = plane if curve is None else _both_signs(curve, plane)
    coding = None if planes.shape[2] == 1 else _primaries(tags)
    done = "the curve of its ICC profile was undone" if bent else "its ICC profile is of light"
    told = "" if coding is None else f"; its colours are {coding.describe()}, which is kept"
    return light, coding, done + told


def _both_signs(curve: Curve, plane: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sign(plane) * curve(np.abs(plane))


def _tags(profile: bytes) -> dict[str, memoryview]:
    """Views of the profile: a hostile one may have each of its tags be all of it."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        raise Senseless("it is no ICC profile")
    (count,) = struct.unpack(">I", profile[128:132])
    found: dict[str, memoryview] = {}
    whole = memoryview(profile)
    for place in range(min(count, _MOST_TAGS)):
        entry = profile[132 + 12 * place : 144 + 12 * place]
        if len(entry) == 12:
            at, length = struct.unpack(">2I", entry[4:])
            found[entry[:4].decode("latin-1")] = whole[at : at + length]
    return found


def _xyz(tag: memoryview) -> NDArray[np.float64]:
    if len(tag) < 20 or tag[:4] != b"XYZ ":
        raise Senseless("its primaries are no colours")
    return np.array(struct.unpack(">3i", tag[8:20]), np.float64) / 65536


def _primaries(tags: dict[str, memoryview]) -> Coding | None:
    """As seen under D50, to which profiles adapt; None where they are sRGB's."""
    if any(name not in tags for name in ("rXYZ", "gXYZ", "bXYZ")):
        raise Senseless("it has no primaries")
    columns = np.stack([_xyz(tags[name]) for name in ("rXYZ", "gXYZ", "bXYZ")])
    if np.abs(columns - _SRGB).max() < 3e-3:
        return None
    sums = columns.sum(axis=1)
    if np.abs(sums).min() < 1e-6:
        raise Senseless("its primaries are no colours")
    white = np.array(_D50)
    xy = [*(columns[:, :2] / sums[:, None]).ravel(), *(white[:2] / white.sum())]
    try:
        return Coding(tuple(float(value) for value in xy), "linear")
    except ValueError as error:
        raise Senseless(str(error)) from error


def _curve(tag: memoryview) -> Curve | None:
    """From numbers to light, both at least 0; None where they are the same."""
    if tag[:4] == b"curv" and len(tag) >= 12:
        (count,) = struct.unpack(">I", tag[8:12])
        if count == 0:
            return None
        table = np.frombuffer(tag[12 : 12 + 2 * count], ">u2").astype(np.float64)
        if len(table) != count:
            raise Senseless("a curve of it is not whole")
        if count == 1:
            gamma = table[0] / 256
            return None if gamma == 1 else lambda values: values**gamma
        return _of_table(table / 65535)
    if tag[:4] == b"para" and len(tag) >= 12:
        return _parametric(tag)
    raise Senseless("a curve of it is of a kind that is not known")


def _of_table(table: NDArray[np.float64]) -> Curve | None:
    places = np.linspace(0, 1, len(table))
    if np.abs(table - places).max() < 1e-4:
        return None
    slope = max(0.0, float(table[-1] - table[-2])) * (len(table) - 1)

    def curve(values: NDArray[np.float64]) -> NDArray[np.float64]:
        beyond = np.maximum(values - 1, 0) * slope  # straight on
        return np.interp(values, places, table) + beyond

    return curve


def _parametric(tag: memoryview) -> Curve | None:
    (kind,) = struct.unpack(">H", tag[8:10])
    count = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}.get(kind)
    if count is None or len(tag) < 12 + 4 * count:
        raise Senseless("a curve of it is of a kind that is not known")
    g, *rest = (value / 65536 for value in struct.unpack(f">{count}i", tag[12 : 12 + 4 * count]))
    a, b, c, d, e, f = (*rest, *(0.0,) * (6 - len(rest))) if rest else (1.0, 0, 0, 0, 0, 0)
    if kind == 0:
        return None if g == 1 else lambda values: values**g
    if kind in (1, 2):  # a straight part below -b / a, at c
        d, e, f, c = (-b / a if a else 0.0), c, c, 0.0

    def curve(values: NDArray[np.float64]) -> NDArray[np.float64]:
        bent = np.maximum(a * values + b, 0) ** g + e
        return np.where(values >= d, bent, c * values + f)

    along = np.linspace(0, 2, 33)
    return None if np.abs(curve(along) - along).max() < 1e-4 else curve

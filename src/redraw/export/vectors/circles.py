"""Circles and ellipses through points, and arcs of circles between two of them.

Lengths are in pixels.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.pieces import Arc, around

Floats = NDArray[np.float64]

# An arc turns at least so far, in radians: what bends less is a line, or a curve as good.
LEAST_SWEEP = np.radians(25.0)
# One arc turns no farther: near half a turn its centre hangs on the last digit of its radius.
WIDEST = 2.4
# The longer axis of an ellipse over its shorter one, at most.
MOST_ECCENTRIC = 12.0
# Steps of Gauss-Newton towards the nearest ellipse.
STEPS = 5


def ellipse(points: Floats, tolerance: float) -> list[Arc] | None:
    """A closed line as a circle, or else as an ellipse, if one is near enough to all of it.

    Args:
        points: The last is the first. (N, 2)
        tolerance: In pixels.
    """
    some = points[:-1]
    if len(some) < 6:
        return None
    clockwise = signed_area(points) > 0.0
    found = circle(some)
    if found is not None:
        centre, radius = found
        if np.abs(np.hypot(*(some - centre).T) - radius).max() <= tolerance:
            return around(centre, (radius, radius), 0.0, clockwise=clockwise)
    axes = _axes(some)
    if axes is None:
        return None
    centre, radii, turn, off = axes
    if off > tolerance or max(radii) > MOST_ECCENTRIC * min(radii):
        return None
    return around(centre, radii, turn, clockwise=clockwise)


def circle(points: Floats) -> tuple[Floats, float] | None:
    """Centre and radius of the circle nearest to points; None for a straight line.

    Source: Kasa, A circle fitting procedure and its error analysis, 1976.
    """
    middle = points.mean(axis=0)
    x, y = (points - middle).T
    matrix = np.stack([2.0 * x, 2.0 * y, np.ones_like(x)], axis=1)
    solved, _, rank, _ = np.linalg.lstsq(matrix, x * x + y * y, rcond=None)
    if rank < 3:
        return None
    radius = float(np.sqrt(max(solved[2] + solved[0] ** 2 + solved[1] ** 2, 0.0)))
    return middle + solved[:2], radius


def arc(points: Floats, tolerance: float) -> list[Arc] | None:
    """An open line as arcs of one circle through its ends.

    Args:
        points: In order. (N, 2)
        tolerance: In pixels.
    """
    found = circle(points)
    start, end = points[0], points[-1]
    chord = end - start
    length = float(np.hypot(*chord))
    if found is None or length < 1e-6 or len(points) < 6:
        return None
    across = np.array([-chord[1], chord[0]]) / length
    # The centre lies on the line that halves the chord.
    height = float((found[0] - (start + end) / 2.0) @ across)
    for _ in range(STEPS):
        centre = (start + end) / 2.0 + height * across
        away = points - centre
        distance = np.maximum(np.hypot(*away.T), 1e-9)
        radius = float(np.hypot(height, length / 2.0))
        residual = distance - radius
        slope = -(away @ across) / distance - height / max(radius, 1e-9)
        height -= float((slope * residual).sum() / max(float((slope**2).sum()), 1e-9))
    centre = (start + end) / 2.0 + height * across
    radius = float(np.hypot(height, length / 2.0))
    away = points - centre
    if not np.isfinite(radius) or np.abs(np.hypot(*away.T) - radius).max() > tolerance:
        return None
    angles = np.unwrap(np.arctan2(away[:, 1], away[:, 0]))
    sweep = float(angles[-1] - angles[0])
    turned = np.diff(angles) * np.sign(sweep)
    if not LEAST_SWEEP <= abs(sweep) < 2.0 * np.pi or turned.min() * radius < -tolerance:
        return None
    count = int(np.ceil(abs(sweep) / WIDEST))
    step = sweep / count
    radii = (radius, radius)
    return [Arc(centre, radii, 0.0, float(angles[0]) + k * step, step) for k in range(count)]


def signed_area(points: Floats) -> float:
    """Positive where a closed line goes round clockwise as seen with y down. (N, 2)"""
    x, y = points[:-1].T
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def _axes(points: Floats) -> tuple[Floats, tuple[float, float], float, float] | None:
    """Centre, radii and turn of the ellipse nearest to points, and how far it is off at most.

    Source: Halir & Flusser, Numerically stable direct least squares fitting of ellipses, 1998;
    then distances of first order (Sampson, 1982) are made least.
    """
    middle = points.mean(axis=0)
    scale = float(np.abs(points - middle).max())
    if scale <= 0.0:
        return None
    x, y = ((points - middle) / scale).T
    square = np.stack([x * x, x * y, y * y], axis=1)
    linear = np.stack([x, y, np.ones_like(x)], axis=1)
    try:
        moved = -np.linalg.solve(linear.T @ linear, linear.T @ square)
    except np.linalg.LinAlgError:
        return None
    scatter = square.T @ square + square.T @ linear @ moved
    scatter = np.stack([scatter[2] / 2.0, -scatter[1], scatter[0] / 2.0])
    _, vectors = np.linalg.eig(scatter)
    vectors = np.real(vectors)
    kind = 4.0 * vectors[0] * vectors[2] - vectors[1] ** 2
    if not (kind > 1e-12).any():
        return None
    first = vectors[:, int(np.argmax(kind))]
    conic = np.concatenate([first, moved @ first])
    terms = np.concatenate([square, linear], axis=1)
    for _ in range(STEPS):
        value, size, slopes = _sampson(conic, terms, x, y)
        step = np.linalg.lstsq(slopes, -value / size, rcond=None)[0]
        conic = conic + step
        conic /= np.linalg.norm(conic)
    value, size, _ = _sampson(conic, terms, x, y)
    a, b, c, d, e, f = conic
    det = 4.0 * a * c - b * b
    if det <= 1e-12:
        return None
    centre = np.array([b * e - 2.0 * c * d, b * d - 2.0 * a * e]) / det
    at = a * centre[0] ** 2 + b * centre[0] * centre[1] + c * centre[1] ** 2
    inner = at + d * centre[0] + e * centre[1] + f
    values, directions = np.linalg.eigh(np.array([[a, b / 2.0], [b / 2.0, c]]))
    with np.errstate(divide="ignore", invalid="ignore"):
        radii = np.sqrt(-inner / values)
    if not np.isfinite(radii).all():
        return None
    turn = float(np.arctan2(directions[1, 0], directions[0, 0]))
    off = float(np.abs(value / size).max()) * scale
    return middle + scale * centre, (float(radii[0] * scale), float(radii[1] * scale)), turn, off


def _sampson(conic: Floats, terms: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """A conic's values at points, their slopes' sizes, and distances' change with the conic."""
    a, b, c, d, e, _ = conic
    value = terms @ conic
    size = np.hypot(2.0 * a * x + b * y + d, b * x + 2.0 * c * y + e)
    size = np.maximum(size, 1e-9)
    return value, size, terms / size[:, None]

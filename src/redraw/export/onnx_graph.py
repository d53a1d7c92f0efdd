"""ONNX nodes and constants in the making, and the sums that several operations are made of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# What ONNX calls these kinds of numbers, and operators that give numbers of another kind.
FLOAT, INT64, DOUBLE = 1, 7, 11
OTHERS = ("Cast", "GreaterOrEqual")


class Graph:
    """Nodes and constants in the making; every value has a name of its own.

    Floats have 32 bits, but for what is computed of coordinates: places in fine grids and phases of
    many radians, less their whole numbers, need more.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._known: dict[tuple[Any, ...], str] = {}
        self._wide: set[str] = set()

    def node(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of what it makes."""
        from onnx import helper

        name = out or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        if kind not in OTHERS and not self._wide.isdisjoint(inputs):
            self._wide.add(name)
        return name

    def is_wide(self, value: str) -> bool:
        """Whether a value has 64 bits."""
        return value in self._wide

    def wide(self, value: str) -> str:
        """The same floats in 64 bits."""
        if value in self._wide:
            return value
        name = self.node("Cast", value, to=DOUBLE)
        self._wide.add(name)
        return name

    def single(self, value: str) -> str:
        """The same floats in 32 bits."""
        return self.node("Cast", value, to=FLOAT) if value in self._wide else value

    def constant(self, array: NDArray[Any], like: str = "") -> str:
        """Add a constant, float64 as float32 unless `like` is a value in 64 bits. Any shape."""
        from onnx import numpy_helper

        if array.dtype.kind == "f":
            array = array.astype(np.float64 if like in self._wide else np.float32)
        key = (array.dtype.str, array.shape, array.tobytes()) if array.size <= 16 else None
        if key in self._known:
            return self._known[key]
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        if key:
            self._known[key] = name
        if array.dtype == np.float64:
            self._wide.add(name)
        return name

    def scalar(self, value: float, like: str = "") -> str:
        """A float, of as many bits as `like`."""
        return self.constant(np.array(value, np.float64), like)

    def whole(self, values: Any) -> str:
        """Whole numbers of 64 bits."""
        return self.constant(np.array(values, np.int64))

    def add(self, value: str, number: int) -> str:
        """Whole numbers and a constant one."""
        return self.node("Add", value, self.whole(number)) if number else value

    def weighted(self, total: str, values: str, share: str) -> str:
        """A sum and a share of more: (N, C) and (N,); the share alone where there is no sum yet."""
        part = self.node("Mul", values, self.node("Unsqueeze", share, self.whole([1])))
        return self.node("Add", total, part) if total else part

    def splines(self, t: str) -> list[str]:
        """The four cubic B-splines that reach a place, which lies t after the second. (N,) each"""
        left = self.node("Sub", self.scalar(1.0), t)

        def cubes(value: str) -> tuple[str, str]:
            square = self.node("Mul", value, value)
            return square, self.node("Mul", square, value)

        def inner(value: str) -> str:
            square, cube = cubes(value)
            bent = self.node("Sub", self.scalar(2.0 / 3.0), square)
            return self.node("Add", bent, self.node("Mul", cube, self.scalar(0.5)))

        def outer(value: str) -> str:
            return self.node("Mul", cubes(value)[1], self.scalar(1.0 / 6.0))

        return [outer(left), inner(t), inner(left), outer(t)]

    def column(self, value: str, at: int) -> str:
        """Column `at` of a matrix, as a vector."""
        return self.node("Gather", value, self.whole(at), axis=1)

"""Places of extremes, as NumPy has them; and that no kernel calls what brings SciPy."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from numba import njit
from numba.np import arraymath

import redraw.kernels
from redraw.kernels import extremes

KERNELS = Path(redraw.kernels.__file__).parent
# What Numba compiles from the module that imports SciPy's linear algebra: functions, and methods.
SOURCE = Path(arraymath.__file__).read_text(encoding="utf-8")
FUNCTIONS = set(re.findall(r"^@(?:overload|lower_builtin)\(np\.(\w+)", SOURCE, re.MULTILINE))
METHODS = set(re.findall(r"overload_method\(types\.Array, [\"'](\w+)", SOURCE))


@njit
def places(numbers):
    return extremes.place_of_least(numbers), extremes.place_of_largest(numbers)


@pytest.mark.parametrize("numbers", [[3.0], [2, 1, 1, 2], [-1.5, 4, 4, -1.5], [0, -0.0, 7]])
def test_places_are_those_of_numpy(numbers):
    array = np.array(numbers)
    assert places(array) == (np.argmin(array), np.argmax(array))


def called(path):
    """Names of NumPy's functions and of methods that a module calls."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_numpy = isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
            yield node.func.attr, FUNCTIONS if of_numpy else METHODS


def test_no_kernel_calls_what_brings_scipy():
    assert {"argmin", "any", "sum"} <= FUNCTIONS & METHODS
    for path in sorted(KERNELS.glob("*.py")):
        found = {name for name, bringing in called(path) if name in bringing}
        assert not found, f"{path.name}: loading it would import SciPy's linear algebra"

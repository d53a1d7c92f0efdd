"""Every activation that there is has a formula in each language that fields are written in.

Which there are stands once, in `redraw.fields.sizes.ACTIVATIONS`; a language's table has formulas.
"""

import ast
import inspect
import re
from importlib.resources import files

import pytest

from redraw.coding import networks
from redraw.export import c_header, onnx_file, python_file, shader_parts
from redraw.fields.sizes import ACTIVATIONS, COMPLEX

REAL = set(ACTIVATIONS) - set(COMPLEX)


def table_of(script, name="FUNCTIONS"):
    """The keys of a table in JavaScript."""
    (body,) = re.findall(rf"^(?:export )?const {name} = \{{\n(.*?)^\}};", script, re.M | re.S)
    return re.findall(r"^  (\w+)[:,]", body, re.M)


@pytest.mark.parametrize("script", ["functions.js", "glsl.js"])
def test_in_javascript(script):
    found = table_of((files("redraw.export") / "web" / script).read_text(encoding="utf-8"))
    assert len(found) == len(set(found))
    assert set(found) == REAL  # complex ones are lowered to them


def test_in_c_and_shaders():
    assert set(c_header.FORMULAS) == REAL
    assert set(shader_parts.FUNCTIONS) == REAL


def test_in_python():
    assert set(python_file.FUNCTIONS) == set(ACTIVATIONS)


def test_in_onnx():
    tree = ast.parse(inspect.getsource(onnx_file._activation))
    cases = [
        case.pattern
        for node in ast.walk(tree)
        if isinstance(node, ast.Match)
        for case in node.cases
    ]
    named = {n.value for case in cases for n in ast.walk(case) if isinstance(n, ast.Constant)}
    assert named == REAL  # what is none of them is complex


def test_in_whole_numbers():
    assert set(networks.FUNCTIONS) == REAL | {""}


def test_a_table_in_javascript_is_read():
    assert table_of("const FUNCTIONS = {\n  tanh: 1,\n  sigmoid,\n};\n") == ["tanh", "sigmoid"]

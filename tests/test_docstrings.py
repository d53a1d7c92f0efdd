"""What docstrings must say, as far as it can be counted: the shapes of arrays, and examples."""

import ast
import re
from pathlib import Path

import pytest

import redraw

SOURCE = Path(redraw.__file__).parent
ARRAY = re.compile(r"^\W*(NDArray|Tensor|ArrayLike|np\.ndarray)\b")
# (N, C), (H, W, 1 or 3), (..., C), (n,), (P), () or words for what goes number by number.
SHAPE = re.compile(r"\((?:[\w.+*/ -]+, ?)+[\w.+*/ -]*\)|\([A-Z]\)|\(\)|\b[Aa]ny shape\b")


def functions(tree):
    """Public functions of a module, and public methods of its public classes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions(node)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def takes_arrays(function):
    """Whether a parameter is an array; kernels are called with arrays, and say no types."""
    parameters = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    entry = any(getattr(mark, "id", "") == "entry" for mark in function.decorator_list)
    types = [ast.unparse(p.annotation) for p in parameters if p.annotation is not None]
    return bool(parameters) and (entry or any(ARRAY.match(name) for name in types))


def without_shapes(text):
    """Names of functions that take arrays and don't say of which shape."""
    return [
        f"{function.name}, line {function.lineno}"
        for function in functions(ast.parse(text))
        # A method without words of its own has those of its base.
        if takes_arrays(function) and (said := ast.get_docstring(function)) is not None
        if not SHAPE.search(said)
    ]


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("The mean.", ["f, line 1"]),
        ("The mean (of all).", ["f, line 1"]),
        ("The mean. (N, C)", []),
        ("The mean. (n,)", []),
        ("Any shape.", []),
    ],
)
def test_a_missing_shape_is_seen(said, missing):
    assert without_shapes(f'def f(a: "NDArray[np.float32] | None"):\n    """{said}"""') == missing
    assert without_shapes(f'@entry\ndef f(a):\n    """{said}"""') == [
        name.replace("1", "2") for name in missing
    ]
    assert not without_shapes(f'def f(a: int, names: dict[str, Tensor]):\n    """{said}"""')


@pytest.mark.parametrize("name", sorted(set(redraw.__all__) - {"__version__"}))
def test_each_public_name_has_an_example(name):
    """`pytest` runs them."""
    public = getattr(redraw, name)
    if isinstance(public, type) and issubclass(public, Exception):
        return  # the tree of errors says when each is raised
    assert ">>> " in (public.__doc__ or ""), f"redraw.{name} shows no example"

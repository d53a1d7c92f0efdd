"""Outside their own files no code asks for a preset, an encoding or a solver by name or class."""

import ast
from pathlib import Path

import redraw
from redraw.engines.solvers import SOLVERS
from redraw.fields.encoding_configs import ENCODINGS
from redraw.fitting.plan.presets import PRESETS

HOUSE = Path(redraw.__file__).parent
# A kind of signal has the name of its preset; a way to write colours that of a solver.
NAMES = {*PRESETS, *ENCODINGS, *SOLVERS} - {"table", "coding"}
# Activations, outputs and curves have names of their own, some of them the same.
OTHERS = {"activation", "output", "transfer"}
CLASSES = {config.__name__ for config in ENCODINGS.values()}
CLASSES |= {type(config().build(2)).__name__ for config in ENCODINGS.values()}
# Where the things themselves are; and the fused kernels, which say what they have kernels for.
OWN = (
    "engines/cpu/",
    "engines/cuda/",
    "engines/spline/",
    "engines/labels/",
    "engines/coded/",
    "export/onnx_file.py",  # activations of a program
    "fields/",
    "storage/codecs/",
)


def asked(tree: ast.AST) -> list[tuple[int, str]]:
    """Lines that compare with a name, or ask for a class."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(n, ast.Attribute) and n.attr in OTHERS for n in sides):
                continue
            constants = [n for side in sides for n in ast.walk(side) if isinstance(n, ast.Constant)]
            found += [(node.lineno, n.value) for n in constants if n.value in NAMES]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            names = [n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)]
            found += [(node.lineno, name) for name in names if name in CLASSES]
        elif isinstance(node, ast.match_case):
            constants = [n for n in ast.walk(node.pattern) if isinstance(n, ast.Constant)]
            found += [(node.pattern.lineno, n.value) for n in constants if n.value in NAMES]
    return found


def test_nobody_asks_for_one_by_name():
    wrong = [
        f"{path.relative_to(HOUSE)}:{line}: {name}"
        for path in sorted(HOUSE.rglob("*.py"))
        if not str(path.relative_to(HOUSE)).startswith(OWN)
        for line, name in asked(ast.parse(path.read_text()))
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_forbidden_is_seen():
    program = 'if model == "ink" or kind in ("hash", "x") or isinstance(e, (Spline, int)): pass'
    assert {name for _, name in asked(ast.parse(program))} == {"ink", "hash", "Spline"}
    assert not asked(ast.parse('if field.activation == "relu": pass'))

"""Outside their own files no code asks for a preset, an encoding or a solver by name or class."""

import ast
import functools
import re
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
    "engines/fused.py",
    "engines/spline/",
    "engines/labels/",
    "engines/coded/",
    "export/onnx_file.py",  # activations of a program
    "fields/",
    "signals/picture/footprints.py",  # a blur has the name of a preset
    "storage/codecs/",
)


def constants_of(path: Path) -> dict[str, str]:
    """Constants of a file that are a name: "LINEAR" -> "spline"."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            found |= {name: node.value.value for name in names if node.value.value in NAMES}
    return found


def module_of(path: Path) -> str:
    """As it is imported."""
    return ".".join(("redraw", *path.relative_to(HOUSE).with_suffix("").parts))


@functools.cache
def constants() -> dict[str, dict[str, str]]:
    """Of every module that has some."""
    return {
        module_of(path): found
        for path in sorted(HOUSE.rglob("*.py"))
        if (found := constants_of(path))
    }


def meant(tree: ast.AST) -> dict[str, str]:
    """What stands for a name in a file: constants that it imports, or that it has itself."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in constants():
            known = constants()[node.module]
            for alias in node.names:
                if alias.name in known:
                    found[alias.asname or alias.name] = known[alias.name]
        elif isinstance(node, ast.ImportFrom | ast.Import):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                for constant, name in constants().get(f"{module}{alias.name}", {}).items():
                    found[f"{alias.asname or alias.name}.{constant}"] = name
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            name = node.value.value
            found |= {ast.unparse(target): name for target in node.targets if name in NAMES}
    return found


def asked(tree: ast.AST) -> list[tuple[int, str]]:
    """Lines that compare with a name, by itself or by a constant, or ask for a class."""
    found, known = [], meant(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(n, ast.Attribute) and n.attr in OTHERS for n in sides):
                continue
            constants = [n for side in sides for n in ast.walk(side) if isinstance(n, ast.Constant)]
            found += [(node.lineno, n.value) for n in constants if n.value in NAMES]
            parts = [ast.unparse(n) for side in sides for n in ast.walk(side) if stands(n)]
            found += [(node.lineno, known[part]) for part in parts if part in known]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            names = [n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)]
            found += [(node.lineno, name) for name in names if name in CLASSES]
        elif isinstance(node, ast.match_case):
            constants = [n for n in ast.walk(node.pattern) if isinstance(n, ast.Constant)]
            found += [(node.pattern.lineno, n.value) for n in constants if n.value in NAMES]
    return found


def stands(node: ast.AST) -> bool:
    """Whether it may stand for a constant."""
    return isinstance(node, ast.Name | ast.Attribute)


def test_nobody_asks_for_one_by_name():
    wrong = [
        f"{path.relative_to(HOUSE)}:{line}: {name}"
        for path in sorted(HOUSE.rglob("*.py"))
        if not str(path.relative_to(HOUSE)).startswith(OWN)
        for line, name in asked(ast.parse(path.read_text()))
    ]
    assert not wrong, "\n".join(wrong)


# Files outside of their own that name a preset or an encoding at all, or import from its files.
TABLES = ("engines/solvers.py", "fitting/plan/presets.py", "fitting/plan/chosen_presets.py")
# Whose files they are.
STORED = ("storage/spline_file.py", "storage/coded_file.py", "storage/drawing_file.py")
TOLD = {
    # What users are told to type, or what they get.
    "cli/commands/fit.py": "the help of --footprint and --pixel-art",
    "cli/commands/presets.py": "the end of its help",
    "cli/planned.py": "the option that takes another preset",
    "cli/commands/tune.py": "the examples of its help",
    "export/vectors/labelled.py": "which preset has regions, where a field has none",
    "fitting/result/quantising.py": "which preset has layers, where a field has none",
    "fitting/plan/planning.py": "which preset keeps exact pixels, where another was named",
    # The cubic spline, the wavelet and regions as mathematics, which several encodings share.
    "engines/lattice.py": "draws cubic splines of anything that has averages",
    "engines/linear.py": "the wavelet of the best linear answer",
    "engines/subpixel.py": "the cubic spline that detail is added to",
    "export/c_regions.py": "the operation `regions` of a program",
    "export/onnx_regions.py": "the same",
    "export/python_file.py": "the same, and cubic B-splines",
    "export/shader_regions.py": "the same",
}
WORDS = re.compile(r"\b(cel|wavelet|spline|alternating)\b|--model (?!NAME)[a-z]")
PARTS = re.compile(r"^redraw\.(fields|engines|kernels)\.(spline|wavelet|labels|label_cells|coded)")


def named(tree: ast.AST) -> bool:
    """Whether a name stands in a text, or is imported from; docstrings apart."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            if WORDS.search(node.value):
                return True
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            if any(PARTS.search(name) for name in names):
                return True
    return False


def test_whoever_names_one_has_a_reason():
    """Each new file here is asked whether the thing itself could answer."""
    own = (*OWN, *TABLES, *STORED, "kernels/", "coding/")
    found = {
        str(path.relative_to(HOUSE))
        for path in HOUSE.rglob("*.py")
        if not str(path.relative_to(HOUSE)).startswith(own) and named(ast.parse(path.read_text()))
    }
    assert found == set(TOLD)


# Who may ask whether something is a picture: what compares two pictures, and what shows one.
OF_PICTURES = {"cli/commands/diff.py", "studio/preview.py"}


def test_only_kinds_ask_whether_something_is_one_of_theirs():
    """A signal is asked what it is like, never of which kind it is."""
    found = {}
    for kind in ("Table", "Picture"):
        asking = re.compile(rf"isinstance\([^()]*\b{kind}\b")
        places = (path for path in HOUSE.rglob("*.py") if asking.search(path.read_text()))
        found[kind] = {str(path.relative_to(HOUSE)) for path in places}
    assert {path for path in found["Table"] if not path.startswith("signals/table/")} == set()
    others = {path for path in found["Picture"] if not path.startswith("signals/picture/")}
    assert others == OF_PICTURES


def test_what_is_forbidden_is_seen():
    program = 'if model == "ink" or kind in ("hash", "x") or isinstance(e, (Spline, int)): pass'
    assert {name for _, name in asked(ast.parse(program))} == {"ink", "hash", "Spline"}
    assert not asked(ast.parse('if field.activation == "relu": pass'))
    home = "redraw.fitting.plan.chosen_presets"
    for program in (
        f"from {home} import LINEAR\nif model != LINEAR: pass",
        f"from {home} import LINEAR as ONE\nif model in (ONE, other): pass",
        f"import {home} as presets\nif presets.LINEAR == model: pass",
        'LINEAR = "spline"\nasked = model == LINEAR',
    ):
        assert [name for _, name in asked(ast.parse(program))] == ["spline"], program
    assert not asked(ast.parse(f"from {home} import LINEAR\nprint(LINEAR)"))


def test_what_names_one_is_seen():
    for program in ('x = "take --model ink"', "from redraw.fields.spline import Spline"):
        assert named(ast.parse(program))
    assert not named(ast.parse('"""A spline."""\nfrom redraw.engines.cpu.sharing import share'))

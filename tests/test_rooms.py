"""The rooms of the house: no circles of imports, maps that name every file, shapes of arrays."""

import ast
import re
from pathlib import Path

import pytest
from tests.test_docstrings import without_shapes

SOURCE = Path(__file__).parents[1] / "src/redraw"

# Imports that close a circle, each inside a method of the class that people use. No others.
ALLOWED = {
    # `Picture.save` and `Picture.from_array` are how everybody writes and makes one; writers and
    # readers of arrays are made for pictures.
    "redraw.signals.picture.picture": {
        "redraw.signals.picture.writing",
        "redraw.signals.picture.inputs",
        "redraw.signals.picture.for_others",
        "redraw.signals.picture.kind",
    },
    # `Table.read` and `Table.from_arrays` are how everybody makes one; both make a `Table`.
    "redraw.signals.table.table": {
        "redraw.signals.table.making",
        "redraw.signals.table.reading",
    },
}


def modules(source=SOURCE):
    found = {}
    for path in source.rglob("*.py"):
        parts = ("redraw", *path.relative_to(source).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree, known):
    """What a module imports of the others, inside functions too; not for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from imports(ast.Module(node.orelse, []), known)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield from (name for name in (full, node.module) if name in known)
        yield from imports(node, known)


def circles(graph):
    """Modules that import each other, directly or not (Tarjan 1972)."""
    number, lowest, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for other in graph[node]:
            if other not in number:
                visit(other)
            if other in stack:
                lowest[node] = min(lowest[node], lowest[other])
        if lowest[node] == number[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in number:
            visit(node)
    return found


def imported_by(known):
    """Of each module: the others that it imports."""
    every = {}
    for name, path in known.items():
        found = set(imports(ast.parse(path.read_text(encoding="utf-8")), known)) - {name}
        # A package's own `__init__` is imported with each of its modules, and only maps them.
        found -= {name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1)}
        every[name] = found
    return every


def graph_of(imported, allowed):
    return {name: sorted(found - allowed.get(name, set())) for name, found in imported.items()}


@pytest.fixture(scope="module")
def imported():
    return imported_by(modules())


def test_no_module_imports_one_that_imports_it(imported):
    assert circles(graph_of(imported, ALLOWED)) == []


def test_each_exception_is_needed(imported):
    assert len(ALLOWED) <= 3
    for name in ALLOWED:
        others = {key: value for key, value in ALLOWED.items() if key != name}
        assert circles(graph_of(imported, others)), f"{name} closes no circle any more"


def test_a_circle_is_found_where_one_is_made(tmp_path):
    (tmp_path / "a.py").write_text("def f():\n    from redraw.b import g\n")
    (tmp_path / "b.py").write_text("from redraw import c\n")
    (tmp_path / "c.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from redraw import b\n"
    )
    assert circles(imported_by(modules(tmp_path))) == []
    (tmp_path / "c.py").write_text("import redraw.a\n")
    assert circles(imported_by(modules(tmp_path))) == [["redraw.a", "redraw.b", "redraw.c"]]


ROOMS = sorted(path.parent for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(SOURCE)))
def test_the_map_of_a_room_names_every_file(room):
    text = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    there = {path.name for path in room.glob("*.py") if path.name != "__init__.py"}
    there |= {f"{path.parent.name}/" for path in room.glob("*/__init__.py")}
    named = set(re.findall(r"[\w-]+\.py\b|\b\w+/(?=\s)", text))
    assert named >= there, f"the map lacks {sorted(there - named)}"


@pytest.mark.parametrize("folder", ["export/web", "studio/static"])
def test_the_map_of_a_folder_of_pages_names_every_file_and_no_other(folder):
    text = (SOURCE / folder / "README.md").read_text(encoding="utf-8")
    there = {path.name for path in (SOURCE / folder).iterdir() if path.is_file()} - {"README.md"}
    there |= {f"{path.name}/" for path in (SOURCE / folder).iterdir() if path.is_dir()}
    listed = "\n".join(line for line in text.splitlines() if line.startswith("    "))
    named = set(re.findall(r"\b[\w-]+\.(?:js|html|css|svg)\b", listed)) - {"redraw-field.js"}
    named |= set(re.findall(r"\b[\w-]+/(?=\W)", text)) - {"docs/", "export/"}
    assert named == there, sorted(named ^ there)


def test_functions_that_take_arrays_say_their_shapes():
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if missing := without_shapes(path.read_text(encoding="utf-8")):
            found[str(path.relative_to(SOURCE))] = missing
    assert not found, f"say (H, W, C), (n,) or 'Any shape' in the docstrings of {found}"

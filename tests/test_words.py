"""Names in the code are those that the field uses: words that once stood for them are gone.

Identifiers and names of files are read, part by part (`block_transforms`: block, transforms), not
prose. Each row says what a word stood for, and what that is called.
"""

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import redraw
from redraw.fields.encoding_configs import ENCODINGS

HOUSE = Path(redraw.__file__).parent

# Nowhere, as they have no other meaning here.
GONE = {
    "wish": "request",
    "wishes": "requests",
    "insides": "subpixel detail",
    "beginning": "first frame",
    "surroundings": "machine info",
    "draftsman": "worker",
    "draftsmen": "workers",
    "fitter": "worker",
    "fitters": "workers",
    "claims": "atomics",
}

# Where the spline and its significant coefficients are.
SPLINE = (
    "engines/spline/",
    "fields/spline",
    "kernels/significance.py",
    "kernels/range_coder.py",
    "storage/spline_file.py",
)
# Where the wavelet's coefficients are.
WAVELET = (
    "coding/aiming.py",
    "coding/analysis.py",
    "coding/blocks/",
    "coding/colour_rows.py",
    "coding/lookahead.py",
    "coding/picture.py",
    "coding/pyramid.py",
    "coding/search.py",
    "coding/streams.py",
    "coding/stronger.py",
    "engines/coded/",
    "fields/wavelet",
    "fitting/large/",
    "kernels/aiming.py",
    "kernels/block_",
    "kernels/coefficients.py",
    "kernels/lifting.py",
    "kernels/lookahead.py",
    "kernels/neighbours.py",
    "kernels/quantising.py",
    "kernels/wavelet.py",
)
# Where a step, and what it takes, is told.
STEPS = (
    "engines/contract.py",
    "engines/fused.py",
    "engines/made_for.py",
    "engines/reference.py",
    "fitting/plan/",
    "fitting/run/",
)
GRIDS = ("engines/cpu/hash_grid", "fields/hash_grid", "kernels/hash_grid")

# In these files, as elsewhere they have their ordinary meaning: a place in a list, a cut file.
GONE_FROM = {
    SPLINE: {
        "place": "significance",
        "places": "significance",
        "cut": "threshold",
        "cuts": "thresholds",
        "choice": "transform",
        "choices": "transforms",
        "apart": "decorrelated",
        "inside": "subpixel detail",
        "numbers": "coefficients",
    },
    WAVELET: {"number": "coefficient", "numbers": "coefficients"},
    STEPS: {"work": "step spec, or plan"},
    GRIDS: {"coarsest": "base_resolution", "growth": "per_level_scale"},
}

# Identifiers in which such a word has its ordinary meaning.
ALLOWED = {
    "engines/spline/alternating.py": {"_lists_in_place"},  # where they are, not anew
    "engines/spline/start.py": {"NUMBERS_PER_PARAMETER"},  # floats held for each
    "coding/blocks/layout.py": {"number"},  # of a block: which it is
    "coding/blocks/mosaic.py": {"number"},
    "engines/coded/tiles.py": {"number", "numbers"},  # of tiles
    "fitting/large/passes.py": {"number"},
    "fitting/large/squares.py": {"numbers", "numbers_of"},  # floats that a field takes
    "fitting/run/profile.py": {"work", "work_done"},  # operations and bytes
    "fields/hash_grid_config.py": {"coarsest", "coarsest_cell"},  # sides of cells, largest last
    "kernels/significance.py": {"number", "coded_number"},
}


def parts(name: str) -> list[str]:
    """The words that a name is made of, in small letters."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def names(tree: ast.AST) -> Iterator[str]:
    """What is defined, asked for, or handed over by name, and the modules it comes from."""
    for node in ast.walk(tree):
        for field in ("name", "id", "attr", "arg", "asname", "module"):
            found = getattr(node, field, None)
            if isinstance(found, str):
                yield from found.split(".")


def wrong(path: str, tree: ast.AST) -> list[str]:
    """Names in a file, and its own, with a word that is gone; and what to say."""
    now = dict(GONE)
    for files, words in GONE_FROM.items():
        if path.startswith(files):
            now |= words
    found = {*names(tree), *Path(path).with_suffix("").parts} - ALLOWED.get(path, set())
    return [
        f"{path}: {name}; say {now[word]}"
        for name in sorted(found)
        for word in parts(name)
        if word in now
    ]


def test_words_that_are_gone_stay_gone():
    found = [
        line
        for path in sorted(HOUSE.rglob("*.py"))
        for line in wrong(str(path.relative_to(HOUSE)), ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", ALLOWED)
def test_what_is_allowed_is_there(path):
    tree = ast.parse((HOUSE / path).read_text(encoding="utf-8"))
    assert set(names(tree)) >= ALLOWED[path]


def test_every_place_that_is_looked_at_is_there():
    every = [str(path.relative_to(HOUSE)) for path in HOUSE.rglob("*.py")]
    for files in GONE_FROM:
        for start in files:
            assert any(path.startswith(start) for path in every), start


def test_words_are_seen_in_names_of_every_kind():
    program = "from x.wishes import a\nclass FitterPool: pass\ndef f(insides=1): b.surroundings\n"
    assert [line.split("; ")[0] for line in wrong("cli/app.py", ast.parse(program))] == [
        "cli/app.py: FitterPool",
        "cli/app.py: insides",
        "cli/app.py: surroundings",
        "cli/app.py: wishes",
    ]
    assert wrong("studio/fitter.py", ast.parse("")) == ["studio/fitter.py: fitter; say worker"]
    assert wrong("cli/app.py", ast.parse("place = 'a wish'")) == []
    assert wrong("fields/spline.py", ast.parse("place = 1")) == [
        "fields/spline.py: place; say significance"
    ]


def test_hash_grids_have_the_names_that_everyone_searches_for():
    """Old ones are read, and written into files, which do not change: only there they stand."""
    config = ENCODINGS["hash"]
    own = {field.name for field in dataclasses.fields(config)}
    usual = {"n_levels", "n_features_per_level", "log2_hashmap_size"}
    usual |= {"base_resolution", "per_level_scale"}
    assert own == usual | {"aspect"}
    assert set(config.stored_names) == usual
    assert set(config.stored_names.values()).isdisjoint(own)


def test_endings_of_our_own_files_stand_once():
    """`.redraw` and `.run`: in `redraw.storage.field_name` and `redraw.storage.run_config`.

    Whole names that are put together, f"{stem}.run", say what they are.
    """
    found = set()
    for path in HOUSE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        names = {
            id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values
        }
        found |= {
            (str(path.relative_to(HOUSE)), node.value)
            for node in nodes
            if isinstance(node, ast.Constant) and id(node) not in names
            if node.value in (".redraw", ".run")
        }
    assert found == {("storage/field_name.py", ".redraw"), ("storage/run_config.py", ".run")}

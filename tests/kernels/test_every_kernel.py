"""Every file of kernels has a test of its name; where it has none, it is said where it is held."""

from pathlib import Path

import redraw.kernels

HERE = Path(__file__).parent
KERNELS = Path(redraw.kernels.__file__).parent
# Without a test of their name: what holds them instead.
ELSEWHERE = {
    # Constants alone: each test of coefficients, quantising and neighbours builds on them.
    "band_layout": "tests/kernels/test_coefficients.py",
    # A step is one call of the whole: it is compared with the reference engine, number by number.
    "steps": "tests/engines/test_conformance.py",
    "network": "tests/engines/test_conformance.py",
    "hash_grid_training": "tests/engines/cpu/test_hash_grid.py",
    # Parts of one coder: a reader that was written from docs/format.md alone reads what they write.
    "drawing_bits": "tests/golden/test_drawing.py",
    "drawing_answers": "tests/engines/labels/test_whole.py",
    "drawing_colours": "tests/golden/test_drawing.py",
    "drawing_places": "tests/golden/test_drawing.py",
    "drawing_potentials": "tests/golden/test_drawing.py",
    "drawing_seeds": "tests/golden/test_drawing.py",
    "drawing_start": "tests/kernels/test_flat_colours.py",
    "exact_layout": "tests/coding/test_exact.py",
    "exact_pixels": "tests/coding/test_exact.py",
    # Constants alone, of the filter.
    "filter_layout": "tests/kernels/test_filtering.py",
    # Steps of a fit with time: what they choose is smaller at the same quality, and is taken back.
    "lookahead": "tests/coding/test_stronger.py",
    # A scale of sizes: whoever reads what a coder wrote reads through it.
    "octaves": "tests/kernels/test_block_coder.py",
    "whole_grid": "tests/coding/test_grids.py",
    # A drawing is compared with the field, point by point and cell by cell.
    "label_drawing": "tests/engines/labels/test_twins.py",
    # Whole steps are compared with the definition.
    "labels": "tests/engines/labels/test_twins.py",
    # Run by Triton's interpreter, against the reference engine; on a card by scripts/on-gpu.
    "cuda/drawing": "tests/engines/cuda/test_engine.py",
    "cuda/encodings": "tests/engines/cuda/test_session.py",
    "cuda/functions": "tests/engines/cuda/test_session.py",
    "cuda/layers": "tests/engines/cuda/test_session.py",
    # Constants alone: of `names`, whose test compares them with what is called so elsewhere.
    "cuda/names": "tests/kernels/test_names.py",
    "cuda/losses": "tests/engines/cuda/test_session.py",
    "cuda/network": "tests/engines/cuda/test_session.py",
    "cuda/points": "tests/engines/cuda/test_session.py",
    "cuda/pyramid": "tests/engines/spline/test_card.py",
    "cuda/sparse": "tests/engines/spline/test_card.py",
    "cuda/spline": "tests/engines/spline/test_card_drawer.py",
    "cuda/wide": "tests/engines/cuda/test_wide.py",
    "cuda/update": "tests/engines/cuda/test_session.py",
    # A kernel that does nothing: whether Triton can compile one here.
    "cuda/probe": "tests/engines/cuda/test_card.py",
}


def names():
    found = (path.relative_to(KERNELS) for path in KERNELS.rglob("*.py"))
    return {str(path.with_suffix("")) for path in found if path.name != "__init__.py"}


def test_each_has_a_test_of_its_name():
    lacking = {name for name in names() if not (HERE / f"test_{name}.py").exists()}
    assert lacking - set(ELSEWHERE) == set(), "write tests/kernels/test_NAME.py for these"


def test_what_is_held_elsewhere_has_none_and_is_there():
    root = HERE.parents[1]
    for name, test in ELSEWHERE.items():
        if name not in names():
            continue
        assert not (HERE / f"test_{name}.py").exists(), f"{name} has a test of its name"
        assert (root / test).exists()

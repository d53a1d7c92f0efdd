"""Memory follows the edges of a page, not its area."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("page_memory.py")


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="only Linux forgets a peak of memory"
)
@pytest.mark.parametrize(
    ("name", "flat", "edges"),
    # In floats of the picture: a few bytes a pixel; and for each listed pixel its potentials,
    # their moments, neighbours and gradients, which are more floats in grey than in colour.
    # Measured at two fifths of A4's sides: 10.9 with 7.3 % listed, and 4.2 with 4.6 %.
    [("line art", 4.0, 110.0), ("screenshot", 3.0, 30.0)],
)
def test_memory_follows_the_edges(name, flat, edges):
    root = PROGRAM.parents[3]  # where the pages are drawn from
    paths = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = subprocess.run(
        [sys.executable, str(PROGRAM), name, "300", "0.4"],
        capture_output=True, text=True, check=True, cwd=root,
        env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    most, listed = map(float, ran.stdout.split()[-2:])
    assert most < flat + edges * listed

"""No number of a file leads a kernel out of its arrays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("bounds_program.py")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Where kernels that check bounds are kept from one seed to the next."""
    return tmp_path_factory.mktemp("numba")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [0, 1])
def test_files_with_true_checksums_and_false_numbers_stay_within_bounds(compiled, seed):
    """Kernels are compiled for it: minutes the first time."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(seed), "150"],
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(compiled)},
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "'refused'" in done.stdout

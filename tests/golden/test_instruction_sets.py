"""Golden files show the same where vectors are narrower, or numbers are multiplied otherwise."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import llvmlite.binding as llvm
import pytest

HERE = Path(__file__).parent
HASHES = {"coded": "pixels.json", "blocks": "pixels.json", "networks": "drawn.json"}
INTEL = platform.machine().lower() in ("x86_64", "amd64")
# By what the processor is taken for: bits of vectors, and whether pairs of 16 bits are multiplied.
SETS = {
    "": (128, False),
    "+sse2": (128, True),
    "+sse2,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma": (256, True),
}


@pytest.mark.slow  # each compiles all kernels of drawing anew
@pytest.mark.parametrize("features", SETS, ids=["plain", "narrow", "wide"])
def test_they_show_the_same(features):
    """Compiled for a processor that has no more than is named, in a process of its own."""
    if features and not INTEL:
        pytest.skip("these are instructions of other processors")
    there = llvm.get_host_cpu_features()
    if not all(there.get(name[1:]) for name in features.split(",") if name):
        pytest.skip(f"this processor has not all of {features}")
    own = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": features}
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden.hashes_program"],
        cwd=HERE.parents[1],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["bits"], found["pairs"]) == SETS[features]
    wanted = {name: json.loads((HERE / name / own).read_text()) for name, own in HASHES.items()}
    assert found["hashes"] == wanted

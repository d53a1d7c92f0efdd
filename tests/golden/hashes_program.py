"""Prints the hashes of what golden files show, each as its own tests take them, as JSON.

python -m tests.golden.hashes_program
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from tests.golden import write_blocks, write_networks

from redraw.coding.picture import Quantised
from redraw.kernels.vectors import PAIRS, VECTOR_BITS
from redraw.storage.coded_file import picture_of
from redraw.storage.container import chunks_of

HERE = Path(__file__).parent


def pixels_of(path):
    coded, _ = picture_of(chunks_of(path.read_bytes(), path.name)[0], path.name)
    return np.ascontiguousarray(Quantised.of(coded).pixels(), "<u2")


if __name__ == "__main__":
    found = {}
    kinds = ("coded", pixels_of), ("blocks", write_blocks.drawn), ("networks", write_networks.drawn)
    for folder, drawn in kinds:
        paths = sorted((HERE / folder).glob("*.redraw"))
        hashes = {path.stem: hashlib.sha256(drawn(path).tobytes()).hexdigest() for path in paths}
        found[folder] = hashes
    json.dump({"bits": VECTOR_BITS, "pairs": PAIRS, "hashes": found}, sys.stdout)

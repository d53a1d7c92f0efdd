"""Files with true checksums and false numbers, coded ones too, while kernels check indices.

Run with NUMBA_BOUNDSCHECK=1: an index out of its range is an IndexError then, and never one of
redraw's own errors. Prints how many files were refused and how many drawn.

    python tests/storage/bounds_program.py SEED CASES
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.reading import read_tensors

import redraw
from redraw.errors import RedrawError
from redraw.fitting.run.run import Run
from redraw.storage.container import Chunk, chunks_of, container_of, packed
from redraw.storage.tensor_file import write_tensors

WILD = (0, 1, -1, 2, 255, 256, 1 << 15, -(1 << 15), (1 << 31) - 1, -(1 << 31))
MODELS = ("spline", "cel", "hash")
CODED = ("wavelet", "cel")  # photographs and drawings in chunks


def changed(tensors: dict[str, torch.Tensor], chance: np.random.Generator) -> None:
    """Change one to four numbers, in place, as bits or to what is at an end of its range."""
    for _ in range(int(chance.integers(1, 5))):
        name = str(chance.choice(sorted(tensors)))
        array = tensors[name].contiguous().numpy()
        if not array.size:
            continue
        at = int(chance.integers(array.size))
        flat = array.reshape(-1)
        if array.dtype.kind in "iu" and chance.random() < 0.7:
            flat[at] = np.array(chance.choice(WILD)).astype(array.dtype)
        else:
            raw = flat[at : at + 1].view(np.uint8)
            raw[int(chance.integers(raw.size))] ^= 1 << int(chance.integers(8))


def is_coded(path: Path) -> bool:
    """Whether a field file is one of chunks."""
    return path.read_bytes()[1:4] == b"RDW"


def damaged(chunk: Chunk, chance: np.random.Generator) -> Chunk:
    """One to three bits of some chunks' content, changed; its checksum is made anew."""
    if not chunk.content or chunk.name == "ME" or chance.random() < 0.5:
        return chunk
    content = bytearray(chunk.content)
    for _ in range(int(chance.integers(1, 4))):
        content[int(chance.integers(len(content)))] ^= 1 << int(chance.integers(8))
    return Chunk(chunk.name, bytes(content))


def main(seed: int, cases: int) -> None:
    """Fit small ones, and open what was made of them."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[:24, :28]
    shown = np.stack([np.hypot(x - 12, y - 11) < 7, x > 20, y + x > 30], -1).astype(np.float32)
    found = {"refused": 0, "drawn": 0}
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            run, field = Path(folder) / f"{model}.run", Path(folder) / f"{model}.redraw"
            redraw.fit(shown, model=model, steps=3, run=run, output=field, threads=2)
            (checkpoint,) = (run / "checkpoints").iterdir()
            for path in (checkpoint, field):
                if is_coded(path):
                    continue
                header, tensors = read_tensors(path)
                original = path.read_bytes()
                for _ in range(cases):
                    own = {name: tensor.clone() for name, tensor in tensors.items()}
                    changed(own, chance)
                    write_tensors(path, own, header, force=True)
                    try:
                        if path == field:
                            redraw.load(field).render(40, 36)
                        else:
                            Run.look(run).drawer().values(
                                chance.uniform(-1, 1, (99, 2)).astype(np.float32)
                            )
                        found["drawn"] += 1
                    except RedrawError:
                        found["refused"] += 1
                with contextlib.suppress(OSError):
                    path.write_bytes(original)
        for model in CODED:
            path = Path(folder) / f"{model}.redraw"
            redraw.fit(shown, model=model, steps=3, output=path, force=True, threads=2)
            chunks, _ = chunks_of(container_of(path), str(path))
            for _ in range(cases):
                path.write_bytes(packed([damaged(chunk, chance) for chunk in chunks]))
                try:
                    redraw.load(path).render(40, 36)
                    found["drawn"] += 1
                except RedrawError:
                    found["refused"] += 1
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""The signal in a run folder: what a resume needs, in a file of its kind.

The kind says how (`Kind.codec`). What has no codec of its own is written as `Signal.stored` says: a
tensor file with the header {"kind": ..., "version": 1, "signal": {...}} and the arrays.
"""

import os
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from redraw.errors import FileFormatError, RunError
from redraw.signals.kinds import KINDS, Kind, kind_of, kinds
from redraw.signals.signal import Signal
from redraw.storage.checkpoint import check_kind, check_types
from redraw.storage.messages import shown
from redraw.storage.tensor_file import open_tensors, write_tensors

VERSION = 1


class Codec(Protocol):
    """How a kind of signal is kept in a file."""

    def save(self, path: Path, signal: Signal) -> None:
        """Write it, atomically and exactly, in the place of what is there."""

    def load(self, path: Path) -> Signal:
        """Read it back. Raises FileFormatError where it is damaged, or something else."""
        ...


class Plain:
    """The codec of kinds that have none of their own."""

    def save(self, path: Path, signal: Signal) -> None:
        """As `Codec.save`."""
        header, arrays = signal.stored()
        tensors = {n: torch.from_numpy(np.ascontiguousarray(a)) for n, a in arrays.items()}
        about = {"kind": signal.kind, "version": VERSION, "signal": header}
        write_tensors(path, tensors, about, force=True)

    def load(self, path: Path) -> Signal:
        """As `Codec.load`."""
        with open_tensors(path) as file:
            name = file.header.get("kind")
            if not isinstance(name, str):
                raise FileFormatError(f"{file.path} is damaged: its kind is {shown(name)}")
            check_kind(file.path, file.header, name, VERSION)
            check_types(file.path, file.header, {"kind": str, "version": int, "signal": dict})
            arrays = {name: tensor.numpy() for name, tensor in file.tensors().items()}
            return KINDS.named(name).part("signal").restored(file.header["signal"], arrays)


PLAIN = Plain()


def save_signal(folder: Path, signal: Signal) -> None:
    """Put a signal into a run folder, in the place of any other.

    Raises:
        OutputError: it can't be written.
    """
    own = kind_of(signal)
    codec: Codec = own.part("codec")
    codec.save(folder / own.file, signal)
    for kind in kinds():
        if kind.file != own.file:
            (folder / kind.file).unlink(missing_ok=True)


def saved_kind(folder: str | os.PathLike[str]) -> Kind | None:
    """The kind of the signal in a run folder, if there is one that is known here."""
    return next((kind for kind in kinds() if (Path(folder) / kind.file).exists()), None)


def saved_signal(folder: str | os.PathLike[str]) -> Signal:
    """The signal in a run folder.

    Raises:
        RunError: there is none, or of a kind that is not known here.
        FileFormatError: it is damaged.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RunError(f"the run folder {folder} does not exist")
    kind = saved_kind(folder)
    if kind is None:
        for other in folder.glob("*.safetensors"):
            raise RunError(
                f"{folder} learns a signal of the kind {other.stem!r}, which is not known here;"
                " install the package that brings it"
            )
        kind = kinds()[-1]  # whose codec says what is missing
    codec: Codec = kind.part("codec")
    return codec.load(folder / kind.file)

"""A table as a tensor file: what a run folder keeps, so that a resume needs nothing else.

Header {"kind": "table", "version": 1, "columns": {...}, "unseen": [...], "name": text}; tensors
`inputs` (N, D), `targets` (N, T), `held_inputs` (M, D), `held_targets` (M, T), all float64.
"""

import os
from pathlib import Path

import torch

from redraw.errors import FileFormatError, TableError
from redraw.signals.table.columns import Schema
from redraw.signals.table.table import Table
from redraw.storage.checkpoint import check_kind, check_types
from redraw.storage.messages import shown
from redraw.storage.tensor_file import open_tensors, write_tensors

KIND = "table"
VERSION = 1
TENSORS = ("inputs", "targets", "held_inputs", "held_targets")


class TableFile:
    """The codec of tables (`redraw.storage.signal_file.Codec`)."""

    def save(self, path: Path, signal: Table) -> None:
        """Write it in the place of what is there."""
        save_table(path, signal, force=True)

    def load(self, path: Path) -> Table:
        """Read it back."""
        return load_table(path)


TABLE_FILE = TableFile()


def save_table(path: str | os.PathLike[str], table: Table, *, force: bool = False) -> None:
    """Write `table`, atomically and exactly. Raises as `write_tensors`."""
    header = {
        "kind": KIND,
        "version": VERSION,
        "columns": table.schema.to_json(),
        "unseen": list(table.unseen),
        "name": table.name,
    }
    tensors = {name: torch.tensor(getattr(table, name), dtype=torch.float64) for name in TENSORS}
    write_tensors(path, tensors, header, force=force)


def load_table(path: str | os.PathLike[str]) -> Table:
    """Read it back.

    Raises:
        FileFormatError: `path` is damaged or something else.
    """
    with open_tensors(path) as file:
        check_kind(file.path, file.header, KIND, VERSION)
        keys = {"kind": str, "version": int, "columns": dict, "unseen": list, "name": str}
        check_types(file.path, file.header, keys)
        unseen = file.header["unseen"]
        if not all(isinstance(name, str) for name in unseen):
            raise FileFormatError(f"{file.path} is damaged: its unseen classes are {shown(unseen)}")
        for name in sorted(file.specs.keys() ^ set(TENSORS)):
            raise FileFormatError(f"{file.path} is damaged: {shown(name)} is foreign or missing")
        for name, spec in file.specs.items():
            if spec.dtype != torch.float64 or len(spec.shape) != 2:
                raise FileFormatError(f"{file.path} is damaged: its {name} is {spec}")
        try:
            schema = Schema.from_json(file.header["columns"])
        except FileFormatError as error:
            raise FileFormatError(f"{file.path} is damaged: {error}") from error
        tensors = {name: tensor.numpy() for name, tensor in file.tensors().items()}
    try:
        table = Table(
            tensors["inputs"],
            tensors["targets"],
            schema,
            tensors["held_inputs"],
            tensors["held_targets"],
            unseen=tuple(unseen),
            name=file.header["name"],
        )
    except TableError as error:
        raise FileFormatError(f"{path} is damaged: {error}") from error
    if schema.task == "classification":
        _check_classes(path, table)
    return table


def _check_classes(path: str | os.PathLike[str], table: Table) -> None:
    """Numbers of classes are looked up in lists: none may lie beyond them."""
    known = len(table.schema.classes)
    for targets, most in (
        (table.targets, known),
        (table.held_targets, known + len(table.unseen)),
    ):
        if not ((targets >= 0) & (targets < most) & (targets % 1 == 0)).all():
            raise FileFormatError(f"{path} is damaged: a class has a number that no class has")

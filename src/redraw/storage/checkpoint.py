"""A checkpoint: everything that resuming a fit needs, in one file.

A tensor file with the header

    {"kind": "checkpoint", "version": 1, "step": N, "config": digest, "log": bytes, "state": {...}}

`config` is the digest of the run's configuration, `log` the length of the run's log at that step.
"""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from redraw.errors import FileFormatError
from redraw.storage.messages import shown
from redraw.storage.tensor_file import open_tensors, write_tensors

KIND = "checkpoint"
VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """The state of a fit after `step` steps.

    Attributes:
        step: Steps taken.
        header: Plain JSON values: plan, seed, schedule, whatever is no tensor.
        tensors: Parameters and optimizer state, by name.
        config: Digest of the configuration it belongs to; the run folder fills it in.
        log_bytes: Length of the run's log when it was saved; the run folder fills it in.
        notes: What the user should be told about how it was loaded.
    """

    step: int
    header: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    config: str = ""
    log_bytes: int = 0
    notes: tuple[str, ...] = dataclasses.field(default=(), compare=False)


def save_checkpoint(
    path: str | os.PathLike[str], checkpoint: Checkpoint, *, force: bool = False
) -> None:
    """Write a checkpoint, atomically and durably. Raises as `write_tensors`."""
    header = {
        "kind": KIND,
        "version": VERSION,
        "step": checkpoint.step,
        "config": checkpoint.config,
        "log": checkpoint.log_bytes,
        "state": dict(checkpoint.header),
    }
    write_tensors(path, checkpoint.tensors, header, force=force)


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint, tensors on the CPU.

    Raises:
        FileFormatError: `path` is damaged, of another kind, or of a newer version.
    """
    with open_tensors(path) as file:
        check_kind(file.path, file.header, KIND, VERSION)
        expected = {"kind": str, "version": int, "step": int, "config": str, "log": int}
        check_types(file.path, file.header, {**expected, "state": dict})
        step, log = file.header["step"], file.header["log"]
        if step < 0 or log < 0:
            raise FileFormatError(f"{file.path} is damaged: its step is {step}, its log {log}")
        return Checkpoint(step, file.header["state"], file.tensors(), file.header["config"], log)


def check_kind(path: str, header: Mapping[str, Any], kind: str, version: int) -> None:
    """Refuse another kind of file and versions newer than `version`.

    Raises:
        FileFormatError: names the kind or version found.
    """
    if header.get("kind") != kind:
        raise FileFormatError(
            f"{path} is a file of redraw of the kind {shown(header.get('kind'))}, not a {kind}"
        )
    found = header.get("version")
    if type(found) is not int or found < 1:
        raise FileFormatError(f"{path} is damaged: its format version is {shown(found)}")
    if found > version:
        raise FileFormatError(
            f"{path} has format version {found}, this redraw reads up to {version};"
            " upgrade redraw to open it"
        )


def check_types(path: str, header: Mapping[str, Any], expected: Mapping[str, type]) -> None:
    """Refuse foreign and missing keys, and values of other types than `expected`.

    Raises:
        FileFormatError: names the key.
    """
    for foreign in sorted(header.keys() - expected.keys()):
        raise FileFormatError(f"{path} has the foreign key {shown(foreign)} in its header")
    for missing in sorted(expected.keys() - header.keys()):
        raise FileFormatError(f"{path} lacks the key {missing!r} in its header")
    for key, kind in expected.items():
        if type(header[key]) is not kind:
            raise FileFormatError(
                f"{path} is damaged: its {key} is {shown(header[key])}; expected {kind.__name__}"
            )

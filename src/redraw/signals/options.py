"""What is said of a signal when it is opened: columns of a table, the size of a picture.

Each kind's opener takes what is its own, and refuses the rest.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import ArrayLike

from redraw.signals.signal import Signal

# What `redraw.fit` and the command line may be given to learn, and as its targets.
Learnable = str | os.PathLike[str] | Signal | ArrayLike
Targets = str | Sequence[str] | ArrayLike | None


@dataclass(frozen=True)
class Columns:
    """What `redraw.fit` and the command line say of a table; see `Table.read`."""

    targets: Targets = None
    inputs: str | Sequence[str] | None = None
    task: str | None = None
    held_out: float | str | os.PathLike[str] | None = None
    scaling: str = "range"

    @property
    def given(self) -> list[str]:
        """Names of those that are not left as they are by default."""
        options = {
            "inputs": self.inputs,
            "targets": self.targets,
            "task": self.task,
            "held-out": self.held_out,
            "scaling": None if self.scaling == "range" else self.scaling,
        }
        return [name for name, value in options.items() if value is not None]


@dataclass(frozen=True)
class Options:
    """All that is said of a signal.

    Attributes:
        columns: Of a table.
        others: By name, as far as they are given: `max_side`, `size`, `threshold`, `max_pixels` of
            a picture; what another kind's opener takes.
    """

    columns: Columns = field(default_factory=Columns)
    others: Mapping[str, Any] = field(default_factory=dict)


def called(named: Learnable) -> str:
    """What was named, for messages."""
    return str(named) if isinstance(named, str | os.PathLike) else "the array"

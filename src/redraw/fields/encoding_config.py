"""What every configuration of an encoding answers: the contract of the table `ENCODINGS`.

A configuration is a frozen dataclass whose attributes are the settings of `--set`; it goes to JSON
and back, and does without PyTorch, which is imported when it builds its module. Everything else
that the project asks of an encoding is a method or a class attribute here, with the answer of a
plain one; so a new encoding is a file with such a class, a file with its module, and one line:

    ENCODINGS.register(MyConfig.kind, MyConfig)
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from redraw.fields.sizes import WIDEST, largest_widths

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from redraw.fields.config import FieldConfig
    from redraw.fields.encoding import Encoding

# A grid's finest cells, in pixels of the picture: the best of 1, 1.2, 1.5 and 2 at equal budgets,
# by `python -m benchmarks.search photo hash`.
FINEST_CELL = 1.2
# Sides of a grid's coarsest and finest cells, in pixels; None for a coarsest that is set elsewhere.
Cells = tuple[float | None, float]


@dataclass(frozen=True)
class Sizing:
    """What decides how large a field is made.

    Attributes:
        extents: Width and height of the picture; of a table, about how many values each input has.
        budget: The most parameters, or None to keep the preset's own sizes.
        fixed: Names of settings given by the user, which are left as they are.
        cells: Sides of a grid's coarsest and finest cells, in pixels of the picture.
        depth: Bits of a picture's values.
        straight: Whether a picture has alpha by which its colours are not multiplied.
        seconds: That all of the fit may take by the clock, or None.
    """

    extents: tuple[int, ...]
    budget: int | None = None
    fixed: frozenset[str] = frozenset()
    cells: Cells = (None, FINEST_CELL)
    depth: int = 8
    straight: bool = False
    seconds: float | None = None


class Searched(NamedTuple):
    """A setting that a search for better ones tries.

    Attributes:
        own: The preset's value.
        least: The smallest that is tried; None with `most` None tries around `own`.
        most: The largest.
    """

    own: float
    least: float | None = None
    most: float | None = None


class EncodingConfig:
    """Base of the configurations of encodings.

    Attributes:
        kind: Its name, in files and on the command line.
        codec: How a field file holds the tensors: a name of the storage's table of codecs.
        solver: The solver made for it, if there is one: it starts such a field in closed form,
            knows the size that a quality takes, and draws it by kernels of its own. A name of the
            engines' table of solvers, which is asked through it whatever trains the field.
        of_signal: Its attributes that the signal decides, and no setting.
        scales: Settings that grow and shrink with the widths behind it, under a budget.
        sized_by: Settings any one of which says how large the field is; without them a budget does.
        stored_names: What files call attributes that have another name here.
        quantisable: Whether its fields are layers, with a hash grid before them at most: such
            networks can be in whole numbers.
    """

    kind: ClassVar[str]
    codec: ClassVar[str] = "plain"
    solver: ClassVar[str] = ""
    of_signal: ClassVar[tuple[str, ...]] = ()
    scales: ClassVar[tuple[str, ...]] = ()
    sized_by: ClassVar[tuple[str, ...]] = ("hidden",)
    stored_names: ClassVar[Mapping[str, str]] = {}
    quantisable: ClassVar[bool] = False

    @property
    def exact(self) -> bool:
        """Whether its field holds a picture's own pixels, in whole levels."""
        return False

    def count(self, dimensions: int) -> tuple[int, int]:
        """Features and parameters of the module, which need not be made for it.

        Raises:
            UsageError: it can't be made for so many dimensions.
        """
        raise NotImplementedError

    def build(self, dimensions: int) -> "Encoding":
        """Make the module, its parameters not yet drawn."""
        raise NotImplementedError

    def shared(self) -> Mapping[str, Any]:
        """Settings that were found in a part of a picture and hold for all of it."""
        return {}

    def left_out(self) -> str:
        """What of a picture is left out of its field on purpose, for people; "" for nothing."""
        return ""

    def refuse(self, signal: str) -> str | None:
        """Why a signal of that kind ("picture", "table") can't be learned with it, or None."""
        return None

    def sized(self, config: "FieldConfig", sizing: Sizing) -> "FieldConfig":
        """`config`, whose encoding this is, made to fit a signal and a budget.

        The answer of a plain one: the hidden layers' widths grow or shrink, and what `scaled`
        changes with them.

        Raises:
            UsageError: not even the smallest sizes fit.
        """
        return largest_widths(config, sizing.budget, sizing.fixed)

    def scaled(self, factor: float) -> "EncodingConfig":
        """Itself with what `scales` names times `factor`, as the widths behind it are."""
        changes = {
            name: max(1, min(WIDEST, int(getattr(self, name) * factor))) for name in self.scales
        }
        return replace(self, **changes) if changes else self  # type: ignore[type-var]

    def searched(self) -> Mapping[str, Searched]:
        """Which of its settings a search for better ones tries."""
        return {}

    def note(self) -> str:
        """What a user should be told before the fit; "" for nothing."""
        return ""

    def weights(self) -> "NDArray[np.float32] | None":
        """Where a picture's pixels are more than means of the field over their squares: the
        symmetric weights, along an axis, of those of a pixel and its neighbours. (2 R + 1,)
        """
        return None

    def describe(self) -> str:
        """For people: "hash (n_levels 16, base_resolution 8)"; "" for nothing worth a word."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}  # type: ignore[arg-type]
        told = [f"{name} {_short(value)}" for name, value in values.items() if value is not None]
        return f"{self.kind} ({', '.join(told)})"

    @classmethod
    def settings(cls) -> tuple[str, ...]:
        """Names of the attributes that `--set` changes."""
        return tuple(item.name for item in fields(cls) if item.name not in cls.of_signal)  # type: ignore[arg-type]


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        return "x".join(map(_short, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)

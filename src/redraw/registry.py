"""Tables of things that are found by name, to which a row can be added from outside.

Presets, encodings, solvers and engines are each such a table. What a row is, the base class or the
dataclass of its kind says; code that uses one asks it and never compares its name. To add one:

    from redraw.fields.encoding_configs import ENCODINGS

    ENCODINGS.register("mine", MyConfig)

An installed package adds its rows by an entry point of the group `redraw`, a function without
arguments that makes such calls. It is called when an unknown name or all names are asked for:

    [project.entry-points.redraw]
    mine = "my_package:register"
"""

import warnings
from collections.abc import Iterator, Mapping
from typing import TypeVar

from redraw.errors import UsageError

# Entry points of this group are called before any table is read.
GROUP = "redraw"

Row = TypeVar("Row")


class Registry(Mapping[str, Row]):
    """Rows by name, in the order in which they were added.

    Args:
        noun: What a row is, for messages: "preset".
        rows: Those that are there from the start.
        setting: The option whose value names a row: an unknown one is told as its.

    Example:
        >>> shapes = Registry("shape", {"circle": 1})
        >>> shapes.register("square", 4)
        4
        >>> list(shapes), shapes["square"]
        (['circle', 'square'], 4)
        >>> shapes.named("sqare")
        Traceback (most recent call last):
        redraw.errors.UsageError: unknown shape 'sqare'; did you mean 'square'? accepted: circle, square
    """  # noqa: E501 (a message is one line)

    def __init__(self, noun: str, rows: Mapping[str, Row], *, setting: str = "") -> None:
        self.noun, self.setting = noun, setting
        self._rows = dict(rows)

    def register(self, name: str, row: Row) -> Row:
        """Add a row.

        Raises:
            ValueError: there is one of that name.
        """
        if name in self._rows:
            raise ValueError(f"there is a {self.noun} {name!r} already; take another name")
        self._rows[name] = row
        return row

    def withdraw(self, name: str) -> None:
        """Take a row away again, for tests."""
        del self._rows[name]

    def named(self, name: str) -> Row:
        """The row of that name.

        Raises:
            UsageError: there is none; the nearest name is suggested.
        """
        if name in self:
            return self[name]
        import difflib  # for mistakes alone

        near = difflib.get_close_matches(name.lower(), list(self), n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(
            f"unknown {self.noun} {name!r}; {hint}accepted: {', '.join(self)}",
            setting=self.setting,
        )

    def __getitem__(self, name: str) -> Row:
        # Rows of the project itself are read while its modules are still being imported.
        if name not in self._rows:
            load_plugins()
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        load_plugins()
        return iter(dict(self._rows))

    def __len__(self) -> int:
        load_plugins()
        return len(self._rows)


_asked = False  # whether packages were asked for their rows


def load_plugins() -> None:
    """Let installed packages add their rows, once. One that fails is named in a warning."""
    global _asked
    if _asked:
        return
    _asked = True  # first: what a package does may read a table
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP):
        try:
            point.load()()
        except Exception as error:
            warnings.warn(
                f"the plugin {point.name!r} ({point.value}) can't be used: {error}", stacklevel=2
            )

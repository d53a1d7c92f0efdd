"""A bar for work that says how far it is: on a terminal, gone at the end."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console


class Progress(Protocol):
    """What shows how far work is."""

    def showing(self) -> AbstractContextManager[object]:
        """Shown while the block lasts."""
        ...

    def advance(self, parts: float) -> None:
        """So many more parts are done."""
        ...

    def reach(self, parts: float) -> None:
        """So many parts are done in all."""
        ...


class NoBar(Progress):
    """For those who want to see nothing, and for pipes."""

    def showing(self) -> AbstractContextManager[object]:
        """As of `Progress`."""
        return nullcontext()

    def advance(self, parts: float) -> None:
        """As of `Progress`."""

    def reach(self, parts: float) -> None:
        """As of `Progress`."""


def bar(doing: str, parts: float) -> Progress:
    """A bar of so many parts; none in a pipe or file, which need not wait for what terminals want.

    Args:
        doing: In a word.
        parts: Of the whole.
    """
    from redraw.cli.screen import console, is_live

    if not sys.stdout.isatty():
        return NoBar()
    screen = console()
    return Bar(screen, doing, parts) if is_live(screen) else NoBar()


class Bar(Progress):
    """Parts done, of all, with the time that is left; gone at the end."""

    def __init__(self, screen: "Console", doing: str, parts: float) -> None:
        from rich import progress

        self._progress = progress.Progress(
            progress.TextColumn(doing),
            progress.BarColumn(None),
            progress.TextColumn("{task.percentage:3.0f} %"),
            progress.TimeRemainingColumn(compact=True),
            console=screen,
            transient=True,
        )
        self._task = self._progress.add_task(doing, total=parts)

    def showing(self) -> AbstractContextManager[object]:
        """As of `Progress`."""
        return self._progress

    def advance(self, parts: float) -> None:
        """As of `Progress`."""
        self._progress.advance(self._task, parts)

    def reach(self, parts: float) -> None:
        """As of `Progress`."""
        self._progress.update(self._task, completed=parts)

"""Standard output: a terminal, or a pipe or file that wants plain lines."""

import io
import json
import os
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redraw.cli.plain_text import plain_lines

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDEST = 100  # a table in a pipe


def console() -> "Console":
    """Standard output as rich sees it; NO_COLOR and TERM=dumb are respected."""
    from rich.console import Console
    from rich.segment import Segment

    class PlainText(Console):
        """What comes from files reaches the terminal as text, never as its controls."""

        def render(self, renderable, options=None):  # type: ignore[no-untyped-def]
            for segment in super().render(renderable, options):
                if segment.control or segment.text.isprintable():
                    yield segment
                else:
                    yield Segment(plain_lines(segment.text), segment.style)

    return PlainText(highlight=False)


def is_live(screen: "Console") -> bool:
    """Whether lines can be drawn again and again."""
    return screen.is_terminal and not screen.is_dumb_terminal


def drop_output() -> None:
    """Nobody takes the output any more; without this, Python would complain at its own exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str = "") -> None:
    """A line of plain text."""
    print(plain_lines(text), flush=True)


def show(renderable: "RenderableType") -> None:
    """A table: styled on a terminal, plain and without trailing blanks elsewhere."""
    screen = console()
    if screen.is_terminal:
        screen.print(renderable)
        return
    from rich.console import Console

    width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
    text = io.StringIO()
    Console(file=text, width=width, highlight=False, color_system=None).print(renderable)
    for line in text.getvalue().splitlines():
        say(line.rstrip())


def show_rows(title: str, rows: list[tuple[str, str]]) -> None:
    """A title, and names with values below each other; empty values are left out."""
    rows = [(name, value) for name, value in rows if value]
    screen = console()
    if not screen.is_terminal:
        widest = max(len(name) for name, _ in rows)
        say(title)
        for name, value in rows:
            say(f"  {name:<{widest}}  {value}")
        return
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, Text(value))
    screen.print(Text(title, style="bold"))
    screen.print(Padding(grid, (0, 0, 0, 2)))


def put_json(value: Any) -> None:
    """One object on a line; numbers that are not finite become null."""
    from redraw.storage.plain_json import finite

    text = json.dumps(finite(value), ensure_ascii=False, allow_nan=False)
    if not text.isprintable():  # what JSON itself leaves, terminals may still obey
        text = json.dumps(finite(value), allow_nan=False)
    print(text, flush=True)

"""What can be refused before PyTorch is loaded: where a report goes, and what it shows large."""

import re
from pathlib import Path

from redraw.errors import UsageError
from redraw.files import check_apart, probe_output


def report_paths(page: Path) -> tuple[Path, Path, Path]:
    """Where page, JSON and CSV go.

    Raises:
        UsageError: the page's name does not end in .html.
    """
    if page.suffix.lower() != ".html":
        raise UsageError(f"a report can't be written as {page.name}; end the name in .html")
    return page, page.with_suffix(".json"), page.with_suffix(".csv")


def check_report(page: Path, *read: str | Path, force: bool = False) -> None:
    """Refuse a report that can't be written, before minutes are spent on it.

    Args:
        page: Where it goes; two others go beside it.
        *read: Files that it is made from.
        force: Replace what is there.

    Raises:
        UsageError: the page's name does not end in .html.
        OutputError: one of the files exists (without `force`), can't be written, or is read.
    """
    for path in report_paths(page):
        probe_output(path, force=force)
        check_apart(path, *read, instead="what is found")


def parsed_region(text: str) -> tuple[int, int, int, int]:
    """ "10,20,106,116" as four numbers.

    Raises:
        UsageError: it is something else.
    """
    match = re.fullmatch(r"\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*", text)
    if match is None:
        raise UsageError(f"the crop {text!r} is not X0,Y0,X1,Y1 in pixels, such as 10,20,106,116")
    x0, y0, x1, y1 = (int(part) for part in match.groups())
    return x0, y0, x1, y1


def checked_region(
    region: tuple[int, int, int, int], size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """`region`, if it lies within a picture of that size.

    Raises:
        UsageError: it doesn't.
    """
    x0, y0, x1, y1 = region
    if not (0 <= x0 < x1 <= size[0] and 0 <= y0 < y1 <= size[1]):
        raise UsageError(
            f"the crop {x0},{y0},{x1},{y1} does not lie within the picture's"
            f" {size[0]} × {size[1]} pixels; accepted: X0,Y0,X1,Y1 with X0 < X1 and Y0 < Y1"
        )
    return region

"""The pictures in a TIFF: its directories and those below them, and which of them is the picture.

A scan has its pages one behind the other; a camera puts a thumbnail first and the picture into a
directory below; a map brings the same picture at several sizes. What is marked as reduced, or is
much smaller than another, is not the picture.

Source: Adobe, "TIFF Revision 6.0", NewSubfileType; "TIFF Technical Note 1: TIFF Trees".
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redraw.signals.picture.trouble import damaged
from redraw.signals.picture.wanted import Wanted

_MOST = 1000  # directories that are looked at
_DEEPEST = 4
_SMALL = 4  # a first page so many times smaller than another is a thumbnail of it
_OLD_REDUCED = 2  # the value of the older tag SubfileType


@dataclass(frozen=True)
class Page:
    """One directory.

    Attributes:
        page: As tifffile read it.
        number: The place among the file's own pages, or None below one of them.
        way: That place, and below it those among the pages of each page.
    """

    page: Any
    number: int | None
    way: tuple[int, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.page.imagewidth), int(self.page.imagelength)

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.size[0] * self.size[1]

    @property
    def mask(self) -> bool:
        """Whether it is the mask of another."""
        return bool(int(self.page.subfiletype) & 4) or int(self.page.photometric or 0) == 4

    @property
    def reduced(self) -> bool:
        """Whether it says that it is another at a smaller size."""
        old = self.page.tags.get(255)
        return bool(int(self.page.subfiletype) & 1) or (
            old is not None and old.value == _OLD_REDUCED
        )


def pages_of(file: Any, name: str) -> list[Page]:
    """All of them, those below a page right behind it.

    Raises:
        PictureError: There is none.
    """
    found: list[Page] = []
    try:
        count = len(file.pages)
    except Exception:  # a chain of directories that breaks off: what is before is there
        count = 1
    for number in range(min(count, _MOST)):
        try:
            page = (
                file.pages.get(number, cache=False, validate=False) if number else file.pages.first
            )
        except Exception as error:
            if found:
                break
            raise damaged(name, error) from error
        found.append(Page(page.aspage() if hasattr(page, "aspage") else page, number, (number,)))
        found += _below(found[-1].page, (number,))
    found = [page for page in found if min(page.size) > 0]
    if not found:
        raise damaged(name, "it has no directory of a picture")
    return found


def _below(page: Any, way: tuple[int, ...]) -> Iterator[Page]:
    if len(way) > _DEEPEST:
        return
    with contextlib.suppress(Exception):
        for place, below in enumerate(page.pages or ()):
            yield Page(below, None, (*way, place))
            yield from _below(below, (*way, place))


def choose(pages: Sequence[Page], wanted: Wanted, name: str) -> tuple[Page, tuple[str, ...]]:
    """The page that is wanted, or the main one, and a note on the others.

    Raises:
        PictureError: There is none of the number that was asked for.
    """
    place = wanted.place(len(pages), name, "picture")
    if place is not None:
        return pages[place], ()
    proper = [page for page in pages if not page.mask and not page.reduced]
    proper = proper or [page for page in pages if not page.mask] or list(pages)
    largest = max(proper, key=lambda page: page.pixels)
    main = proper[0] if proper[0].pixels * _SMALL >= largest.pixels else largest
    return main, _told(pages, main)


def _told(pages: Sequence[Page], main: Page) -> tuple[str, ...]:
    others = [page for page in pages if page is not main]
    if not others:
        return ()
    place = next(number for number, page in enumerate(pages) if page is main)
    masks = sum(page.mask for page in others)
    if masks == len(others):
        return ("its mask of transparency was left out",)
    which = "the first" if place == 0 else f"number {place + 1}, {main.size[0]}x{main.size[1]},"
    sizes = {f"{page.size[0]}x{page.size[1]}" for page in others if page.size != main.size}
    seen = f" (others have {', '.join(sorted(sizes)[:4])})" if sizes else ""
    return (f"{which} of {len(pages)} pictures in it was taken{seen}; --page N takes another",)

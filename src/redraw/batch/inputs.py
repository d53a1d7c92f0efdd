"""Names, folders, patterns and lists of paths to pictures, and where the field of each goes."""

import codecs
import glob
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from redraw.batch.places import is_address, is_remote, joined, local, matching
from redraw.errors import UsageError
from redraw.signals.picture.recognising import ENDINGS
from redraw.storage.field_name import FIELD

# Endings of files in a folder that are taken for pictures. Files that are named are always taken.
PICTURES = ENDINGS - {".csv"}  # a table may be anything


@dataclass(frozen=True)
class Item:
    """A picture of a batch.

    Attributes:
        source: A path or an address: where it is read from, and what it is called.
        place: Where its field file goes below the output folder, with `/` between folders.
        folder: The output folder, a path or an address.
    """

    source: str
    place: str
    folder: str

    @property
    def output(self) -> str:
        """Where its field file goes."""
        return joined(self.folder, self.place)


def gather(
    names: Iterable[str | os.PathLike[str]],
    folder: str | os.PathLike[str],
    *,
    recursive: bool = False,
    listing: str | os.PathLike[str] | None = None,
    suffix: str = FIELD,
    endings: Iterable[str] = PICTURES,
) -> list[Item]:
    """The pictures that are meant, in the order they are named, each once.

    A file keeps its name, with `suffix` for its ending; what lies below a named folder keeps its
    place below it. A name that is no file but holds `*`, `?` or `[` is a pattern.

    Args:
        names: Files, folders and patterns.
        folder: Where the results go.
        recursive: Take what lies in folders below a named folder too.
        listing: A text file of further names, one a line; empty lines and those that begin with
            `#` are passed over. Relative names begin beside it.
        suffix: Ending of the results.
        endings: Of the files that are taken from folders.

    Raises:
        UsageError: nothing is meant, a name is neither file, folder nor a pattern that fits, or two
            results would have the same name.

    Example:
        >>> gather([], "out")
        Traceback (most recent call last):
        redraw.errors.UsageError: no picture is named; accepted: files, folders, patterns, or --from
    """
    folder, endings = os.fspath(folder), frozenset(endings)
    wanted = [(str(name), Path(local(str(name)))) for name in names]
    if listing is not None:
        wanted += list(_listed(Path(listing)))
    items: dict[str, Item] = {}
    taken: dict[str, Item] = {}
    for name, path in wanted:
        for source, below in _files(name, path, recursive=recursive, endings=endings):
            real = source if is_remote(source) else os.path.realpath(source)
            if real in items:
                continue
            place = below.with_name(f"{below.stem or below.name}{suffix}").as_posix()
            item = Item(source, place, folder)
            # Some file systems know no difference between capital letters and small ones.
            key = place.casefold()
            if key in taken:
                raise UsageError(
                    f"{taken[key].source} and {source} would both become {item.output};"
                    " rename one, or name another output folder for it"
                )
            items[real] = taken[key] = item
    if not items:
        raise UsageError("no picture is named; accepted: files, folders, patterns, or --from")
    return list(items.values())


def _listed(path: Path) -> Iterator[tuple[str, Path]]:
    """Names in a text file of them."""
    try:
        text = path.read_bytes().removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"can't read the list {path}: {reason[:1].lower()}{reason[1:]}") from None
    for line in re.split("[\r\n]+", text):  # other ends of lines may be in names
        name = line.strip()
        if name and not name.startswith("#"):
            yield name, Path(name) if is_address(name) else path.parent / name


def _files(
    name: str, path: Path, *, recursive: bool, endings: frozenset[str]
) -> Iterator[tuple[str, Path]]:
    """Files that a name means, and the place of each below the output folder."""
    if is_remote(name):
        matches = matching(name) if glob.has_magic(name) else [name]
        if not matches:
            raise UsageError(f"no object fits the pattern {name}")
        for match in matches:
            yield match, Path(match.rpartition("/")[2])
        return
    if path.is_dir():
        found = False
        for source in _below(path, recursive=recursive):
            if source.suffix.lower() in endings:
                found = True
                yield str(source), source.relative_to(path)
        if not found:
            deeper = "" if recursive else "; --recursive looks into folders below it too"
            raise UsageError(f"no picture lies in the folder {name}{deeper}")
    elif path.exists():
        yield str(path), Path(path.name)
    elif glob.has_magic(name):
        matches = sorted(glob.glob(str(path), recursive=recursive))
        files = [match for match in matches if not os.path.isdir(match)]
        if not files:
            raise UsageError(f"no file fits the pattern {name}")
        for match in files:
            yield match, Path(Path(match).name)
    else:
        raise UsageError(f"{name} does not exist; accepted: files, folders and patterns")


def _below(folder: Path, *, recursive: bool) -> Iterator[Path]:
    """Files of a folder in the order of their names; hidden ones are passed over."""
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and recursive)
        for file in sorted(files):
            if not file.startswith("."):
                yield Path(base) / file

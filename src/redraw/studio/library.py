"""The one folder that a studio sees: which names mean files in it, and new names.

A page says names, never paths. A name is accepted only if it is one that the folder itself lists,
or one that was made here; so no name leads anywhere else.
"""

import contextlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from pathlib import Path

from redraw.errors import PictureError, RunError, UsageError
from redraw.files import check_output
from redraw.signals.picture.bundled import bundled, bundled_names
from redraw.studio.asking import PICTURES

LONGEST_NAME = 80
SCRATCH = ".redraw-studio-"  # what names of files that are not complete begin with
LEFT = 3600.0  # seconds after which nobody writes one of these on: another studio may be at work
TABLES = (".csv", ".json")  # endings of tables that the page takes


class Library:
    """Names in a folder.

    Args:
        folder: It; made if it is missing.

    Raises:
        UsageError: it is no folder, or can't be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"the folder {folder} can't be used: {error.strerror}") from None
        self.folder = folder.resolve()
        for left in self.folder.glob(f"{SCRATCH}*"):  # by a studio that was killed
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > LEFT:
                    left.unlink()

    def picture(self, name: str) -> Path:
        """The file of a picture in the folder, or of a bundled one.

        Raises:
            PictureError: there is none of that name.
        """
        if name in self._listed() and Path(name).suffix.lower() in PICTURES:
            path = self.folder / name
            if path.is_file() and not path.is_symlink():
                return path
        if name in bundled_names():
            return bundled(name)
        raise PictureError(
            f"there is no picture {_shown(name)} in the studio's folder; add it first"
        )

    def file(self, name: str) -> Path:
        """The file of a picture or a table in the folder, or of a bundled picture.

        Raises:
            PictureError: there is none of that name.
        """
        return self.table(name) if Path(name).suffix.lower() in TABLES else self.picture(name)

    def table(self, name: str) -> Path:
        """The file of a table in the folder.

        Raises:
            PictureError: there is none of that name.
        """
        path = self.folder / name
        listed = name in self._listed() and path.suffix.lower() in TABLES
        if listed and path.is_file() and not path.is_symlink():
            return path
        raise PictureError(f"there is no table {_shown(name)} in the studio's folder")

    def run(self, name: str) -> Path:
        """The run folder of a fit.

        Raises:
            RunError: there is none of that name.
        """
        path = self.folder / f"{name}.run"
        if f"{name}.run" in self._listed() and path.is_dir() and not path.is_symlink():
            for inside in os.scandir(path):
                if inside.is_symlink():
                    raise RunError(
                        f"{inside.name} in {path.name} is a link, which may lead out of the"
                        " studio's folder; replace it by what it leads to"
                    )
            return path
        raise RunError(f"there is no run {_shown(name)} in the studio's folder")

    def field(self, name: str) -> Path | None:
        """The field file of that name, if there is one."""
        path = self.folder / f"{name}.redraw"
        if f"{name}.redraw" in self._listed() and path.is_file() and not path.is_symlink():
            return path
        return None

    def bytes_of(self, name: str) -> int | None:
        """How large a file of the folder is, or that of a bundled picture; None if there is none.

        Runs remember a bundled picture by the name of its file.
        """
        path = self.folder / name
        if name in self._listed() and path.is_file() and not path.is_symlink():
            return path.stat().st_size
        for bundled_name in (name, Path(name).stem):
            if bundled_name in bundled_names():
                return bundled(bundled_name).stat().st_size
        return None

    def new_names(self, picture: str, models: list[str], taken: set[str]) -> list[str]:
        """Names for new fits of a picture, one per preset, that nothing in the folder has."""
        stem = safe_name(Path(picture).stem) or "picture"
        used = {name.casefold() for name in self._listed()} | {n.casefold() for n in taken}
        found: list[str] = []
        for model in models:
            base = f"{stem}-{safe_name(model)}" if len(models) > 1 else stem
            name, number = base, 1
            while {f"{name}.run".casefold(), f"{name}.redraw".casefold(), name.casefold()} & used:
                number += 1
                name = f"{base}-{number}"
            used.add(name.casefold())
            found.append(name)
        return found

    def place_for(self, name: str) -> Path:
        """Where a new picture goes: a name of this folder that nothing has yet.

        Raises:
            PictureError: its ending is none of a picture.
            OutputError: the folder can't be written to.
        """
        stem, ending = os.path.splitext(os.path.basename(name.replace("\\", "/")))
        ending = ending.lower()
        if ending not in PICTURES:
            raise PictureError(
                f"{_shown(name)} is not a picture by its name;"
                f" accepted: {' '.join(sorted(PICTURES))}"
            )
        stem, number = safe_name(stem) or "picture", 1
        path = self.folder / f"{stem}{ending}"
        while os.path.lexists(path):
            number += 1
            path = self.folder / f"{stem}-{number}{ending}"
        check_output(path)
        return path

    def scratch(self, ending: str) -> Path:
        """A new path in the folder for a file that is not complete yet."""
        return self.folder / f"{SCRATCH}{temporary_name(ending)}"

    def same_as(self, upload: Path, wanted: str) -> Path | None:
        """A picture of that name that is in the folder already, byte for byte."""
        stem, ending = os.path.splitext(os.path.basename(wanted.replace("\\", "/")))
        path = self.folder / f"{safe_name(stem)}{ending.lower()}"
        if not path.is_file() or path.is_symlink():
            return None
        same = path.stat().st_size == upload.stat().st_size
        return path if same and path.read_bytes() == upload.read_bytes() else None

    def write_table(self, text: str, wanted: str = "") -> str:
        """Keep a table that was typed; the name of its file.

        Args:
            text: It.
            wanted: What its file was called where it came from.

        Raises:
            OSError: the disk is full.
        """
        content = (text.strip() + "\n").encode()
        stem, number = safe_name(Path(wanted).stem), 1
        place = self.folder / f"{stem or 'table-1'}.csv"
        while os.path.lexists(place):
            if place.is_file() and not place.is_symlink() and place.read_bytes() == content:
                return place.name
            number += 1
            place = self.folder / f"{stem or 'table'}-{number}.csv"
        scratch = self.scratch(".csv")
        try:
            scratch.write_bytes(content)
            os.replace(scratch, place)
        finally:
            scratch.unlink(missing_ok=True)
        return place.name

    def delete(self, what: str, name: str) -> None:
        """Remove a fit with its field file, a field file, a picture or a table.

        Args:
            what: "fit", "field", "picture" or "table".
            name: Of it.

        Raises:
            RedrawError: there is none.
        """
        if what in ("picture", "table"):
            path = self.file(name)
            if path.parent != self.folder:
                raise PictureError(f"{name} comes with redraw and stays")
            path.unlink()
            return
        field = self.field(name)
        if what == "fit":
            shutil.rmtree(self.run(name))
        elif field is None:
            raise RunError(f"there is no field {_shown(name)} in the studio's folder")
        if field is not None:
            field.unlink()

    def rename(self, name: str, wanted: str, taken: set[str]) -> str:
        """Give a fit and its field file another name; which that is.

        Raises:
            RunError: there is no such fit.
            UsageError: the new name is taken, or none.
        """
        run, field = self.run(name), self.field(name)
        new = safe_name(wanted)
        if not new:
            raise UsageError("a name is letters, digits, -, _ and .")
        if new == name:
            return name
        if self.new_names(f"{new}.run", [""], taken)[0] != new:
            raise UsageError(f"{new} is taken; choose another name")
        os.rename(run, self.folder / f"{new}.run")
        if field is not None:
            os.rename(field, self.folder / f"{new}.redraw")
        return new

    def _listed(self) -> set[str]:
        return {name for name in os.listdir(self.folder) if not name.startswith(".")}


def ending_of(name: str) -> str:
    """The ending of a picture's name, by which its file is read; ".part" of another name."""
    ending = os.path.splitext(name)[1].lower()
    return ending if ending in PICTURES else ".part"


def safe_name(text: str) -> str:
    """Letters, digits, "-", "_" and "." of a name, so that it is one file anywhere.

    Example:
        >>> safe_name("../My photo (1)"), safe_name("naïve"), safe_name("..")
        ('My-photo-1', 'naïve', '')
    """
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"[^\w.-]+", "-", text).strip("-._")[:LONGEST_NAME].rstrip("-._")


def temporary_name(ending: str = "") -> str:
    """A name that nobody guesses."""
    return secrets.token_hex(12) + ending


def _shown(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:57] + "...")

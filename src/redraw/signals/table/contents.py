"""Which kind of table a file holds: by its content, whatever its ending.

Programs export text as .xls, downloads are web pages, archives keep the name of what is in them.
What is no table is refused with the line that makes one of it.
"""

import codecs
import re
from pathlib import Path

from redraw.errors import TableError
from redraw.shell import with_path
from redraw.signals.picture.recognising import SNIFFED_BYTES, Foreign, recognise

SUFFIXES = (".csv", ".tsv", ".json", ".parquet", ".xlsx")
_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_EXPORT = "save it as CSV first: libreoffice --convert-to csv FILE"


def _pandas(reader: str) -> str:
    return f"save it as CSV first: pandas.{reader}({{name!r}}).to_csv('out.csv', index=False)"


_FOREIGN = {  # tables of others, by their endings: how to make a CSV of one
    ".xls": _EXPORT,
    ".xlsm": _EXPORT,
    ".xlsb": _EXPORT,
    ".ods": _EXPORT,
    ".numbers": "export it as CSV from Numbers",
    ".feather": _pandas("read_feather"),
    ".arrow": _pandas("read_feather"),
    ".pkl": _pandas("read_pickle"),
    ".dta": _pandas("read_stata"),
    ".sav": _pandas("read_spss"),
    ".sas7bdat": _pandas("read_sas"),
    ".h5": _pandas("read_hdf"),
    ".npy": "give redraw.fit what numpy.load reads of it",
    ".npz": "give redraw.fit what numpy.load reads of it",
    ".sqlite": "save it as CSV first: sqlite3 -header -csv FILE 'select * from TABLE' > table.csv",
    ".db": "save it as CSV first: sqlite3 -header -csv FILE 'select * from TABLE' > table.csv",
    ".gz": "unpack it first: gzip -dc FILE > table.csv",
    ".zip": "unpack it first",
}
# What text can be and is no table; other signatures may be names of columns.
_WRITTEN = ("a web page", "an SVG drawing", "a PDF", "a Git LFS pointer, not the file itself")
_JSON = re.compile(rb'\s*(\{\s*["}]|\[\s*[\[{\]])')
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")  # of text of more bytes a character


def ending_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """The ending that a file's content deserves, and a note where its own says something else.

    Raises:
        TableError: it is no table.
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        start = file.read(SNIFFED_BYTES)
    ending = path.suffix.lower()
    certain = ending if ending == ".xlsx" and start.startswith(b"PK\3\4") else _certain(start)
    if certain is not None:
        fine = ending == certain or ending not in (*SUFFIXES, *_FOREIGN)
        return certain, () if fine else (f"it was read as what it holds, {certain[1:]}",)
    text = _is_text(start)
    if ending in _FOREIGN and not (text and ending in _WORKBOOKS):
        _refuse(path, _FOREIGN[ending])
    found = recognise(start)
    if isinstance(found, Foreign) and (not text or found.name in _WRITTEN):
        remedy = with_path(found.remedy, path)
        if found.name == "a web page":
            remedy = "a download may have gone wrong; of a table in it make a CSV"
        raise TableError(f"{path.name} is {found.name}, no table that is read; {remedy}")
    if isinstance(found, str) and not (text and start[:1].isascii()):
        raise TableError(f"{path.name} is a picture by its first bytes ({found}), no table")
    if not text:
        _refuse(path, "save it as CSV first")
    if start.strip() and ending in (".parquet", *_WORKBOOKS):
        return ".csv", (f"it was read as text, which it holds, not as {ending[1:]}",)
    return ".json" if ending == ".json" else ".csv", ()


def _refuse(path: Path, remedy: str) -> None:
    told = with_path(remedy.replace("{name!r}", repr(path.name)), path)
    kinds = ", ".join(SUFFIXES)
    raise TableError(f"{path.name} is no table that is read ({kinds}, or text); {told}")


def _certain(start: bytes) -> str | None:
    if start.startswith(b"PAR1"):
        return ".parquet"
    if start.startswith(b"PK\3\4") and (b"xl/" in start or b"[Content_Types].xml" in start):
        return ".xlsx"
    return ".json" if _JSON.match(start.removeprefix(b"\xef\xbb\xbf")) else None


def _is_text(start: bytes) -> bool:
    if start.startswith(_MARKS):
        return True
    wide = len(start) > 1 and (not any(start[1::2]) or not any(start[: len(start) // 2 * 2 : 2]))
    if wide or _CONTROL.search(start.rstrip(b"\0")) is None:
        return True
    try:  # stray characters of instruments and terminals
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return b"\0" not in start

"""What a decoder's complaint means to the user: damage, something not supported, or not known.

"Damaged" is said only where the complaint shows it.
"""

import contextlib
import re
import struct
import zlib
from collections.abc import Iterator

from redraw.errors import PictureError, RedrawError

_UNSUPPORTED = re.compile(
    r"unsupported|not supported|unknown|cannot handle|can't handle|not implemented|not configured"
    r"|requires|decoder .* not available|no codec|unrecognized .*(mode|layout|compression)"
    r"|unhandled|cannot decode|illegal mode",
    re.IGNORECASE,
)
_DAMAGE = re.compile(
    r"truncat|broken|corrupt|\beof\b|end of|ends? |too short|not enough|checksum|crc|premature"
    r"|incomplete|invalid|incorrect|bad |unpack|out of range|error -?\d+ while|data stream|overrun"
    r"|inconsistent|negative|not a |mismatch|failed reading|read error|decod|no data|did not|short",
    re.IGNORECASE,
)


class Damaged(PictureError):
    """A file that a test has shown to be damaged.

    Attributes:
        reason: What showed it.
    """

    reason = ""


class Undecoded(PictureError):
    """A decoder failed, and its complaint doesn't show why."""


def damaged(name: str, reason: object) -> Damaged:
    """A file that a test has shown to be damaged."""
    error = Damaged(f"{name} is damaged or cut short ({_cut(reason)}); get a whole copy")
    error.reason = _cut(reason)
    return error


def all_or_nothing(name: str, kind: str, reason: object) -> PictureError:
    """A damaged file of a format of which no decoder here gives a part."""
    return Damaged(
        f"{name} is damaged or cut short ({_cut(reason)}), and of a {kind} --partial can't take a"
        " part, as its decoder gives all or nothing; get a whole copy"
    )


def cut_short(name: str, reason: object) -> PictureError:
    """A file of which a part is there and can be taken."""
    return PictureError(
        f"{name} is damaged or cut short ({_cut(reason)}); get a whole copy, or take what is there"
        " with --partial"
    )


def unsupported(
    name: str, what: object, remedy: str = "convert it to PNG or TIFF first"
) -> PictureError:
    """A sound file of a kind that isn't read."""
    return PictureError(f"{name} is not supported: {_cut(what)}; {remedy}")


@contextlib.contextmanager
def explained(name: str) -> Iterator[None]:
    """Whatever a decoder raises (nearly any type) as a `PictureError` that says what it shows."""
    try:
        yield
    except RedrawError:
        raise
    except MemoryError as error:
        raise PictureError(
            f"{name} needs more memory than there is; make it smaller first"
        ) from error
    except Exception as error:
        raise _judged(name, error) from error


def _judged(name: str, error: Exception) -> PictureError:
    reason = str(error) or type(error).__name__
    if isinstance(error, NotImplementedError) or _UNSUPPORTED.search(reason):
        return unsupported(name, reason)
    shown = isinstance(error, EOFError | zlib.error | struct.error | IndexError | UnicodeError)
    if shown or _DAMAGE.search(reason):
        return damaged(name, reason)
    return Undecoded(
        f"{name} can't be decoded ({_cut(reason)}); it may be damaged, or of a kind that is not"
        " supported: get a whole copy, or convert it to PNG first"
    )


def _cut(reason: object) -> str:
    """On one line, without control characters, no longer than a line."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(reason)).split())
    return text[:160] or "unreadable"

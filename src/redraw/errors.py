"""Every error that redraw raises on purpose.

    RedrawError                 something was asked that can't be done; the message says what to do
    |-- UsageError              the request itself is wrong: an unknown key, preset, size or option
    |   `-- AbsentError         an attribute that fields and pictures of this kind don't have
    |-- PictureError            a picture can't be read or written as asked
    |   `-- TooLargeError       it has more pixels than are read into memory
    |-- TableError              a CSV of pixels is malformed; names file, line and column
    |-- FileFormatError         a `.redraw` file or a checkpoint is damaged, foreign or too new
    |-- OutputError             the output exists, or can't be written
    |-- RunError                a run folder is missing, in use or belongs to another configuration
    |-- DivergedError           the loss stayed non-finite after three rollbacks
    |-- EngineError             no engine takes this work, or a forced one refuses it
    `-- ShapeError              an array of the wrong shape was passed to a function

A message is one line: the thing, what arrived, what is accepted, the remedy.
"""


class RedrawError(Exception):
    """Base of all errors raised on purpose. `exit_code` is what the command line exits with."""

    exit_code = 1


class UsageError(RedrawError):
    """The request itself is wrong (an unknown key, preset, size or option).

    Attributes:
        setting: Which option or setting it is about, by its name in `--set` or in Python; "" where
            it is about none, or several. Whoever knows where that was found says so.
    """

    exit_code = 2

    def __init__(self, message: str = "", *, setting: str = "") -> None:
        super().__init__(message)
        self.setting = setting

    def from_where(self, origin: str) -> "UsageError":
        """The same, saying where the setting was found: "in s.toml"; unchanged for ""."""
        return UsageError(f"{self} ({origin})", setting=self.setting) if origin else self


class AbsentError(UsageError, AttributeError):
    """An attribute that objects of this kind don't have; `hasattr` says so, too."""


class PictureError(RedrawError):
    """A picture can't be read or written as asked."""


class TooLargeError(PictureError):
    """A picture has more pixels than are read into memory."""


class TableError(RedrawError):
    """A CSV of pixels is malformed."""


class FileFormatError(RedrawError):
    """A field file or a checkpoint is damaged, foreign or too new."""


class OutputError(RedrawError):
    """The output exists already, or can't be written."""


class RunError(RedrawError):
    """A run folder is missing, in use, or belongs to another configuration."""


class DivergedError(RedrawError):
    """The loss became non-finite again and again, at ever smaller rates."""


class EngineError(RedrawError):
    """No engine takes the work, or the one asked for refuses it."""


class ShapeError(RedrawError, ValueError):
    """An array has the wrong shape."""

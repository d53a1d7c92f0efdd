"""How a kind of signal is told to people: in words of its own, or in ones that fit any signal.

Plain values, which a row of `redraw.signals.kinds` holds; so faces tell all kinds alike.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class NextStep:
    """A command that is offered when a fit is done.

    Attributes:
        command: Of `redraw`: "render".
        ending: What follows the field's name, without its own ending, in the file it writes.
        what: What for: "draw it larger".
        of: What it reads, the "field" or the "run".
        options: Words behind the two files.
    """

    command: str
    ending: str
    what: str
    of: str = "field"
    options: str = ""


@dataclass(frozen=True)
class Words:
    """What a kind says differently from others.

    Attributes:
        position: What one of its positions is called.
        whole: What all of it is called.
        decibels: What they are called that an error is told in.
        levels: In how many levels of a value errors are told besides; 0: in decibels alone.
        rated: Whether a file's size is told as bits per position.
        steps: What is offered when a fit is done, before what is offered for all kinds.

    Example:
        >>> Words("sample").counted(1), Words("sample").counted(1234), Words().positions
        ('1 sample', '1,234 samples', 'points')
    """

    position: str = "point"
    whole: str = "all of it"
    decibels: str = "fit"
    levels: int = 0
    rated: bool = False
    steps: tuple[NextStep, ...] = ()

    @property
    def positions(self) -> str:
        """Several of them."""
        return f"{self.position}s"

    def counted(self, count: int) -> str:
        """So many of them."""
        return f"{count:,} {self.position if count == 1 else self.positions}"


NEUTRAL = Words()  # of a kind that says nothing, or is not known

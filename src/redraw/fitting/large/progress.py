"""How far a fit of a large picture is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far it is.

    Attributes:
        stage: "reading", "coding" or "squares".
        done: Of its pixels, from 0 to 1.
    """

    stage: str
    done: float

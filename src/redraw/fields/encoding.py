"""What every encoding is: the base of the modules, and what their configurations can do."""

from typing import ClassVar, Protocol

from torch import Generator, nn


class Encoding(nn.Module):
    """Base: maps (N, D) to (N, `features`); `initialise` draws what is random about it."""

    features: int

    def initialise(self, generator: Generator) -> None:
        """Draw parameters and buffers anew, in place. Encodings without any need nothing."""


class EncodingConfig(Protocol):
    """What a configuration of an encoding can do."""

    kind: ClassVar[str]

    def build(self, dimensions: int) -> Encoding:
        """Make the module, its parameters not yet drawn."""
        ...

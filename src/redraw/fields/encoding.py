"""What every encoding is: the base of the modules."""

from torch import Generator, nn


class Encoding(nn.Module):
    """Base: maps (N, D) to (N, `features`); `initialise` draws what is random about it."""

    features: int

    @property
    def parameter_count(self) -> int:
        """What counts as a parameter of it: what is learned, a complex number as two."""
        return sum(p.numel() * (2 if p.is_complex() else 1) for p in self.parameters())

    def initialise(self, generator: Generator) -> None:
        """Draw parameters and buffers anew, in place. Encodings without any need nothing."""

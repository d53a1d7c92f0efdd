"""A picture made less where its seconds are few: its middle, or all of it in fewer pixels."""

from dataclasses import replace

from redraw.signals.picture.picture import Picture
from redraw.signals.scaling import Scaling


class PictureScaling(Scaling[Picture]):
    """As `Scaling`."""

    def takes(self, signal: Picture) -> bool:
        """Not one with holes: what is known need not lie in its middle."""
        return signal.known is None

    def middle(self, signal: Picture, most: int) -> Picture:
        """As `Scaling.middle`; holes are taken for pixels."""
        left, top = (max(0, (side - most) // 2) for side in signal.size)
        values = signal.values[top : top + most, left : left + most].copy()
        return Picture(values, signal.colour, name=signal.name)

    def smaller(self, signal: Picture, width: int, height: int, note: str) -> Picture:
        """As `Scaling.smaller`."""
        return replace(signal.resized(width, height), notes=(*signal.notes, note))


SCALING = PictureScaling()

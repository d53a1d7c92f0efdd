"""Pictures of a function being learned: curve, surface or border between classes, with the rows.

Drawn as the frames that a run saves (`redraw.figures.table_plots`), which takes about a tenth of a
second; so there are fewer of them than of a picture, each a whole one.
"""

import io
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from redraw.engines import Drawer
from redraw.signals.table.table import Table
from redraw.studio.messages import pack

# The share of the time that they may take.
SHARE = 0.1


class Diagram:
    """Draws the frames of one fit; takes a `Preview`'s place.

    Args:
        fit: Its name, for the messages.
        table: What is learned.

    Attributes:
        rest: Seconds until the next one should be drawn.
        number: Of the newest frame.
    """

    def __init__(self, fit: str, table: Table) -> None:
        self.fit, self.table = fit, table
        self.rest, self.number = 0.0, 0

    def draw(
        self, make_drawer: Callable[[], Drawer], step: int, period: float, *, key: bool = False
    ) -> bytes:
        """The next frame as a message; the arguments are those of `Preview.draw`."""
        return self.finish(make_drawer(), step)

    def finish(self, drawer: Drawer, step: int) -> bytes:
        """A frame as a message."""
        from redraw.figures.table_plots import frame_of

        began = time.perf_counter()
        with Image.open(io.BytesIO(frame_of(self.table, drawer))) as drawn:
            pixels = np.asarray(drawn.convert("RGB"))
        self.rest = (time.perf_counter() - began) * (1.0 / SHARE - 1.0)
        self.number += 1
        height, width, _ = pixels.shape
        about = {
            "event": "picture",
            "fit": self.fit,
            "number": self.number,
            "step": step,
            "width": width,
            "height": height,
            "shape": list(pixels.shape),
            "kind": "key",
            "k": 1,
        }
        return pack(about, pixels.tobytes())

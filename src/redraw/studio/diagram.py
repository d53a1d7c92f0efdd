"""Diagrams of what is no picture, as it is learned: curve, surface, border between classes.

Drawn as the frames that a run saves (`Subject.png`), which takes about a tenth of a
second; so there are fewer of them than of a picture, each a whole one.
"""

import io
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from redraw.engines import Drawer
from redraw.fitting.subject.subject import Subject
from redraw.studio.messages import pack

# The share of the time that they may take.
SHARE = 0.1


class Diagram:
    """Draws the frames of one fit; takes a `Preview`'s place.

    Args:
        fit: Its name, for the messages.
        subject: What is learned.

    Attributes:
        rest: Seconds until the next one should be drawn.
        number: Of the newest frame.
    """

    def __init__(self, fit: str, subject: Subject) -> None:
        self.fit, self.subject = fit, subject
        self.rest, self.number = 0.0, 0

    def draw(
        self, make_drawer: Callable[[], Drawer], step: int, period: float, *, key: bool = False
    ) -> bytes:
        """The next frame as a message; the arguments are those of `Preview.draw`."""
        return self.finish(make_drawer(), step)

    def finish(self, drawer: Drawer, step: int) -> bytes:
        """A frame as a message."""
        began = time.perf_counter()
        with Image.open(io.BytesIO(self.subject.png(drawer))) as drawn:
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

"""Starting quickly: what a command imports is no garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Meanwhile Python does not search for garbage.

    Importing PyTorch makes half a million objects, all of which stay: the searches that this sets
    off find nothing, and take .4 s of a fit's start.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()

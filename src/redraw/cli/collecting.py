"""Starting quickly: what a command imports is no garbage, and some of it is never asked for."""

import gc
import importlib.util
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

# What Numba imports and asks seldom: to tell one type from another, where it finds a file of
# settings or extensions of its compiler. Of `redraw render` of kodim05 they are 2 % of the
# processor's time, the modules that `redraw.kernels.compiling` leaves out 2.
SELDOM = ("importlib.metadata", "uuid", "yaml")


class _Later(types.ModuleType):
    """A module that is imported when something of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        own = self.__name__
        if sys.modules.get(own) is self:
            del sys.modules[own]
        real = importlib.import_module(own)
        self.__dict__.update(real.__dict__)
        return getattr(real, name)


def lazily(names: Sequence[str] = SELDOM) -> None:
    """Put off importing modules until they are used; for a process that has one thread still.

    Python's own `LazyLoader` does not do: what imports such a module a second time asks for its
    `__spec__`, which loads it.
    """
    for name in names:
        if name not in sys.modules:
            spec = importlib.util.find_spec(name)
            if spec is not None:
                sys.modules[name] = module = _Later(name)
                module.__spec__ = spec


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

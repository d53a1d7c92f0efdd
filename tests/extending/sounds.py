"""A package that brings a kind of signal (`tests/fixtures/sound`), as if it were installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from redraw import registry
from redraw.export.registry import exporters, unregister
from redraw.signals import kinds
from redraw.signals.kinds import KINDS

FIXTURE = Path(__file__).parents[1] / "fixtures/sound"


@contextmanager
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """It is there meanwhile; afterwards it is gone, and so is all that was added."""
    before, exporting = set(KINDS), set(exporters())
    monkeypatch.syspath_prepend(str(FIXTURE))
    monkeypatch.setattr(registry, "_asked", False)
    assert "sound" in KINDS  # by its entry point
    import redraw_sound  # type: ignore[import-not-found]

    yield redraw_sound
    for exporter in set(exporters()) - exporting:
        if type(exporter).__module__ == "redraw_sound":
            unregister(exporter)
    for name in set(KINDS) - before:
        KINDS.withdraw(name)
    kinds.imported.cache_clear()
    sys.modules.pop("redraw_sound")

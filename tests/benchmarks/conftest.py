"""The benchmarks are programs beside the package, not part of it: found from the project's root."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def from_the_root(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))

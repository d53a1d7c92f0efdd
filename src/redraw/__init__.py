"""redraw: a picture becomes a small neural network, and is drawn again at any size.

    import redraw

    field = redraw.fit("cub.png", steps=1000)
    field.render(1024, 1024).save("cub-1024.png")
    field.save("cub.redraw")

PyTorch is imported when the first of these names is used, not by `import redraw`. Everything else
is reached by its module.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redraw.batch.api import fit_many
    from redraw.errors import RedrawError
    from redraw.fields import Field, FieldConfig
    from redraw.fitting.api import fit
    from redraw.fitting.result.fitted import FittedField
    from redraw.fitting.result.loading import load
    from redraw.fitting.run.run import Run
    from redraw.signals.picture.picture import Picture
    from redraw.signals.picture.reading import read
    from redraw.signals.table.table import Table

    __version__: str

__all__ = [
    "Field",
    "FieldConfig",
    "FittedField",
    "Picture",
    "RedrawError",
    "Run",
    "Table",
    "fit",
    "fit_many",
    "load",
    "read",
]

_HOMES = {
    "Field": "redraw.fields",
    "FieldConfig": "redraw.fields",
    "FittedField": "redraw.fitting.result.fitted",
    "Picture": "redraw.signals.picture.picture",
    "RedrawError": "redraw.errors",
    "Run": "redraw.fitting.run.run",
    "Table": "redraw.signals.table.table",
    "fit": "redraw.fitting.api",
    "fit_many": "redraw.batch.api",
    "load": "redraw.fitting.result.loading",
    "read": "redraw.signals.picture.reading",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("redraw")
    elif name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'redraw' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    special = {name for name in globals() if name.startswith("__")}
    return sorted({*special, *__all__, "__version__"})

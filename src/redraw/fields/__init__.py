"""What learns: encoding -> network -> output. PyTorch only.

It is imported with the field itself: configurations, which plan one, do without.

Lowered to array operations, for exporters: `program.py` (the operations, and NumPy to run them);
`lowering.py` (parameters as their arrays).
"""

from typing import TYPE_CHECKING, Any

from redraw.fields.config import FieldConfig

if TYPE_CHECKING:
    from redraw.fields.field import Field

__all__ = ["Field", "FieldConfig"]


def __getattr__(name: str) -> Any:
    if name != "Field":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from redraw.fields.field import Field

    globals()[name] = Field
    return Field

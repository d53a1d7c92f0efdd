"""What learns: encoding -> network -> output. PyTorch only.

It is imported with the field itself: configurations, which plan one, do without.

Lowered to array operations, for exporters: `program.py` (the operations, and NumPy to run them);
`regions.py` (the operation that labels are); `lowering.py` (parameters as their arrays).

activations.py       The activations of the network, each with the initialisation of its own source
bands.py             Which coefficients a pyramid of lattices has
config.py            The configuration of a field
encoding.py          What every encoding is: the base of the modules
encoding_config.py   What every configuration of an encoding answers
encoding_configs.py  The table of encodings, and those that are a few lines each
encodings.py         The modules of those
field.py             The field
hash_grid.py         The multiresolution hash grid
hash_grid_config.py  The configuration of a hash grid
lattice.py           From pixel averages to the coefficients of a pyramid, and back
network.py           The network behind the encoding
outputs.py           From the network's raw numbers to values
plane_filter.py      The filter of coded planes
prefilter.py         The filter that makes B-spline weights of pixel averages, as numbers alone
ranges.py            Numbers of a configuration that have to lie within bounds
sizes.py             How many parameters networks have, by their configuration alone
spline.py            The spline pyramid
spline_config.py     The configuration of a spline pyramid, which says its size without PyTorch
subpixel.py          Subpixel detail: what the pixels around say of the parts of a pixel
subpixel_size.py     How large the network for it is
label_cells.py       What configuration, module and exporters of labels have in common
labels.py            A picture as labels
labels_config.py     The configuration of a field of labels, which says its size without PyTorch
wavelet.py           A coded picture as an encoding
wavelet_config.py    The configuration of a coded picture's field, which says its size without
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redraw.fields.config import FieldConfig
    from redraw.fields.field import Field

__all__ = ["Field", "FieldConfig"]

_MODULES = {"Field": "redraw.fields.field", "FieldConfig": "redraw.fields.config"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_MODULES[name]), name)
    globals()[name] = found
    return found

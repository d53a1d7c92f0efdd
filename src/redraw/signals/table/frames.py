"""Tables in memory: a dict of columns, or a data frame of pandas, polars or anything alike.

No such library is imported: whatever has columns by name, each a sequence of cells, is a table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from redraw.errors import TableError
from redraw.signals.table.cells import Column, RawTable, as_cells


def raw_frame(named: Any) -> RawTable | None:
    """Columns by name; None of what has none.

    Args:
        named: A mapping of names to sequences; or what has `columns` and gives each by its name.

    Raises:
        TableError: its columns are no columns: of different lengths, or more than one dimension.

    Example:
        >>> raw_frame({"a": [1, 2], "y": ["no", None]}).count
        2
    """
    names = _names_of(named)
    if names is None:
        return None
    name = "the table" if isinstance(named, Mapping) else "the data frame"
    if not names:
        raise TableError(f"{name} has no columns")
    if len({str(n) for n in names}) < len(names):
        raise TableError(f"{name}: two columns have one name; give each its own")
    columns = {str(n): _cells(named[n], str(n), name) for n in names}
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) > 1:
        raise TableError(f"{name}: its columns have {min(lengths)} to {max(lengths)} rows")
    return RawTable(name, columns)


def in_order(inputs: Any, names: Sequence[str]) -> Any:
    """The columns of these names, where inputs have them; else the inputs as they are.

    Args:
        inputs: A mapping of names to sequences, a data frame, or anything else.
        names: Of the columns, D of them.

    Returns:
        (N, D), of what has all of these columns by name, whatever others it has.

    Raises:
        TableError: one of them is not there.

    Example:
        >>> in_order({"b": [3, 4], "y": [5, 6], "a": [1, 2]}, ["a", "b"])
        array([[1, 3],
               [2, 4]])
    """
    found = _names_of(inputs)
    if found is None:
        return inputs
    there: dict[str, Any] = {str(n): n for n in found}
    unnamed = isinstance(inputs, Mapping) or not hasattr(inputs, "columns")
    if not unnamed and len(there) == len(names) and not there.keys() & set(names):
        return np.asarray(inputs)  # as arrays, which have no names
    lacking = [name for name in names if name not in there]
    if lacking:
        raise TableError(f"there is no column {lacking[0]!r}, which the field asks for")
    return np.stack([np.asarray(inputs[there[name]]) for name in names], 1)


def _names_of(named: Any) -> list[Any] | None:
    """Of the columns of a mapping, data frame, table of Arrow or structured array; else None."""
    if isinstance(named, Mapping):
        return list(named)
    if isinstance(named, np.ndarray):
        return None if named.dtype.names is None else list(named.dtype.names)
    if hasattr(named, "columns") and hasattr(named, "__getitem__"):
        return list(getattr(named, "column_names", named.columns))
    return None


def _cells(column: Any, called: str, name: str) -> Column:
    """Numbers as an array, anything else as Python's own values; what is missing is None or NaN."""
    if not isinstance(column, list | tuple):
        column = as_cells(column, f"{name}: the cells of {called!r}")
        if column.ndim != 1:
            raise TableError(
                f"{name}: the column {called!r} has the shape {column.shape}; expected (rows,)"
            )
        if column.dtype.kind in "iuf":
            return column
        column = column.tolist()
    return [None if _is_missing(cell) else cell for cell in column]


def _is_missing(cell: Any) -> bool:
    """None, pandas' NA and NaT: what is not even equal to itself, or can't say."""
    if cell is None:
        return True
    try:
        return bool(cell != cell)
    except TypeError:  # pandas.NA is neither
        return True
    except ValueError:  # an array, which no cell is
        return False

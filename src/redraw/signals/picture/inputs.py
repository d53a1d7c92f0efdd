"""What Python programs hold as pictures: arrays of every kind, tensors, Pillow's pictures, bytes.

What can't be told apart is refused with the line that says it.
"""

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError, RedrawError, ShapeError
from redraw.signals.picture.colour import Depth, LogCurve

if TYPE_CHECKING:
    from redraw.signals.picture.picture import Picture

LARGEST_FLOAT = float(np.finfo(np.float32).max)
_CHANNELS = (1, 2, 3, 4)
_LEAST_LEVEL, _CERTAIN = 16, 64  # floats up to here may be light; from there on they are levels


def as_pixels(given: Any, name: str) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """An array (H, W, C) of a native type, and which of its pixels are known (None: all).

    Args:
        given: Numbers (H, W) or (H, W, C); a masked array; a tensor, also (C, H, W).
        name: For messages.

    Raises:
        ShapeError: It has another shape, or axes that can't be told apart.
    """
    if given is None:
        raise ShapeError("None was given; name a path, a picture, an array or a table")
    tensor = hasattr(given, "detach") and hasattr(given, "cpu")
    if tensor:
        given = _of_tensor(given)
    known = None
    if isinstance(given, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(given)
        mask = mask[0] if mask.ndim == 4 and mask.shape[0] == 1 else mask
        if mask.ndim in (2, 3):  # of what is no picture the shape is told below
            known = np.logical_not(mask if mask.ndim == 2 else mask.any(axis=2))
        given = given.filled(1)
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise ShapeError(f"{name} has rows of different lengths; give (H, W)") from error
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    array = array[:, :, None] if array.ndim == 2 else array
    if array.ndim != 3:
        raise ShapeError(f"{name} is (H, W) or (H, W, 1 to 4), not {array.shape}")
    first, last = array.shape[0] in _CHANNELS, array.shape[2] in _CHANNELS
    if first and not last and not tensor:
        raise ShapeError(
            f"{name} is (H, W) or (H, W, 1 to 4), not {array.shape}; if channels stand first, give"
            " numpy.moveaxis(array, 0, 2)"
        )
    if tensor and first and last:
        raise ShapeError(
            f"{name} is a tensor of {array.shape}, which may be (C, H, W) or (H, W, C); give"
            " tensor.permute(1, 2, 0) of the first, tensor.numpy() of the second"
        )
    if tensor and first and not last:
        array = np.moveaxis(array, 0, 2)
    if array.shape[2] not in _CHANNELS:
        raise ShapeError(f"{name} is (H, W) or (H, W, 1 to 4), not {array.shape}")
    return array.astype(array.dtype.newbyteorder("="), copy=False), known


def _of_tensor(tensor: Any) -> NDArray[Any]:
    try:
        found = tensor.detach().cpu()
        try:
            return found.numpy()
        except TypeError:  # bfloat16
            return found.float().numpy()
    except (TypeError, RuntimeError) as error:  # sparse, quantised, or without data
        reason = " ".join(str(error).split())[:100]
        raise PictureError(
            f"the tensor can't be read as an array ({reason}); give a dense one of numbers"
        ) from error


def whole_numbers(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Integers of another type as 8 or 16 bits, by the largest. Any shape.

    Raises:
        PictureError: They are negative, too large, or nothing but 0 and 1.
    """
    if array.dtype.kind not in "iu":
        raise PictureError(
            f"{name} holds {array.dtype}; it is bool, whole numbers from 0, or a float type"
        )
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    if low < 0 or high > 65535:
        raise PictureError(
            f"{name} holds {array.dtype} from {low} to {high}; whole numbers are 0 to 255 or 0 to"
            " 65535: scale them, or give floats from 0 to 1"
        )
    if high == 1:
        raise PictureError(
            f"{name} holds {array.dtype} of nothing but 0 and 1; give array.astype(bool) for black"
            " and white, or astype(numpy.uint8) for levels of 255"
        )
    return array.astype(np.uint8 if high <= 255 else np.uint16)


def refuse_levels(array: NDArray[np.floating], name: str) -> None:
    """Refuse floats that are levels of 255 or 65535, not light. Any shape.

    Raises:
        PictureError: So they seem to be.
    """
    low, high = float(array.min()), float(array.max())
    if low < 0 or not _LEAST_LEVEL <= high <= 65535:
        return
    whole = bool((array == np.rint(array)).all())
    spread = high >= _CERTAIN and high <= 256 and float(np.median(array)) > 4
    if whole or spread:
        top = 255 if high <= 256 else 65535
        raise PictureError(
            f"{name} holds floats from {low:g} to {high:g}, which seem to be levels of {top}; give"
            f" array / {top}, or Picture.from_array(array, light=True) if they are HDR light"
        )


def depth_of(
    array: NDArray, alpha: bool, name: str, *, light: bool
) -> tuple[Depth, LogCurve | None]:
    """What numbers mean by their type: bits of a value, and for light its curve. (H, W, C)

    Raises:
        PictureError: Another type, floats that aren't finite, or levels of 255 as floats.
    """
    if array.dtype == np.bool_:
        return (1 if array.shape[2] == 1 else 8), None
    if array.dtype == np.uint8:
        return 8, None
    if array.dtype == np.uint16:
        return 16, None
    if not np.issubdtype(array.dtype, np.floating):
        whole_numbers(array, name)  # which refuses it
    if not np.isfinite(array).all():
        raise PictureError(f"{name} holds values that are not finite; replace them first")
    if array.size and max(abs(float(array.min())), abs(float(array.max()))) > LARGEST_FLOAT:
        raise PictureError(
            f"{name} holds values up to {float(np.abs(array).max()):g}; light goes up to"
            f" {LARGEST_FLOAT:.3g}: scale it"
        )
    if not light and (array.size == 0 or (array.min() >= 0 and array.max() <= 1)):
        return 8, None
    if not light:
        refuse_levels(array, name)
    return 32, LogCurve.covering(array[..., :-1] if alpha else array)


def of_pillow(image: Any, name: str) -> "Picture":
    """A picture of Pillow's, of any mode.

    Raises:
        PictureError: Its mode can't be shown.
    """
    from redraw.signals.picture import reading_pillow
    from redraw.signals.picture.picture import Picture

    if image.mode in ("I", "F"):
        return Picture.from_array(np.asarray(image), name=name)
    return reading_pillow.of_image(image, name)


def of_bytes(content: bytes, name: str, **options: Any) -> "Picture":
    """A picture file in memory. Raises as `reading.read`."""
    from redraw.signals.picture.reading import read

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            return read(path, **options)
        except RedrawError as error:  # which would name a folder that nobody knows
            raise type(error)(str(error).replace(f"{folder}{os.sep}", "")) from error


def content_of(given: Any) -> bytes | None:
    """The bytes of a file in memory, or of an open one; None if it is something else."""
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    if isinstance(given, io.TextIOBase):
        raise PictureError("the picture is open as text; open it with mode 'rb'")
    if hasattr(given, "read") and not hasattr(given, "shape"):
        with contextlib.suppress(OSError, AttributeError, ValueError):  # a pipe, or no such thing
            given.seek(0)  # as Pillow does it: what was just written stands at its end
        content = given.read()
        if not isinstance(content, bytes | bytearray | memoryview):
            raise PictureError(f"what was opened gives {type(content).__name__}, not bytes")
        return bytes(content)
    return None

"""Values to write, and what writers say when they refuse."""

import importlib.util

import numpy as np
import pytest

from redraw.errors import TableError
from redraw.signals import Picture
from redraw.signals.picture import pixel_table

HAS_OIIO = importlib.util.find_spec("OpenImageIO") is not None
needs_oiio = pytest.mark.skipif(not HAS_OIIO, reason="needs the extra `hdr`")


def rng():
    return np.random.default_rng(13)


def whole(kind, *shape):
    if kind is np.bool_:
        return rng().random(shape) > 0.5
    return rng().integers(0, np.iinfo(kind).max + 1, shape).astype(kind)


def light(*shape):
    return Picture.from_array((rng().normal(size=shape) * 10).astype(np.float32), name="light")


def refusal(error, call, *arguments, **options):
    with pytest.raises(error) as raised:
        call(*arguments, **options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def refused_table(path, **options):
    with pytest.raises(TableError) as error:
        pixel_table.read(path, **options)
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 300
    return message

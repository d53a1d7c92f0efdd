"""Deep pictures, EXR files, and what is said where one is refused."""

import numpy as np
import pytest

from redraw.errors import PictureError
from redraw.signals import read

oiio = pytest.importorskip("OpenImageIO", reason="deep pictures need the extra `hdr`")


def rng():
    return np.random.default_rng(12)


def deep(*shape):
    return rng().integers(0, 65536, shape).astype(np.uint16)


def light(*shape):
    return (rng().normal(size=shape) * 10).astype(np.float32)


def write_exr(path, array, names, *, kind="float", origin=(0, 0)):
    output = oiio.ImageOutput.create("openexr")
    spec = oiio.ImageSpec(array.shape[1], array.shape[0], array.shape[2], kind)
    spec.channelnames = tuple(names)
    spec.x, spec.y = origin
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(array), output.geterror()
    output.close()


def refusal(path, **options):
    with pytest.raises(PictureError) as error:
        read(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)

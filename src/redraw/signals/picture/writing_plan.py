"""What a picture becomes in the format it is written to, or why it can't be."""

import importlib
from dataclasses import dataclass
from pathlib import PurePath

from redraw.errors import PictureError, UsageError
from redraw.signals.picture.coding import Coding
from redraw.signals.picture.colour import DEPTHS, MODELS, Colour, Depth
from redraw.signals.picture.formats import Target, target_of


@dataclass(frozen=True)
class Plan:
    """How a picture is written.

    Args:
        target: The format.
        writer: Who writes it: "png", "pillow" or "openimageio".
        width: Columns.
        height: Rows.
        source: What the values to be written mean.
        depth: Bits per value in the file; 16 in an EXR are half floats.
        light: Whether the file holds linear light, as floats.
        icc: The ICC profile that goes with it.
        coding: What the file says of its colours instead; None for sRGB, or for its light.
        notes: What the user should be told.
    """

    target: Target
    writer: str
    width: int
    height: int
    source: Colour
    depth: Depth
    light: bool
    icc: bytes | None
    coding: Coding | None
    notes: tuple[str, ...]

    @property
    def channels(self) -> int:
        """Values per pixel in the file: grey is tripled where the format has no grey."""
        model = self.source.model if self.target.grey else "rgb"
        return MODELS[model] + self.source.alpha

    @property
    def premultiplied(self) -> bool:
        """Whether the file holds colours multiplied by alpha, as EXR does by convention."""
        return self.target.name == "EXR" and self.source.alpha

    @property
    def keeps_numbers(self) -> bool:
        """Whether the picture's numbers go to the file as they are, but for rounding."""
        same_curve = self.light == (self.source.depth == 32)
        return same_curve and (self.source.coding is None or self.coding is not None)

    @property
    def bytes_held(self) -> int:
        """Memory for the rows when the format is written whole; 0 when row by row."""
        if self.writer != "pillow":
            return 0
        return self.width * self.height * self.channels * (2 if self.depth == 16 else 1)


def plan(
    path: PurePath, width: int, height: int, colour: Colour, depth: Depth | None = None
) -> Plan:
    """Decide how a picture is written to `path`, by its extension.

    Args:
        path: Where to; only its name counts.
        width: Columns.
        height: Rows.
        colour: What the values mean.
        depth: Bits per value; by default the source's, or the nearest the format has.

    Raises:
        PictureError: The format can't hold it: alpha, depth, size; or it needs the extra `hdr`.
        UsageError: An impossible size or depth.
    """
    target = target_of(path)
    if depth is not None and depth not in DEPTHS:
        raise UsageError(f"the depth {depth} is unknown; it is 1, 8, 16 or 32 bits")
    if width < 1 or height < 1:
        raise UsageError(f"the size {width}x{height} is impossible; both sides are at least 1")
    if max(width, height) > target.max_side:
        raise PictureError(
            f"{path} can't be {width}x{height}: {target.name} ends at {target.max_side} a side; "
            "write a .png"
        )
    if colour.alpha and not target.alpha:
        raise PictureError(
            f"{path} can't be written: {target.name} holds no alpha and the picture has it; "
            "write .png, .webp, .avif, .tif or .exr"
        )
    chosen = _depth(path, target, colour, depth)
    if depth is None and target.name == "AVIF" and deeper(colour):
        chosen = 16
    light = chosen == 32 or target.name == "EXR"
    writer = target.writer
    if target.name == "TIFF" and (chosen == 32 or (chosen == 16 and colour.channels > 1)):
        writer = "openimageio"
    if writer == "openimageio" and not _installed("OpenImageIO"):
        raise PictureError(
            f"{path} needs OpenImageIO; install redraw[hdr] to write it, or write a .png"
        )
    keeps_icc = target.icc and not light
    # An EXR says its primaries, its numbers being light; a PNG any coding of values.
    keeps_coding = target.coding and light == (colour.depth == 32 or target.name == "EXR")
    coding = colour.coding if keeps_coding else None
    if coding is not None and target.points and (coding.points is None or colour.icc is not None):
        coding = None
    return Plan(
        target=target,
        writer=writer,
        width=width,
        height=height,
        source=colour,
        depth=chosen,
        light=light,
        icc=colour.icc if keeps_icc and (target.grey or colour.model == "rgb") else None,
        coding=coding,
        notes=_notes(target, colour, light, coding),
    )


def _depth(path: PurePath, target: Target, colour: Colour, wanted: Depth | None) -> Depth:
    if wanted is None:
        if colour.depth == 32 and 32 not in target.depths:
            raise PictureError(
                f"{path} can't hold light beyond white; write .exr, .hdr or .tif, or give a depth "
                "(--depth 8 or 16) to clip at white"
            )
        if target.writer == "openimageio":
            return 32
        fitting: list[Depth] = [depth for depth in target.depths if depth <= colour.depth]
        return max(fitting) if fitting else min(target.depths)
    if wanted not in target.depths:
        held = " or ".join(str(depth) for depth in target.depths)
        raise PictureError(f"{path} can't have {wanted} bits per value: {target.name} has {held}")
    if wanted == 1 and colour.channels > 1:
        raise PictureError(f"{path} can't have 1 bit per value: the picture has colour or alpha")
    return wanted


def _notes(target: Target, colour: Colour, light: bool, coding: Coding | None) -> tuple[str, ...]:
    notes = []
    if colour.icc is not None and (not target.icc or light):
        notes.append(f"{target.name} holds no ICC profile here; it was left out")
    if target.name == "GIF" and colour.model == "rgb":
        notes.append("GIF holds at most 256 colours; the nearest were taken")
    if colour.coding is not None and coding is None:
        what = "light of sRGB's primaries" if light else "sRGB; what is beyond that was clipped"
        notes.append(f"{colour.coding.describe()} was converted to {what}")
    elif light and colour.depth != 32:
        how = "sRGB" if colour.coding is None else colour.coding.describe()
        notes.append(f"the values were taken as {how} and written as linear light")
    if colour.depth == 32 and not light:
        notes.append("light was clipped at white and written as sRGB")
    if colour.premultiplied and target.name != "EXR":
        notes.append(f"{target.name} holds straight alpha; light where alpha is 0 was left out")
    return tuple(notes)


def deeper(colour: Colour) -> bool:
    """Whether 8 bits would show bands of its curve, and something here writes AVIF of more."""
    if colour.depth != 16 or colour.coding is None or colour.coding.transfer not in ("pq", "hlg"):
        return False
    return colour.coding.points is not None and colour.icc is None and _installed("imagecodecs")


def _installed(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True

"""`redraw diff`: how like two pictures are."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from redraw.cli.options import Force, Json, MaxPixels
from redraw.cli.several import for_each
from redraw.errors import PictureError, UsageError

if TYPE_CHECKING:
    from redraw.fitting.result.fitted import FittedField
    from redraw.signals.picture.picture import Picture

# Bytes for each value of a picture while two are compared: both as learned and as numbers of 64
# bits, what is counted of them, and their differences.
PER_VALUE = 64

app = App(
    name="diff",
    help_epilogue="""\
A field file is drawn at the size of the other picture. The IoU of ink (pixels
that are ink in both, over pixels that are ink in either) is given where both
look like drawings: no colour, and two levels that hold 70 % of the pixels.

    redraw diff cub.png cub.redraw
    redraw diff a.png b.png --map errors.png
    redraw diff pictures/ fields/
""",
)


@app.default
def diff(
    *names: Annotated[
        str,
        Parameter(
            name="A B",
            help="Two of: a picture, a CSV of pixels, a field file. Or any number of them, and a"
            " folder that holds those of the same names, whatever their endings.",
        ),
    ],
    map: Annotated[  # noqa: A002 (its name on the command line)
        Path | None,
        Parameter(metavar="OUT", help="Write where the errors are: black for none, to yellow."),
    ] = None,
    max_pixels: MaxPixels = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Compare pictures; see the help text. Returns the exit code."""
    named = _matched(names)
    if map is not None and len(named) > 1:
        raise UsageError("--map is for one pair of pictures; leave it out, or name one pair")

    def do(a: str, b: Path) -> int:
        return _compare(a, str(b), map, max_pixels, force=force, json=json)

    return for_each(named, do)


def _matched(names: Sequence[str]) -> list[tuple[str, Path]]:
    """Which are compared: two, or those of the same names in a folder, the last that is named.

    Raises:
        UsageError: there are not two.
        PictureError: one has no counterpart.
    """
    if len(names) < 2 or (len(names) > 2 and not Path(names[-1]).is_dir()):
        raise UsageError(
            f"{len(names)} names given; accepted: two pictures, or several and a folder with those"
            " of the same names"
        )
    folder = Path(names[-1])
    if not folder.is_dir():
        return [(names[0], folder)]
    from redraw.batch.inputs import PICTURES, gather
    from redraw.storage.field_name import FIELD

    endings = {*PICTURES, FIELD, ".csv"}
    there: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in endings:
            place = path.relative_to(folder).with_suffix("").as_posix()
            there.setdefault(place, []).append(path)
    result = []
    for item in gather(names[:-1], folder, recursive=True, suffix="", endings=endings):
        own = Path(item.source)
        found = [path for path in there.get(item.place, []) if not path.samefile(own)]
        if len(found) != 1:
            raise PictureError(
                f"{item.source} has {len(found) or 'no'} counterpart{'s' * (len(found) > 1)}"
                f" in {folder}; accepted: one file of its name, with any ending"
            )
        result.append((item.source, found[0]))
    return result


def _compare(
    a: str, b: str, map_: Path | None, max_pixels: int | None, *, force: bool, json: bool
) -> int:
    from redraw.cli.plain_text import plain
    from redraw.cli.screen import put_json, say, show_rows
    from redraw.cli.wording import IOU, LEVELS, relative_path, shown_path
    from redraw.files import check_apart, check_output

    if map_ is not None:
        check_output(map_, force=force)
        check_apart(map_, a, b, instead="the map")
    first, second, notes = _pair(a, b, max_pixels)
    found, known = _measured(first, second)
    if map_ is not None:
        _write_map(map_, first, second, known, force=force)
        found["map"] = relative_path(map_)
    if json:
        put_json({"a": a, "b": b, "size": list(first.size), **found})
        return 0
    same = math.isinf(found["psnr"])
    iou = found["iou"]
    show_rows(
        f"{plain(first.name)} and {plain(second.name)}: {first.width} × {first.height}",
        [
            ("PSNR", "infinite: they are equal" if same else f"{found['psnr']:.2f} dB"),
            ("SSIM", f"{found['ssim']:.5f}"),
            (IOU, "" if iou is None else f"{iou:.4f}"),
            (
                "largest error",
                f"{found['max_error']:.4f} ({found['max_error'] * LEVELS:.0f} of 255)",
            ),
        ],
    )
    for note in notes:
        say(f"note: {note}")
    if map_ is not None:
        say(f"{shown_path(map_)}: yellow is an error of {found['max_error']:.3g}")
    return 0


def _pair(a: str, b: str, max_pixels: int | None) -> tuple["Picture", "Picture", list[str]]:
    """Both as pictures of one size, and what to say of that.

    Raises:
        PictureError: their sizes differ.
    """
    one, other = _opened(a, max_pixels), _opened(b, max_pixels)
    first = _drawn(one, a, other)
    second = _drawn(other, b, first)
    if first.size != second.size:
        raise PictureError(
            f"{a} has {first.width}x{first.height} pixels and {b} {second.width}x{second.height};"
            " only pictures of one size can be compared: resize one of them first"
        )
    sides = (a, one, first), (b, other, second)
    return first, second, [note for side in sides if (note := _drawn_at(*side))]


def _drawn_at(name: str, opened: "Picture | FittedField", drawn: "Picture") -> str:
    """That a field was learned at another size than it is compared at, or ""."""
    from redraw.cli.wording import shown_path

    if opened.size == drawn.size:
        return ""
    width, height = opened.size
    return (
        f"{shown_path(name)} was learned at {width} × {height} and is drawn at"
        f" {drawn.width} × {drawn.height} here: detail that it never saw counts as a difference"
    )


def _opened(name: str, max_pixels: int | None) -> "Picture | FittedField":
    from redraw.signals.picture.opening import as_picture
    from redraw.signals.picture.recognising import is_field, told
    from redraw.storage.field_name import FIELD

    damaged = Path(name).suffix == FIELD and Path(name).is_file() and told(name) is None
    if is_field(name) or damaged:
        from redraw.fitting.result.loading import load

        return load(name)
    return as_picture(name, max_pixels=max_pixels)


def _drawn(opened: "Picture | FittedField", name: str, other: "Picture | FittedField") -> "Picture":
    """A picture as it is, a field drawn at the size of the other."""
    import dataclasses

    from redraw.signals.picture.picture import Picture

    if isinstance(opened, Picture):
        return opened
    from redraw.fitting.result.large_field import LargeField
    from redraw.signals.kinds import is_raster

    if not is_raster(opened.about.signal):
        raise PictureError(
            f"{name} is the field of a {opened.about.signal}, no picture; accepted: pictures and"
            " their fields"
        )
    # One that is drawn from its file has an engine of its own: a choice for all is not for it.
    engine = "auto" if isinstance(opened, LargeField) else os.environ.get("REDRAW_ENGINE", "auto")
    return dataclasses.replace(opened.render(*other.size, engine=engine), name=Path(name).name)


def _measured(a: "Picture", b: "Picture") -> tuple[dict[str, Any], Any]:
    """The metrics by name, and the mask of pixels known in both (or None)."""
    from redraw import memory
    from redraw.metrics import iou_of_ink, max_error, psnr, ssim
    from redraw.signals.picture.kind import looks_like_drawing

    values = a.width * a.height * max(a.channels, b.channels)
    memory.ask(
        PER_VALUE * values,
        f"comparing {a.width}x{a.height}",
        "compare parts of them, or smaller ones",
    )
    known = a.known if b.known is None else b.known if a.known is None else a.known & b.known
    x, y = _comparable(a, b)
    drawings = looks_like_drawing(a) and looks_like_drawing(b)
    return {
        "psnr": psnr(x, y, known=known),
        "ssim": ssim(x, y),
        "iou": iou_of_ink(x, y, known=known) if drawings else None,
        "max_error": max_error(x, y, known=known),
    }, known


def _comparable(a: "Picture", b: "Picture") -> tuple[Any, Any]:
    """Fitted values with the same channels: grey as RGB, opaque where there is no alpha.

    Raises:
        PictureError: one of them is HDR and the other isn't.
    """
    import dataclasses

    import numpy as np

    if (a.colour.curve is None) != (b.colour.curve is None):
        raise PictureError(
            f"one of {a.name} and {b.name} is HDR light and the other isn't;"
            " only pictures of one kind can be compared"
        )
    if a.colour.premultiplied != b.colour.premultiplied:
        a, b = a.as_premultiplied(), b.as_premultiplied()
    if a.colour.curve is not None:
        # One that holds the light of both: what lies beyond a curve's ends is cut off.
        planes = [p.values[..., : 3 if p.colour.model == "rgb" else 1] for p in (a, b)]
        curve = dataclasses.replace(
            a.colour.curve,
            low=min(a.colour.curve.low, *(float(light.min()) for light in planes)),
            high=max(a.colour.curve.high, *(float(light.max()) for light in planes)),
        )
        a, b = (
            dataclasses.replace(p, colour=dataclasses.replace(p.colour, curve=curve))
            for p in (a, b)
        )
    rgb = "rgb" in (a.colour.model, b.colour.model)
    alpha = a.colour.alpha or b.colour.alpha

    def brought(picture: "Picture") -> Any:
        values = picture.fitted()
        planes = values[..., : 3 if picture.colour.model == "rgb" else 1]
        if rgb and planes.shape[-1] == 1:
            planes = np.repeat(planes, 3, axis=-1)
        if not alpha:
            return planes
        cover = values[..., -1:] if picture.colour.alpha else np.ones_like(values[..., :1])
        return np.concatenate([planes, cover], axis=-1)

    return brought(a), brought(b)


def _write_map(out: Path, a: "Picture", b: "Picture", known: Any, *, force: bool) -> None:
    from redraw.metrics import error_map
    from redraw.signals.picture.picture import Picture

    x, y = _comparable(a, b)
    Picture.from_array(error_map(x, y, known=known), name=out.name).save(out, force=force)

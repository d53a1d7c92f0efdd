"""`redraw convert`: a field file between floats and whole numbers, or to a picture."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from redraw.cli.options import Force, Quiet
from redraw.errors import UsageError

# As whole numbers of a photograph take them.
LEAST_PSNR, MOST_PSNR = 1.0, 200.0

app = App(
    name="convert",
    help_epilogue="""\
OUT's ending decides. A picture is written at the field's own size, with its
ICC profile or what was told of its colours, alpha and depth; it stands upright if
EXIF data said how it was held. Other EXIF and XMP data (camera, date, place) and
the resolution are not in a field file: copy them from the picture that was fitted.

A .redraw holds whole numbers if FIELD holds floats, or if --psnr or --bytes says
how many, and floats if FIELD holds whole numbers.

    redraw convert photo.redraw photo.avif
    redraw convert old-photo.redraw small-photo.redraw --psnr 42
    redraw convert photo.redraw smaller.redraw --bytes 50k
    redraw convert cub.redraw small.redraw --bytes 8k
    redraw convert small.redraw floats.redraw
""",
)


@app.default
def convert(
    field: Annotated[Path, Parameter(help="A field file.")],
    out: Annotated[Path, Parameter(help="A field file (.redraw) or a picture.")],
    /,
    *,
    to: Annotated[
        Literal["whole", "float"] | None, Parameter(help="Of a .redraw; the other by default.")
    ] = None,
    psnr: Annotated[
        float | None,
        Parameter(metavar="DB", help="How near a photograph in whole numbers is to FIELD, 42."),
    ] = None,
    bytes_: Annotated[
        str | None, Parameter(name="--bytes", metavar="N", help="Of the file at most: 6000, 6k.")
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Convert `field`; see the help text. Returns the exit code."""
    import time

    from redraw.cli.screen import say
    from redraw.cli.wording import duration, shown_path, size_of
    from redraw.files import probe_output
    from redraw.fitting.plan.budget import parse_bytes
    from redraw.fitting.result.converting import converted
    from redraw.storage.field_name import FIELD

    if out.suffix.lower() != FIELD:
        from redraw.cli.commands.render import render

        if to or psnr is not None or bytes_ is not None:
            raise UsageError(
                f"{out} does not end in .redraw, so it would be a picture; --to, --psnr and --bytes"
                " are of field files"
            )
        return render(str(field), str(out), force=force, quiet=quiet)
    if psnr is not None and not LEAST_PSNR <= psnr <= MOST_PSNR:
        raise UsageError(f"--psnr is {psnr:g}; accepted: {LEAST_PSNR:g} to {MOST_PSNR:g}, in dB")
    probe_output(out, force=force)
    began = time.monotonic()
    before = size_of(field.stat().st_size) if field.is_file() else ""  # it may be replaced
    converted(
        field,
        out,
        to=to,
        psnr=psnr,
        most_bytes=None if bytes_ is None else parse_bytes(bytes_),
        force=force,
    )
    if not quiet:
        now = size_of(out.stat().st_size)
        say(
            f"{shown_path(out)}: {now} instead of {before}, in {duration(time.monotonic() - began)}"
        )
    return 0

"""`redraw quantize`: a fitted network in few bits, drawn in whole numbers."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from redraw.cli.options import WHOLE, Force, Quiet
from redraw.errors import UsageError

# Rounding to 8 bits makes as large an error, in dB: 20 log10(255 sqrt(12)). What is nearer is exact
# there, and a difference from it compares two roundings.
EXACT = 58.92

app = App(
    name="quantize",
    help_epilogue="""\
The network learns on for some seconds, its weights rounded, with the field as its
teacher. What comes out is the same picture on every machine, and `redraw render`
draws it without PyTorch.

    redraw quantize cub.redraw small.redraw
    redraw quantize cub.redraw small.redraw --bits mixed --max-loss 0.2
    redraw quantize cub.redraw small.redraw --bytes 6k

A drawing made of labels takes --bytes or --max-loss; its fit is in few bytes already.
""",
)


@app.default
def quantize(
    field: Annotated[Path, Parameter(help="A field file with a network.")],
    out: Annotated[Path, Parameter(help="The field file to write.")],
    /,
    *,
    bits: Annotated[
        Literal["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "mixed"] | None,
        Parameter(metavar="N|mixed", help="Of a weight; 8 by default, mixed for what layers need."),
    ] = None,
    max_loss: Annotated[
        float | None, Parameter(metavar="DB", help="How much of its quality may be lost.")
    ] = None,
    bytes_: Annotated[
        str | None, Parameter(name="--bytes", metavar="N", help="Of the file at most: 6000, 6k.")
    ] = None,
    steps: Annotated[
        int, WHOLE, Parameter(metavar="N", help="Of learning on; 0 for plain rounding.")
    ] = 600,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Quantise `field`; see the help text. Returns the exit code."""
    import time

    from redraw.cli.screen import say
    from redraw.cli.wording import duration, shown_path, size_of
    from redraw.files import probe_output
    from redraw.fitting.plan.budget import parse_bytes
    from redraw.fitting.result.converting import converted, smaller
    from redraw.fitting.result.loading import load
    from redraw.fitting.result.quantising import quantise
    from redraw.storage.codecs.network import save_network
    from redraw.storage.field_name import check_field_name

    if not 0 <= steps <= 1_000_000:
        raise UsageError(f"--steps is {steps}; accepted: 0 to 1,000,000")
    if bytes_ is not None and (bits is not None or max_loss is not None):
        raise UsageError("--bytes says how many bits there are; leave --bits and --max-loss out")
    if max_loss is not None and bits not in (None, "mixed"):
        raise UsageError("--max-loss chooses the bits; leave --bits out, or say --bits mixed")
    check_field_name(out)
    probe_output(out, force=force)
    most = None if bytes_ is None else parse_bytes(bytes_)
    began = time.monotonic()

    def told(line: str) -> None:
        if not quiet:
            say(f"{line} ({duration(time.monotonic() - began)})")

    fitted = load(field)
    before = size_of(field.stat().st_size)  # which may be replaced
    if smaller(fitted) and bits is None:
        lost = converted(field, out, to="whole", most_bytes=most, max_loss=max_loss, force=force)
        if not quiet:
            now = size_of(out.stat().st_size)
            if lost == 0.0 and most is None and max_loss is None:
                say(
                    f"{shown_path(out)}: {now}, as it was: it is in whole numbers already; --bytes"
                    " or --max-loss makes it smaller"
                )
                return 0
            worse = _worse(fitted.made.get("psnr"), lost)
            say(f"{shown_path(out)}: {now} instead of {before}{worse}")
        return 0
    made = quantise(
        fitted,
        bits=bits if bits == "mixed" else int(bits or 8),
        max_loss=max_loss,
        most_bytes=most,
        steps=steps,
        told=told,
    )
    save_network(out, made.data, force=force)
    if not quiet:
        worse = _worse(fitted.made.get("psnr"), made.loss)
        say(
            f"{shown_path(out)}: {size_of(len(made.data))} instead of {before}{worse},"
            f" in {duration(time.monotonic() - began)}"
        )
    return 0


def _worse(before: float | None, lost: float | None) -> str:
    """What was lost, in words: of a picture that was exact no difference, but what it is now."""
    if lost is None or before is None:
        return ""
    if before > EXACT:
        return f", {before - lost:.2f} dB now, exact to 8 bits before"
    return f", about {lost:.2f} dB worse"

"""The main job in one go: the lion cub becomes a network, and is drawn again at three sizes.

    python examples/demo.py [--folder demo] [--again]

Runs the commands that it prints, leaves everything in the folder, and says what was measured. When
nothing has changed since the last time it only says so; `--again` makes everything afresh.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import draw_cub  # beside this file
import numpy as np

import redraw
from redraw.metrics import psnr, ssim
from redraw.signals.picture.bundled import bundled
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read

SIZES = (50, 512, 1024)
LARGER = 800  # what is measured against the drawing itself, drawn that large
WHAT = {
    "cub.redraw": "the field: the whole drawing, as the weights of a small network",
    **{f"cub-{size}.png": f"drawn from it at {size} x {size}" for size in SIZES},
    "error-map.png": "where it differs from the picture it learned",
    "learning-curve.png": "loss, PSNR and learning rate, step by step",
    "timelapse.gif": "what it looked like as it learned",
    "cub.run": "the run itself: checkpoints, log and frames",
}


def main() -> int:
    """Make the demo, or say that it is there; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where everything goes")
    parser.add_argument("--again", action="store_true", help="even if nothing has changed")
    options = parser.parse_args()

    if options.folder.exists() and not options.folder.is_dir():
        parser.error(f"{options.folder} is not a folder; name another with --folder")

    summary = options.folder / "summary.json"
    key = fingerprint()
    known = remembered(summary) if not options.again else None
    if known is not None and known["of"] == key and all_there(options.folder):
        print("Nothing has changed since the last demo (--again makes it afresh).")
    else:
        try:
            make(options.folder)
        except subprocess.CalledProcessError as failed:
            print(f"demo: `{' '.join(failed.cmd[:3])} ...` failed", file=sys.stderr)
            return failed.returncode
        except KeyboardInterrupt:  # the command in progress has said what it left
            return 130
        known = {"of": key, "measured": measure(options.folder)}
        summary.write_text(json.dumps(known, indent=2) + "\n")
    tell(options.folder, known["measured"])
    return 0


def make(folder: Path) -> None:
    """Fit, draw, compare and plot, through the command line."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in WHAT:  # only what an earlier demo made
        old = folder / name
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    (folder / "cub-200.png").unlink(missing_ok=True)

    field, run = folder / "cub.redraw", folder / "cub.run"
    command("fit", "cub", "-o", field, "--run", run, "--frames", "40")
    for size in (200, *SIZES):
        command("render", field, folder / f"cub-{size}.png", "--size", f"{size}x{size}")
    command("diff", "cub", folder / "cub-200.png", "--map", folder / "error-map.png")
    command("plot", run, folder / "learning-curve.png")
    command("timelapse", run, folder / "timelapse.gif")


def command(*arguments: str | Path) -> None:
    """Run `redraw` as a user would, after saying so."""
    words = [str(argument) for argument in arguments]
    print(f"\n$ redraw {' '.join(words)}", flush=True)
    subprocess.run([sys.executable, "-m", "redraw", *words], check=True)


def measure(folder: Path) -> dict[str, float | str]:
    """How good the field is on the picture it learned, and between its pixels."""
    field = redraw.load(folder / "cub.redraw")
    learned = read(bundled("cub"))
    drawn = read(folder / "cub-200.png")
    truth = draw_cub.draw(LARGER)[..., None]
    larger = field.render(LARGER, LARGER).fitted()
    resampled = Picture.from_array(learned.values).resized(LARGER, LARGER).values
    return {
        "model": str(field.made["model"]),
        "engine": str(field.made["engine"]),
        "parameters": sum(parameter.numel() for parameter in field.parameters()),
        "bytes": (folder / "cub.redraw").stat().st_size,
        "steps": field.made["steps"],
        "seconds": field.made["seconds"],
        "psnr": psnr(drawn.values, learned.values),
        "ssim": ssim(drawn.values, learned.values),
        "larger_psnr": psnr(np.asarray(larger), truth),
        "lanczos_psnr": psnr(resampled, truth),
    }


def tell(folder: Path, measured: dict[str, float | str]) -> None:
    """Where everything is, and what was measured."""
    print(f"\nIn {folder}{'/' if folder.name else ''}:")
    for name, what in WHAT.items():
        print(f"  {name:20} {what}")
    print(
        "\nMeasured:\n"
        "  {model} of {parameters:,} parameters ({bytes:,} bytes on disk),"
        " {steps:,} steps in {seconds:.1f} s by the {engine} engine\n"
        "  at the size it learned, 200 x 200:  {psnr:.2f} dB, SSIM {ssim:.4f}\n"
        "  drawn four times larger:            {larger_psnr:.2f} dB against the drawing itself;"
        " Lanczos reaches {lanczos_psnr:.2f} dB".format(**measured)
    )


def remembered(summary: Path) -> dict | None:
    """The summary of an earlier demo, if it is readable."""
    try:
        found = json.loads(summary.read_text())
        return found if {"of", "measured"} <= found.keys() else None
    except (OSError, ValueError, AttributeError):
        return None


def all_there(folder: Path) -> bool:
    """Whether nothing that the demo leaves was removed."""
    return all((folder / name).exists() for name in WHAT)


def fingerprint() -> str:
    """Of all that the demo's result depends on: redraw's own source, its pictures, this script."""
    package = Path(redraw.__file__ or "").parent
    files = [*package.rglob("*.py"), *package.rglob("*.png"), *Path(__file__).parent.glob("*.py")]
    digest = hashlib.sha256(redraw.__version__.encode())
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())

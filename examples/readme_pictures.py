"""Make the pictures of the README, in `docs/pictures`.

    python examples/readme_pictures.py [hero] [learning] [timelapse] [--folder docs/pictures]

Everything is fitted here, with fixed seeds and steps; it takes a few minutes. On another kind of
processor a picture may differ in its last bits.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import panels  # beside this file
from numpy.typing import NDArray

from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.events import Evaluated, Event, Finished
from redraw.fitting.run.run import Run
from redraw.metrics import psnr
from redraw.signals.picture.bundled import bundled
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read
from redraw.signals.picture.resampling import lanczos

LARGE, LEARNED = 800, 200
EYES, SHOWN = (0.50, 0.50), 0.40  # where the face is, and how much, in shares of the page
# The network that this project began with, as it was trained: plain gradient descent on all pixels
# at once, cross-entropy, a rate that never falls.
GRADIENT_DESCENT = {
    "optimizer": "sgd", "batch": "full", "loss": "bce", "lr_max": 0.3, "schedule": "constant",
    "first_weight": None, "first_bias": None,
}  # fmt: skip
STEPS = 5000

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Learned:
    """One fit, seen on its way.

    Attributes:
        run: At its end.
        frames: (step, drawing) for some steps, the first and the last among them.
        quality: dB of the frames, by step.
        end: The last event.
    """

    run: Run
    frames: list[tuple[int, Floats]]
    quality: dict[int, float]
    end: Finished


def learn(picture: Picture, *, frames: int = 0, **options: Any) -> Learned:
    """Fit, as `redraw fit` does, and keep the frames."""
    with tempfile.TemporaryDirectory() as name:
        config = prepare(picture, frames=frames, **options)
        run = Run.start(picture, config, Path(name) / "fit.run")
        events: list[Event] = list(run.events())
        assert run.folder is not None
        drawings = [(step, read(path).values) for step, path in run.folder.frames()]
    end = events[-1]
    assert isinstance(end, Finished)
    quality = {event.step: event.psnr for event in events if isinstance(event, Evaluated)}
    return Learned(run, drawings, quality, end)


def hero(folder: Path) -> None:
    """A drawing in colour, four times as large: its pixels, Lanczos, redraw, the page itself."""
    from benchmarks.subjects import PAGES  # from the project's folder: PYTHONPATH=.

    page = PAGES["anime"]
    picture, truth = page.picture(LEARNED), page.draw(LARGE)
    learned = learn(picture, model="cel")
    drawings = {
        "pixels as squares": panels.enlarged(picture.values, LARGE // LEARNED),
        "Lanczos": np.clip(lanczos(picture.values, LARGE, LARGE), 0, 1),
        "redraw": learned.run.result.render(LARGE, LARGE).values,
        "the page itself": truth,
    }
    row = []
    for title, values in drawings.items():
        own = title == "the page itself"
        note = "what it was made small from" if own else f"{psnr(values, truth):.1f} dB from it"
        part = panels.crop(values, EYES, SHOWN)
        row.append(panels.Panel(part, title, note, strong=title == "redraw"))
    heading = (
        f"{LEARNED} x {LEARNED} pixels, drawn again at {LARGE} x {LARGE}"
        f" by a field of {learned.end.parameters:,} numbers"
    )
    panels.save(panels.sheet([row], heading), folder / "hero.png")


def learning(folder: Path) -> None:
    """The network that this project began with, and SIREN, after the same numbers of steps."""
    picture = read(bundled("cub-two-tone"))
    cases: dict[str, dict[str, Any]] = {
        "tanh, SGD": {"model": "tanh", "settings": GRADIENT_DESCENT},
        "SIREN, Adam": {"model": "siren", "settings": {"batch": "full"}},
    }
    rows = []
    for title, options in cases.items():
        learned = learn(picture, steps=STEPS, frames=12, **options)
        shown = [learned.frames[place] for place in (4, 6, 8, 10, 11)]
        rows.append(
            [
                panels.Panel(values, f"step {step:,}", f"{title}: {learned.quality[step]:.1f} dB")
                for step, values in shown
            ]
        )
    heading = "One drawing, two networks of about the same size, every pixel in every step"
    panels.save(panels.sheet(rows, heading), folder / "learning.png")


def timelapse(folder: Path) -> None:
    """The cub as it is learned, from noise to strokes."""
    learned = learn(read(bundled("cub")), model="ink", frames=16)
    shown = [learned.frames[0], *learned.frames[-9:]]
    rows = [
        [
            panels.Panel(values, f"step {step:,}", f"{learned.quality[step]:.1f} dB")
            for step, values in half
        ]
        for half in (shown[:5], shown[5:])
    ]
    panels.save(panels.sheet(rows), folder / "timelapse.png")


PICTURES: dict[str, Callable[[Path], None]] = {
    "hero": hero,
    "learning": learning,
    "timelapse": timelapse,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(PICTURES)}; all by default")
    parser.add_argument("--folder", type=Path, default=Path("docs/pictures"))
    options = parser.parse_args(arguments)
    for name in options.names or PICTURES:
        if name not in PICTURES:
            parser.error(f"no picture is called {name!r}; accepted: {', '.join(PICTURES)}")
        PICTURES[name](options.folder)


if __name__ == "__main__":
    main()

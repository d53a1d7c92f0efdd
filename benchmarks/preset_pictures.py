"""One detail of the cub as each preset draws it, four times larger, for the studio's list.

    python -m benchmarks.preset_pictures [FOLDER] [PRESET ...]

Each learns the whole picture for its own number of steps first. The files lie in the studio's
static/presets/ by default.
"""

import sys
from pathlib import Path

import redraw
import redraw.studio
from redraw.fitting.plan.presets import PRESETS

# In pixels of the cub, left, top, right and bottom of an eye with whiskers; how large it is drawn.
DETAIL, SIDE = (56, 60, 96, 100), 160
FOLDER = Path(redraw.studio.__file__).parent / "static" / "presets"


def main() -> None:
    """Draw those that are named, or all that learn pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    able = [name for name, preset in PRESETS.items() if preset.is_for("picture")]
    for name in sys.argv[2:] or able:
        field = redraw.fit("cub", model=name)
        drawn = field.render(SIDE, SIDE, region=DETAIL)
        drawn.save(folder / f"{name}.png", force=True)
        print(f"{name}: {field.made['psnr']:.2f} dB, {field.parameter_count:,} parameters")


if __name__ == "__main__":
    main()

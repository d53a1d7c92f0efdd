"""The `redraw` command: which commands there are.

Commands are named by import path and loaded when they are used, so that `redraw --help` is quick.
"""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, Group, Parameter
from cyclopts.exceptions import CycloptsError

from redraw.cli.ends import complain, ended, version
from redraw.cli.wrong_usage import explained

EXAMPLES = """\
Try it:

    redraw fit cub                                    a drawing that comes along
    redraw render cub.redraw cub-4x.png --scale 4     draw it larger
    redraw timelapse cub.run cub.gif                  see how it was learned
"""

WRONG_USAGE = 2


app = App(
    name="redraw",
    help="A picture becomes a small neural network, and is drawn again at any size.",
    help_format="plaintext",
    help_epilogue=EXAMPLES,
    version=version,
    version_flags=("--version", "-V"),
    # A name that begins with [ or { is a name, never JSON.
    default_parameter=Parameter(negative=(), show_default=False, json_list=False, json_dict=False),
    group_arguments=Group("What", sort_key=0),
    group_parameters=Group("Options", sort_key=10),
    group_commands=Group("Other", sort_key=2),
    suppress_keyboard_interrupt=False,
)
MAIN, CLOSER = Group("Commands", sort_key=0), Group("Looking closer", sort_key=1)
COMMANDS = (
    (MAIN, "fit", "Teach a small network to be a picture, or the function behind a table."),
    (MAIN, "resume", "Continue a fit where it stopped, or extend it."),
    (MAIN, "render", "Draw a field at any size."),
    (MAIN, "trace", "Turn a drawing into paths, SVG or PDF, in colour."),
    (MAIN, "export", "Write a page, source code or a model that others use without redraw."),
    (MAIN, "quantize", "Make a network a small file in whole numbers, the same on every machine."),
    (MAIN, "convert", "Turn a field file into a picture, or between floats and whole numbers."),
    (MAIN, "predict", "Predict the targets of a table's other rows."),
    (MAIN, "studio", "Watch it learn, in a browser."),
    (CLOSER, "info", "Say what a field file or a run folder is."),
    (CLOSER, "diff", "Compare two pictures: PSNR, SSIM, the largest error."),
    (CLOSER, "compare", "Fit something in several ways, side by side, and report which does best."),
    (CLOSER, "tune", "Search for better settings of a preset, on a picture or table of yours."),
    (CLOSER, "timelapse", "Show how a picture was learned, as GIF, WebP, MP4 or one sheet."),
    (CLOSER, "plot", "Draw a run's learning curve, or what it learned from a table."),
    (CLOSER, "examples", "List functions to learn that come along."),
    (CLOSER, "presets", "List the presets, and the names that --set takes."),
    (CLOSER, "csv", "Turn pictures into CSV tables of pixels, and back."),
)
for place, (group, name, about) in enumerate(COMMANDS):
    path = f"redraw.cli.commands.{name}:app"
    app.command(path, name=name, help=about, group=group, sort_key=place)
app.register_install_completion_command(
    help="Let the Tab key complete commands and options in this shell."
)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; every error on purpose becomes one line and an exit code."""
    tokens = sys.argv[1:] if arguments is None else list(arguments)
    return ended(lambda: _run(tokens))


def _run(tokens: Sequence[str]) -> int:
    try:
        result = app(
            with_bare_ray(tokens),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        return complain(explained(error), WRONG_USAGE)
    return result if isinstance(result, int) else 0


def with_bare_ray(tokens: Sequence[str]) -> list[str]:
    """`--ray` alone starts a cluster here; what follows it is an address only if it looks so.

    Example:
        >>> with_bare_ray(["fit", "--ray", "a.png"]), with_bare_ray(["fit", "--ray", "head:6379"])
        (['fit', '--ray=local', 'a.png'], ['fit', '--ray', 'head:6379'])
    """
    found = list(tokens)
    for place, token in enumerate(found):
        if token == "--":
            break
        following = found[place + 1] if place + 1 < len(found) else ""
        address = ":" in following and not os.path.exists(following)  # a:b.png may be a picture
        named = following in ("auto", "local") or address
        if token == "--ray" and not named:
            found[place] = "--ray=local"
    return found

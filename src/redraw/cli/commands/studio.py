"""`redraw studio`: watch it learn, in a browser."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Group, Parameter

from redraw.cli.options import WHOLE
from redraw.errors import UsageError

if TYPE_CHECKING:
    from redraw.studio.serving import Address

PAGE = Group("The page", sort_key=1)

app = App(
    name="studio",
    help_epilogue="""\
Opens a page on this machine on which a picture is dropped and seen being
learned. Pictures, runs and fields are those of the folder, and the other
commands go on with what was made there. Ctrl-C saves every fit and ends.

    redraw studio
    redraw studio photo.jpg
    redraw studio cub.run
""",
)


@app.default
def studio(
    what: Annotated[
        str | None,
        Parameter(help="A picture, a run, a field or a bundled picture to begin with."),
    ] = None,
    /,
    *,
    folder: Annotated[
        Path | None,
        Parameter(group=PAGE, help="What it sees; by default the one of WHAT, or this one."),
    ] = None,
    host: Annotated[
        str, Parameter(group=PAGE, help="Where to listen; by default this machine only.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=PAGE, help="By default 7325, or the next that is free."),
    ] = None,
    allow_remote: Annotated[
        bool,
        Parameter(
            group=PAGE,
            help="Let other machines in, as --host asks: unencrypted, whoever has the address.",
        ),
    ] = False,
    open_browser: Annotated[
        bool,
        Parameter(name="--open", negative="--no-open", group=PAGE, help="Open it in the browser."),
    ] = True,
) -> int:
    """Serve until interrupted; see the help text. Returns the exit code."""
    try:
        from redraw.studio.serving import Address, is_loopback, serve
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("starlette", "uvicorn", "websockets"):
            raise
        raise UsageError("the studio needs more packages; install redraw[studio]") from None
    from redraw.cli.screen import say

    if not is_loopback(host) and not allow_remote:
        raise UsageError(
            f"--host {host} would let other machines in: whoever gets the address with its token"
            " can see and start fits here, and it travels unencrypted; if that is meant, add"
            " --allow-remote"
        )
    if port is not None and not 0 <= port <= 65_535:
        raise UsageError(f"--port is {port}; accepted: 0 to 65535, where 0 takes any that is free")
    place, opened = begin_with(what, folder)

    def ready(address: Address) -> None:
        say(f"redraw studio, in {place}")
        say(f"  {address.url}")
        say("Ctrl-C saves every fit and ends.")
        if open_browser:
            import webbrowser

            webbrowser.open(entrance(address, Path(private)).as_uri())

    with tempfile.TemporaryDirectory(prefix="redraw-studio-") as private:
        serve(place, opened, host=host, port=port, ready=ready)
    say("Saved; `redraw studio` offers to go on with what was not finished.")
    return 0


def entrance(address: "Address", folder: Path) -> Path:
    """A file that leads a browser to the studio.

    The address itself, with its token, would stand in the browser's command line, which everybody
    on the machine can read.

    Args:
        address: Of the studio.
        folder: One that only this user can look into.
    """
    import html

    path = folder / "open-studio.html"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(
            '<!doctype html><meta charset="utf-8"><title>redraw studio</title>'
            f'<meta http-equiv="refresh" content="0; url={html.escape(address.url)}">'
            f'<a href="{html.escape(address.url)}">redraw studio</a>\n'
        )
    return path


def begin_with(what: str | None, folder: Path | None) -> tuple[Path, dict[str, str]]:
    """The folder, and what of it to show first.

    Raises:
        UsageError, PictureError: there is no such thing, or it lies elsewhere.
    """
    from redraw.shell import quoted
    from redraw.signals.picture.bundled import bundled_names
    from redraw.storage.field_name import FIELD
    from redraw.storage.run_config import SUFFIX, is_run_folder

    if what is None:
        return folder or Path(), {}
    path = Path(what)
    if not path.exists() and what in bundled_names():
        return folder or Path(), {"picture": what}
    if not path.exists():
        raise UsageError(f"{what} does not exist; name a picture, a run or a field")
    if path.is_dir() and not is_run_folder(path):
        raise UsageError(
            f"{what} is a folder; open it with `redraw studio --folder {quoted(path)}`"
        )
    place = folder or path.parent
    if path.resolve().parent != place.resolve():
        raise UsageError(
            f"{what} is not in the folder {place}; leave --folder out, or put it there"
        )
    if is_run_folder(path):
        if path.suffix != SUFFIX:
            raise UsageError(f"{what} is a run, but not called NAME.run; rename it")
        return place, {"fit": path.stem}
    if path.suffix == FIELD:
        return place, {"field": path.stem}
    return place, {"picture": path.name}

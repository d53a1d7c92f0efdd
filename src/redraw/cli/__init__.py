"""The command line: one file per command, loaded when it is used."""

from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `redraw` with the arguments of the process, or these; returns the exit code."""
    try:
        from redraw.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED

"""`redraw examples`: functions to learn, by name."""

from cyclopts import App

from redraw.cli.options import Json

app = App(name="examples", help_epilogue="    redraw fit two-spirals\n")


@app.default
def examples(*, json: Json = False) -> int:
    """List the built-in functions and drawings. Returns the exit code."""
    from redraw.cli.screen import put_json, say, show_rows
    from redraw.signals.picture.bundled import bundled_names
    from redraw.signals.table.examples import EXAMPLES, example

    if json:
        put_json(
            {
                name: {"about": row.about, "table": example(name).describe()}
                for name, row in EXAMPLES.items()
            }
        )
        return 0
    show_rows("Functions:", [(name, row.about) for name, row in EXAMPLES.items()])
    say()
    say(f"Drawings: {', '.join(bundled_names())}")
    say("`redraw fit NAME` learns one.")
    return 0

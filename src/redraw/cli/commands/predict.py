"""`redraw predict`: what a table's targets are for other rows."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from redraw.cli.options import ENGINE, FieldFile, Force, Json, Quiet

app = App(
    name="predict",
    help_epilogue="""\
Columns are found by their names; predictions are in the data's units. Where the
table holds the targets too, it says how good they are.

    redraw predict data.redraw new.csv answers.csv
""",
)


@app.default
def predict(
    field: FieldFile,
    data: Annotated[Path, Parameter(help="A table with the inputs: .csv, .json or .parquet.")],
    out: Annotated[Path, Parameter(help="The same with predicted columns, .csv.")],
    /,
    *,
    force: Force = False,
    engine: Annotated[
        str,
        Parameter(metavar="NAME", env_var="REDRAW_ENGINE", show_env_var=False, help=ENGINE),
    ] = "auto",
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Predict for the rows of `data`; see the help text. Returns the exit code."""
    from redraw.cli.screen import put_json, say
    from redraw.cli.wording import counted, relative_path, shown_path
    from redraw.files import check_apart, check_output
    from redraw.signals.table.reading import read_raw
    from redraw.signals.table.writing import check_writable, write_csv

    check_writable(out)
    check_output(out, force=force)
    check_apart(out, data, field)
    raw = read_raw(data)
    from redraw.fitting.result.loading import load
    from redraw.fitting.result.predicting import predict_table
    from redraw.scores import headline

    found = predict_table(load(field), raw, engine=engine)
    write_csv(out, raw, found.columns, force=force)
    if json:
        told = {"out": relative_path(out), "rows": raw.count, "columns": list(found.columns)}
        put_json({**told, "scores": found.scores, "notes": list(found.notes)})
    elif not quiet:
        scores = f": {headline({'learned': found.scores})}" if found.scores else ""
        say(f"{shown_path(out)}: {counted(raw.count, 'row')}{scores}")
        for note in found.notes:
            say(f"note: {note}")
    return 0

"""A comparison as files: a page to look at, JSON and CSV to compute with."""

import csv
import io
import json
from pathlib import Path

from redraw.compare.page import make_page
from redraw.compare.request import report_paths
from redraw.compare.results import Comparison
from redraw.compare.views import Sheet
from redraw.files import atomic_output
from redraw.storage.plain_json import finite


def write_report(
    comparison: Comparison,
    sheet: Sheet | None,
    page: Path,
    *,
    command: str = "",
    force: bool = False,
) -> tuple[Path, Path, Path]:
    """Write all three files.

    Args:
        comparison: What was found.
        sheet: The pictures of the page.
        page: Where it goes, NAME.html; NAME.json and NAME.csv go beside it.
        command: How to make it again, for its foot.
        force: Replace what is there.

    Returns:
        The paths.

    Raises:
        OutputError: one exists (without `force`), or can't be written.
    """
    paths = report_paths(page)
    contents = (
        make_page(comparison, sheet, command),
        json.dumps(finite(comparison.to_json()), ensure_ascii=False, indent=1) + "\n",
        as_csv(comparison),
    )
    for path, content in zip(paths, contents, strict=True):
        with atomic_output(path, force=force) as file:
            file.write(content.encode())
    return paths


def as_csv(comparison: Comparison) -> str:
    """One row for each fit, with a header; what does not apply stays empty."""
    rows = comparison.rows()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()

"""What `redraw fit` refuses before it reads: options that don't go together, files in the way."""

import logging
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redraw.cli.options import TableOptions, given
from redraw.errors import OutputError, RunError, UsageError

notices = logging.getLogger("redraw")


def pixels_kept(*, lossless: bool, near_lossless: int | None) -> bool | int | None:
    """How nearly a field is to hold its picture's own pixels; None if it need not.

    Raises:
        UsageError: both were asked for, or no such number.
    """
    if near_lossless is None:
        return lossless or None
    if lossless:
        raise UsageError("--lossless and --near-lossless were both given; name one")
    if near_lossless < 0:
        raise UsageError(f"--near-lossless is {near_lossless}; accepted: whole numbers from 0")
    return near_lossless


def refuse_for_one(
    run: Path | None, table: TableOptions, task: str | None, rows: int | None, *, profile: bool
) -> None:
    """Raises UsageError for options that several pictures can't take."""
    options = {"run": run, "task": task, "rows": rows, "profile": profile or None, **given(table)}
    for name, value in options.items():
        if value is not None:
            raise UsageError(
                f"--{name.replace('_', '-')} is for one signal, and several pictures are named;"
                " leave it out, or name one"
            )


def refuse_for_many(*, recursive: bool, jobs: int | None, retry: bool, ray: str | None) -> None:
    """Raises UsageError for options that one picture can't take."""
    options = {"recursive": recursive, "jobs": jobs, "retry": retry, "ray": ray}
    for name, given_ in options.items():
        if given_ is not None and given_ is not False:
            raise UsageError(
                f"--{name} is for several pictures; name them, and a folder: -o FOLDER"
            )


def check_asked(
    asked: dict[str, Any], assignments: list[str] | None, config: Path | None, steps: int | None
) -> None:
    """Refuse what no signal could make acceptable, before one is read, which may take long.

    Where nothing was asked for, nothing is imported for it.

    Raises:
        UsageError, EngineError: as `redraw.fitting.plan.planning.check_request`.
    """
    variables = any(name.startswith("REDRAW_") for name in os.environ)
    if asked or assignments or config or variables or steps is not None:
        from redraw.fitting.plan.planning import check_request
        from redraw.fitting.plan.settings import parse_assignments, unknown_variables

        check_request(config, os.environ, {**parse_assignments(assignments or ()), **asked}, steps)
        for told in unknown_variables(os.environ):
            notices.warning(told)


def refuse_misplaced(names: Sequence[str], output: str | None) -> None:
    """Refuse a setting among the names of what is learned, and a place that is none.

    Raises:
        UsageError: so it is: `--set omega=20 hidden=8` has one setting, and `hidden=8` as a name.
    """
    if output == "":
        raise UsageError("--output is empty; name a file, or leave it out")
    for name in names:
        key, equals, _ = name.partition("=")
        if not equals or Path(name).exists():
            continue
        from redraw.fitting.plan.settings import setting_names

        if key.strip().replace("-", "_") in setting_names():
            raise UsageError(
                f"{name} is a setting, and no file is called so; each has its own --set: --set"
                f" {shlex.quote(name)}"
            )


def refuse_existing(output: Path, run: Path, *, force: bool) -> None:
    """Refuse to replace anything before time is spent; naming both ways out.

    Raises:
        RunError: the run is there.
        OutputError: the output is there, can't be written, or has the ending of other files.
    """
    from redraw.cli.wording import quoted, shown_path
    from redraw.files import probe_output
    from redraw.storage.field_name import check_field_name
    from redraw.storage.run_config import is_run_folder

    check_field_name(output)
    if is_run_folder(run) and not force:
        raise RunError(
            f"{shown_path(run)} holds a run already; continue it with `redraw resume"
            f" {quoted(run)}`, name another with --run and -o, or replace it with --force"
        )
    probe_output(output, force=force)
    if run.resolve() == output.resolve():
        raise OutputError(f"the run folder and the output are both {output}; name another")

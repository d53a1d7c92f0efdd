"""What is asked of the process of the fits: jobs, made of what a page asked for."""

import re
from pathlib import Path
from typing import Any

from redraw.storage.field_name import FIELD
from redraw.studio.fit import Fit
from redraw.studio.library import Library


def new_job(library: Library, fit: Fit, run: Path) -> dict[str, Any]:
    """A fit that begins anew, as the process of the fits is told of it."""
    asked = fit.asked
    return {
        **subject_of(library, asked),
        "timed": len(fit.race) > 1,
        "max_side": asked.get("max_side"),
        "threshold": asked.get("threshold"),
        "options": {**asked.get("options", {}), "model": asked["model"]},
        "settings": asked.get("settings", {}),
        "run": str(run),
        "output": str(run.with_suffix(FIELD)),
    }


def subject_of(library: Library, asked: dict[str, Any]) -> dict[str, Any]:
    """What of a wanted says what is learned, names of files as paths."""
    if asked.get("table"):
        path = str(library.table(asked["table"]))
        return {"table": path, "inputs": asked.get("inputs"), "targets": asked.get("targets")}
    for key in ("function", "formula"):
        if asked.get(key):
            return {key: asked[key], "domain": asked.get("domain")}
    return {"picture": str(library.picture(asked["picture"]))}


def named(library: Library, wanted: dict[str, Any]) -> tuple[str, str, str]:
    """A name to call fits by, what is learned by its name, and "picture" or "table"."""
    if wanted.get("table"):
        return wanted["table"], library.table(wanted["table"]).name, "table"
    if wanted.get("formula"):
        name = re.sub(r"\W+", "-", wanted["formula"])[:32].strip("-")
        return name or "function", wanted["formula"], "table"
    if wanted["function"]:
        return wanted["function"], wanted["function"], "table"
    return wanted["picture"], library.picture(wanted["picture"]).name, "picture"

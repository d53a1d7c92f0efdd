"""What a fit would be, before it begins: its values, its size, and what is wrong by field."""

import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from redraw.errors import RedrawError, UsageError
from redraw.studio.named import signal_of

if TYPE_CHECKING:
    from redraw.fields.config import FieldConfig
    from redraw.signals.signal import Signal


def fit_plan(asked: dict[str, Any], model: str) -> dict[str, Any]:
    """What a fit of one preset would be.

    Args:
        asked: As jobs of `redraw.studio.fit_worker` say it: what is learned, "max_side",
            "threshold", "options", "settings".
        model: The preset.

    Returns:
        "values" by name, as they are typed; "parameters", 0 where they can't be known; "memory" in
        bytes; "size" as learned. Or "errors": what is wrong, by the name of the option or setting,
        under "" what belongs to none.
    """
    file = asked.get("picture") or asked.get("table")
    changed = os.stat(file).st_mtime_ns if file and os.path.exists(file) else 0
    return json.loads(_planned(json.dumps(asked, sort_keys=True), model, changed))


@lru_cache(32)
def _planned(text: str, model: str, changed: int) -> str:
    return json.dumps(_plan(json.loads(text), model))


def _plan(asked: dict[str, Any], model: str) -> dict[str, Any]:
    from redraw.fields.sizes import parameters
    from redraw.fitting.plan.memory import check_memory, needed
    from redraw.fitting.plan.planning import prepare
    from redraw.studio.catalogue import values_of

    options, settings = asked.get("options", {}), asked.get("settings", {})
    if errors := _wrong(model, options, settings):
        return {"errors": errors}
    try:
        signal = _signal(asked)
        config = prepare(signal, model=model, settings=settings, **options)
        check_memory(config, signal.numbers)
    except RedrawError as error:
        return {"errors": {getattr(error, "setting", ""): str(error)}}
    values = values_of(config.field, config.train)
    values["steps"] = str(config.stops.steps or config.train.steps)
    return {
        "values": values,
        "parameters": 0 if sized_by_file(config.field) else parameters(config.field),
        "memory": needed(config, signal.numbers),
        "size": list(signal.size if signal.raster else (0, 0)),
    }


def sized_by_file(field: "FieldConfig") -> bool:
    """Whether its numbers are as many as its quality or its file takes: nobody knows beforehand."""
    return "bytes" in field.encoding.sized_by


def _signal(asked: dict[str, Any]) -> "Signal":
    """As `signal_of`, of a picture that is decoded already."""
    from redraw.studio.pictures import picture_of

    if not asked.get("picture"):
        return signal_of(asked)
    picture = picture_of(asked["picture"])
    if asked.get("max_side"):
        picture = picture.shrunk(asked["max_side"])
    return picture.thresholded(asked["threshold"]) if asked.get("threshold") else picture


def _wrong(model: str, options: dict[str, Any], settings: dict[str, str]) -> dict[str, str]:
    """What each option and setting is refused for by itself, by its name."""
    from redraw.fitting.plan.planning import check_request

    found = {}
    for name, value in {**settings, **options}.items():
        line = {"model": model, name: value}
        steps = line.pop("steps", None)
        try:
            check_request(None, None, line, steps)
        except UsageError as error:
            found[name] = str(error)
    return found

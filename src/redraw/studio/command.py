"""The `redraw fit` line that makes a run again, and what stands against it.

A line is given for every run; whatever it does not repeat exactly is said beside it.
"""

import dataclasses
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from redraw.errors import RedrawError
from redraw.shell import as_typed

if TYPE_CHECKING:
    from redraw.fitting.plan.config import RunConfig
    from redraw.signals.picture.picture import Picture
    from redraw.signals.signal import Signal
    from redraw.signals.table.table import Table


def command(run: str, picture: str | None, asked: dict[str, Any], called: str) -> dict[str, Any]:
    """The line that makes this run again, under another name.

    Args:
        run: The run folder.
        picture: The picture's file as it is typed, or None if it is not known.
        asked: What the page asked for, as far as it is known.
        called: The name of what the line makes, without its ending: one that is not taken.

    Returns:
        "command", and "notes" on what it does not repeat.
    """
    from redraw.fitting.plan.config import RunConfig
    from redraw.storage.run_folder import RunFolder
    from redraw.storage.signal_file import saved_signal

    folder = RunFolder.open(run, writable=False)
    config = RunConfig.from_json(folder.config)
    learned = saved_signal(run)
    words, notes = RETYPED.get(learned.kind, _of_any)(learned, asked, picture, config.source)
    options, settings = differences(config, learned)
    words += ["--model", config.model]
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", value]
    for name, value in settings.items():
        words += ["--set", f"{name}={value}"]
    words += ["--run", _path(f"{called}.run"), "--output", _path(f"{called}.redraw")]
    lines = [shlex.join(["redraw", "fit", *words])]
    log = folder.read_log()
    checkpoint = folder.latest_checkpoint()
    state = checkpoint.header if checkpoint else {}
    more, said = _history(config, log, state, checkpoint.step if checkpoint else 0)
    lines += [
        shlex.join(["redraw", "resume", _path(f"{called}.run"), "--steps", str(steps)])
        for steps in more
    ]
    return {"command": " && ".join(lines), "notes": notes + said}


def again(run: str) -> dict[str, Any]:
    """What a run was asked to be, as a page asks for fits: for one that no page has asked for here.

    Args:
        run: The run folder.

    Returns:
        "kind" of what it learns and its "source"; "model", "options", "settings"; "max_side" of a
        picture as it was learned, or "inputs" and "targets" of a table.
    """
    from redraw.fitting.plan.config import RunConfig
    from redraw.signals.kinds import kind_of
    from redraw.signals.table.cells import joined_names
    from redraw.storage.run_folder import RunFolder
    from redraw.storage.signal_file import saved_signal

    config = RunConfig.from_json(RunFolder.open(run, writable=False).config)
    learned = saved_signal(run)
    _, settings = differences(config, learned)
    options = {name: getattr(config.stops, name) for name in ("steps", "seconds", "psnr")}
    found: dict[str, Any] = {"kind": learned.kind, "source": config.source, "model": config.model}
    found["options"] = {name: value for name, value in options.items() if value is not None}
    found["options"]["seed"] = config.seed
    found["settings"] = settings
    if learned.raster:
        found["max_side"] = max(learned.size)
    elif kind_of(learned).rows:
        schema = cast("Table", learned).schema
        sides = {"inputs": schema.inputs, "targets": schema.targets}
        found |= {name: joined_names([c.name for c in side]) for name, side in sides.items()}
    return found


def _history(
    config: "RunConfig", log: list[dict[str, Any]], state: Mapping[str, Any], step: int
) -> tuple[list[int], list[str]]:
    """What happened to a run after it began: steps that were added at ends, and what a line lacks.

    Args:
        config: Of the run.
        log: Its entries.
        state: Of its last checkpoint.
        step: The same.
    """
    extended = [entry for entry in log if entry.get("event") == "extended"]
    notes: list[str] = []
    more: list[int] = []
    if all(entry.get("ended") for entry in extended):
        more = [int(entry["steps"]) - int(entry["step"]) for entry in extended]
    else:
        told = next(entry for entry in extended if not entry.get("ended"))
        notes.append(
            f"Steps were added at step {told['step']:,}, before its plan had ended; no command"
            " repeats that, and this one makes the fit as it was first planned."
        )
    if any(entry.get("event") == "rate" for entry in log):
        notes.append("The learning rate was changed by hand meanwhile; no command repeats that.")
    if config.stops.seconds is not None:
        notes.append(
            f"It learned by the clock ({config.stops.seconds:g} s): how many steps that makes is"
            " for the machine to say, so the command's field is much like this one, not the same."
        )
    total = int(state.get("total") or 0)
    if not state.get("done") and step < total:
        notes.append(f"What is shown stands at step {step:,}; the command goes on to {total:,}.")
    return more, notes


def _of_picture(
    learned: "Picture", asked: Mapping[str, Any], file: str | None, source: str
) -> tuple[list[str], list[str]]:
    """The words that name a picture and what is done to it first, and what they don't say."""
    picture = file or source or "PICTURE"
    words, notes = [_path(picture)], []
    options: dict[str, Any] = {}
    for name in ("max_side", "threshold"):
        if asked.get(name):
            options[name] = asked[name]
    try:
        found = _loaded(picture, options)
        if not asked and found.size != learned.size:
            options["size"] = "{}x{}".format(*learned.size)
            found = _loaded(picture, options)
        if not _same(found, learned):
            notes.append(
                f"{Path(picture).name} is not what was learned any more, or was prepared in"
                " another way; the command learns what is there now."
            )
    except RedrawError as error:
        notes.append(f"The picture can't be read now: {error}.")
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", f"{value}"]
    if file is None:
        notes.append("The picture's own file is not in this folder.")
    return words, notes


def _loaded(picture: str, options: Mapping[str, Any]) -> "Picture":
    from redraw.signals.picture.opening import as_picture

    return as_picture(picture, **options)


def _same(one: "Picture", other: "Picture") -> bool:
    """Whether a fit learns the same of both."""
    import numpy as np

    return one.size == other.size and np.array_equal(one.fitted(), other.fitted())


def _of_table(
    table: "Table", asked: Mapping[str, Any], file: str | None, source: str
) -> tuple[list[str], list[str]]:
    """The words that name a table or a function, and what they don't say."""
    from redraw.signals.table.cells import joined_names
    from redraw.signals.table.examples import EXAMPLES
    from redraw.signals.table.table import columns_of

    if asked.get("formula"):
        return [*as_typed("--function", asked["formula"]), "--domain", asked["domain"]], []
    if table.name in EXAMPLES:
        return [table.name], []
    schema = table.schema
    sides = (("--inputs", schema.inputs), ("--targets", schema.targets))
    words = [
        word
        for name, side in sides
        for word in as_typed(name, joined_names([c.name for c in side]))
    ]
    words += ["--task", schema.task]  # which its numbers alone may not tell
    names = [column.name for column in schema.inputs]
    if (
        schema.inputs
        == columns_of(names, table.inputs, "standard")[0]
        != (columns_of(names, table.inputs, "range")[0])
    ):
        words += ["--scaling", "standard"]
    notes = []
    if file is None:
        notes.append("Where its rows came from is not known; put the file's name first.")
    if len(table.held_inputs):
        notes.append("Rows were held out, and how they were chosen is not known.")
    return [_path(file or table.name), *words], notes


def _of_any(
    learned: "Signal", asked: Mapping[str, Any], file: str | None, source: str
) -> tuple[list[str], list[str]]:
    """The words that name any other signal."""
    return [_path(file or source or learned.name)], []


# By kind of signal: `(signal, what the page asked for, its file, its name)` to words and notes.
RETYPED: dict[str, Callable[..., tuple[list[str], list[str]]]] = {
    "picture": _of_picture,
    "table": _of_table,
}


def _path(text: str) -> str:
    """A path that is not taken for an option."""
    return f"./{text}" if text.startswith("-") else text


def differences(config: "RunConfig", signal: "Signal") -> tuple[dict[str, str], dict[str, str]]:
    """Options and settings in which a run differs from what its preset does with its signal.

    Returns:
        Options such as "steps", and the names and values of `--set`.
    """
    from redraw.fitting.plan.config import Stops
    from redraw.fitting.plan.planning import prepare
    from redraw.fitting.plan.presets import preset
    from redraw.studio.catalogue import typed

    options = {
        item.name: typed(value)
        for item in dataclasses.fields(Stops)
        if (value := getattr(config.stops, item.name)) is not None
    }
    settings: dict[str, str] = {}
    if preset(config.model).quality is not None:
        # Named even where it was chosen for a quality: the command then needs no choice.
        encoding = config.field.encoding
        own = set(encoding.settings()).intersection(encoding.sized_by)
        settings |= {name: typed(getattr(encoding, name)) for name in own}
    plain = prepare(signal, model=config.model, settings=dict(settings))
    named = ("seed", "engine", "device", "precision", "threads", "frames", "rest", "keep")
    for name in named:
        if getattr(config, name) != getattr(plain, name):
            options[name] = typed(getattr(config, name))
    if config.checkpoint_every != plain.checkpoint_every:
        options["checkpoint_every"] = typed(config.checkpoint_every)
    if type(config.field.encoding) is not type(plain.field.encoding):
        settings["encoding"] = type(config.field.encoding).kind
        plain = prepare(signal, model=config.model, settings=dict(settings))
    pairs = (
        (config.field, plain.field),
        (config.field.encoding, plain.field.encoding),
        (config.train, plain.train),
    )
    for mine, its in pairs:
        for item in dataclasses.fields(mine):  # type: ignore[arg-type]
            value = getattr(mine, item.name)
            if item.name != "encoding" and value != getattr(its, item.name):
                settings[item.name] = typed(value)
    return options, settings

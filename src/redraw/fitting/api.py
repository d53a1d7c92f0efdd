"""`redraw.fit`, and what it shares with the command line: options and settings into one plan."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from redraw.engines import check_engine
from redraw.errors import UsageError
from redraw.files import check_output
from redraw.fitting.budget import LEAST_SHARE, parse_budget, sized
from redraw.fitting.config import RunConfig, Stops
from redraw.fitting.dense import suited
from redraw.fitting.enough import MARGIN, enough
from redraw.fitting.events import Event
from redraw.fitting.fitted import FittedField
from redraw.fitting.machinery import pick_device
from redraw.fitting.presets import configured, default_preset, preset
from redraw.fitting.run import Run
from redraw.fitting.settings import (
    BUDGET,
    ENVIRONMENT_PREFIX,
    RUN_OPTIONS,
    apply_settings,
    check_settings,
    convert,
    from_environment,
    from_file,
)
from redraw.fitting.source import Columns, Signal, Targets, any_signal
from redraw.fitting.subject import AnySignal, extents, values_in
from redraw.signals.table import Table

# A share of a picture whose size is not known yet is taken of the largest that there is.
MOST_VALUES = 2**40


def fit(
    signal: Signal,
    targets: Targets = None,
    *,
    inputs: str | Sequence[str] | None = None,
    task: str | None = None,
    held_out: float | str | os.PathLike[str] | None = None,
    scaling: str = "range",
    keep: str | None = None,
    model: str | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    psnr: float | None = None,
    seed: int | None = None,
    engine: str | None = None,
    device: str | None = None,
    precision: str | None = None,
    threads: int | None = None,
    max_side: int | None = None,
    size: str | tuple[int, int] | None = None,
    threshold: float | None = None,
    max_pixels: int | None = None,
    footprint: str | None = None,
    samples: int | None = None,
    budget: str | int | None = None,
    run: str | os.PathLike[str] | None = None,
    frames: int | None = None,
    rest: float | None = None,
    checkpoint_every: float | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    on_event: Callable[[Event], object] | None = None,
    profile: bool = False,
    config: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    **more_settings: Any,
) -> FittedField:
    """Teach a small network to be a picture, or the function behind a table.

    What is not given is the preset's. The environment is not asked.

    Args:
        signal: A path to a picture or a CSV of pixels, the name of a bundled picture ("cub"), a
            `Picture`, or an array (H, W) or (H, W, C). With `targets`, a path to a table or an
            array of inputs (N,) or (N, D); alone, a `Table` or the name of an example ("xor").
        targets: Names of columns ("y", "u,v", ["u", "v"]), or for arrays numbers or classes (N,) or
            (N, T).
        inputs: Names of a table's columns; by default all that are no targets.
        task: "regression" or "classification"; by default the targets tell.
        held_out: A share of a table's rows ("20%"), or a file of others, to judge by.
        scaling: Of a table's inputs: "range" to [-1, 1], or "standard" to mean 0, deviation 1.
        keep: "best" to end with the state that was best on the held-out rows.
        model: A preset (see `redraw.fitting.presets`); by default `ink` for line drawings, `spline`
            for all other pictures, and `table` for tables.
        steps: How many steps to plan.
        seconds: Fitting time instead; the plan comes from the measured rate of steps.
        psnr: Quality in dB that is enough: it ends early.
        seed: Of everything random. The same seed gives the same field.
        engine: "auto" or an engine's name.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "float32", "float64" or "bfloat16".
        threads: CPU threads; all by default.
        max_side: Shrink the picture first so that no side is longer.
        size: Resample the picture first, to (width, height) or "640x480".
        threshold: Make the picture two-tone first: paper where it is at least so bright.
        max_pixels: Files with more pixels are refused.
        footprint: "box" to train on averages over pixels, "point" on their centres.
        samples: Positions inside a pixel (box).
        budget: The most parameters: a count, or a share of the picture's values such as "25%".
            Widths, or the sizes of the grid, follow. Without it `spline` takes as many as `psnr`
            needs, or 42 dB.
        run: A run folder to keep checkpoints, log and frames in; None keeps all in memory.
        frames: Pictures saved as it learns, with `run`; 20 by default.
        rest: Seconds of pause after each of them.
        checkpoint_every: Seconds between checkpoints, with `run`.
        output: Where to write the field file as well.
        force: Replace an existing run and output.
        on_event: Called with every event of `redraw.fitting.events`.
        profile: Whether the last event but one is a `Profiled`: where the time went.
        config: A TOML or JSON file of settings; arguments come before it.
        settings: Any of the preset's values by name, as for `--set`: {"omega": 15}.
        **more_settings: The same, as arguments: `omega=15, hidden=(32, 32)`.

    Returns:
        The field: draw it with `render`, write it with `save`, ask it for values.

    Raises:
        RedrawError: something in the request can't be done; the message says what to do.

    Example:
        >>> field = fit([[0.0, 1.0], [1.0, 0.0]], model="siren", steps=5, hidden=(8,))
        >>> field.render(4, 4)
        <Picture field: 4x4, 8-bit grey>
    """
    learned = any_signal(
        signal,
        Columns(targets, inputs, task, held_out, scaling),
        max_side=max_side,
        size=size,
        threshold=threshold,
        max_pixels=max_pixels,
    )
    if frames is None and run is None:
        frames = 0
    plan = prepare(
        learned,
        config=config,
        settings={**(settings or {}), **more_settings},
        steps=steps,
        output=output,
        run=run,
        model=model,
        seconds=seconds,
        psnr=psnr,
        seed=seed,
        engine=engine,
        device=device,
        precision=precision,
        threads=threads,
        footprint=footprint,
        samples=samples,
        budget=budget,
        frames=frames,
        rest=rest,
        checkpoint_every=checkpoint_every,
        keep=keep,
    )
    if output is not None:
        check_output(output, force=force)
    fitting = Run.start(learned, plan, run, force=force)
    fitting.profiling = profile
    for event in fitting.events():
        if on_event:
            on_event(event)
    return fitting.result


def prepare(
    signal: AnySignal,
    *,
    config: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    steps: int | None = None,
    output: str | os.PathLike[str] | None = None,
    run: str | os.PathLike[str] | None = None,
    **options: Any,
) -> RunConfig:
    """Everything that decides a run, from what was asked for in different places.

    Precedence: options and settings, then the environment, then the file, then the preset.

    Args:
        signal: What is to be learned.
        config: A TOML or JSON file of settings.
        environment: Variables such as REDRAW_OMEGA.
        settings: Names and values as for `--set`, as text or typed.
        steps: Planned steps.
        output: The field file.
        run: The run folder; `output` is kept relative to where it lies, so that both can move.
        **options: The other options of `fit`, by name; None counts as not given.

    Raises:
        UsageError: a name or value is not accepted; the message says where it comes from.
    """
    line = {**(settings or {}), **{k: v for k, v in options.items() if v is not None}}
    asked, origins = asked_for(config, environment, line)
    try:
        stops, chosen = _run_options(asked)
        budget = asked.pop(BUDGET, None)
        model = chosen.pop("model", None) or default_preset(signal, frozenset(asked))
        values = values_in(signal)
        most = None if budget is None else parse_budget(str(budget), values)
        base = suited(preset(model), signal, most, frozenset(asked))
        field, train = apply_settings(*configured(base, signal), asked)
        if isinstance(signal, Table) and train.footprint != "point":
            raise UsageError("footprint is 'box'; a table has no pixels, so accepted: point")
        if isinstance(signal, Table) and type(field.encoding).kind == "spline":
            raise UsageError("a spline lies over the pixels of a picture; a table has none")
        if most is None and base.share and "table" not in asked:
            most = max(int(base.share * values), LEAST_SHARE)
        aim = None
        if most is None and base.quality is not None and "room" not in asked:
            wanted = stops.get("psnr")
            aim = wanted or base.quality
            most = enough(signal, field, aim + (MARGIN if wanted else 0.0), chosen.get("threads"))
        field = sized(field, extents(signal), most, frozenset(asked), base.cells)
        return RunConfig(
            model=model,
            field=field,
            train=train,
            stops=Stops(steps, **stops),
            output=_beside(run, output) if output is not None else None,
            source=signal.name,
            aim=aim,
            **chosen,
        )
    except UsageError as error:
        raise _with_origin(error, origins) from None


def check_request(
    config: str | os.PathLike[str] | None,
    environment: Mapping[str, str] | None,
    line: Mapping[str, Any],
    steps: int | None = None,
) -> None:
    """Refuse what no signal could make acceptable, before one is read, which may take long.

    Args:
        config: A TOML or JSON file of settings.
        environment: Variables such as REDRAW_OMEGA.
        line: Names and values that go before both.
        steps: Planned steps.

    Raises:
        UsageError: a file can't be read, or a name or value is not accepted.
        EngineError: the device is not there.
    """
    asked, origins = asked_for(config, environment, line)
    try:
        stops, chosen = _run_options(asked)
        budget = asked.pop(BUDGET, None)
        if budget is not None:
            parse_budget(str(budget), MOST_VALUES)
        check_settings(asked)
        base = preset(chosen.pop("model", "siren"))
        wanted = RunConfig("", base.field, base.train, Stops(steps, **stops), **chosen)
        check_engine(wanted.engine)
        pick_device(wanted.device)
    except UsageError as error:
        raise _with_origin(error, origins) from None


def _run_options(asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Takes the options of a run out of what was asked for: when it stops, and the others."""
    stops: dict[str, Any] = {}
    chosen: dict[str, Any] = {}
    for name, (owner, hint) in RUN_OPTIONS.items():
        if name in asked:
            value = convert(name, hint, asked.pop(name))
            (stops if owner is Stops else chosen)[name] = value
    return stops, chosen


def asked_for(
    config: str | os.PathLike[str] | None,
    environment: Mapping[str, str] | None,
    line: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, str]]:
    """What was asked for in different places; faces refuse by it before they read a signal.

    Args:
        config: A TOML or JSON file of settings.
        environment: Variables such as REDRAW_OMEGA.
        line: Names and values that go before both.

    Returns:
        Names and values; and where those were found that are not from the line.

    Raises:
        UsageError: the file can't be read, or there is no such preset.
    """
    file = from_file(Path(config)) if config is not None else {}
    variables = from_environment(environment or {})
    origins = dict.fromkeys(file, f"from {config}")
    origins |= {name: f"from {ENVIRONMENT_PREFIX}{name.upper()}" for name in variables}
    origins = {name: origin for name, origin in origins.items() if name not in line}
    asked = {**file, **variables, **line}
    if "model" in asked:
        try:
            preset(convert("model", str, asked["model"]))
        except UsageError as error:
            where = f" ({origins['model']})" if "model" in origins else ""
            raise UsageError(f"{error}{where}") from None
    return asked, origins


def _beside(run: str | os.PathLike[str] | None, output: str | os.PathLike[str]) -> str:
    """`output` as a path from the folder that `run` lies in; absolute without a run."""
    target = os.path.join(os.path.realpath(Path(output).parent), Path(output).name)
    if run is None:
        return target
    try:
        return os.path.relpath(target, os.path.realpath(Path(run).parent))
    except ValueError:  # another drive of Windows
        return target


def _with_origin(error: UsageError, origins: Mapping[str, str]) -> UsageError:
    """The same error, saying where the setting that it names was found."""
    for name, origin in origins.items():
        if re.search(rf"\b{re.escape(str(name))}\b", str(error)):
            return UsageError(f"{error} ({origin})")
    return error

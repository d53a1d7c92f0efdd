"""From what is asked for in different places to one plan: options, environment, files, presets.

Everything here does without PyTorch as far as it can: an error in an option is said at once, and
the first frame of a photograph does not wait.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redraw.coding.description import MOST_OFF as MOST_LEVELS
from redraw.engines import check_engine
from redraw.errors import UsageError
from redraw.fields.config import FieldConfig
from redraw.fields.sizes import COMPLEX, LEAST_SHARE
from redraw.fitting.plan.auto_size import MARGIN, enough, made_for
from redraw.fitting.plan.budget import parse_budget, parse_bytes, sized
from redraw.fitting.plan.clock import Clock
from redraw.fitting.plan.config import RunConfig, Stops
from redraw.fitting.plan.device import pick_device
from redraw.fitting.plan.presets import ROWS, best_preset, configured, preset
from redraw.fitting.plan.settings import (
    BUDGET,
    ENVIRONMENT_PREFIX,
    RUN_OPTIONS,
    apply_settings,
    check_settings,
    convert,
    current_names,
    from_environment,
    from_file,
    old_names,
)
from redraw.shell import as_text
from redraw.signals.signal import Signal

# The size of a file, as bytes or bits per pixel.
BYTES, BPP, MOST_BPP = "bytes", "bpp", 64
# Parameters of a network that is to have so many bytes, at about 8 bits each; what its file has
# beside them.
OF_BYTES, BYTES_BESIDE, FEWEST = 0.95, 400, 60
# That a field holds the picture's own pixels, and the setting that says how nearly.
LOSSLESS, MOST_OFF = "lossless", "most_off"
# A share of a picture whose size is not known yet is taken of the largest that there is.
MOST_VALUES = 2**31


def prepare(
    signal: Signal,
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
        _take_bytes(asked, signal)
        _take_lossless(asked, signal)
        model, because = chosen.pop("model", None), ""
        if model is None:
            named = frozenset(asked) | ({BUDGET} if budget is not None else frozenset())
            clock = Clock(stops["seconds"]) if "seconds" in stops else None
            threads = chosen.get("threads")
            model, because = best_preset(signal, named, clock=clock, threads=threads)
        most = None if budget is None else parse_budget(str(budget), signal.numbers)
        base = preset(model).suited(signal, most, frozenset(asked))
        whole = _take_whole(asked, base.field, signal)
        if "psnr" in stops and "quality" in base.field.encoding.sized_by and "bytes" not in asked:
            asked.setdefault("quality", stops["psnr"])
        if MOST_OFF in asked and MOST_OFF not in base.field.encoding.settings():
            raise UsageError(
                f"the preset {model} can't hold a picture's own pixels; leave out {LOSSLESS}, or"
                " take the preset wavelet",
                setting=LOSSLESS,
            )
        field, train = apply_settings(*configured(base, signal), asked)
        if not signal.raster and train.footprint != "point":
            raise UsageError(
                f"footprint is {train.footprint!r}; a {signal.kind} has no pixels,"
                " so accepted: point",
                setting="footprint",
            )
        reason = field.encoding.refuse(signal.kind)
        if reason is not None:
            raise UsageError(reason, setting="encoding" if "encoding" in asked else "model")
        sizes_given = not asked.keys().isdisjoint(field.encoding.sized_by)
        if whole and most is None and not sizes_given:
            most = max(FEWEST, int(OF_BYTES * (whole - BYTES_BESIDE)))
        if most is None and base.share and not sizes_given:
            most = max(int(base.share * signal.numbers), LEAST_SHARE)
        aim = None
        if most is None and base.quality is not None and not sizes_given:
            wanted = stops.get("psnr")
            aim = wanted or base.quality
            most = enough(signal, field, aim + (MARGIN if wanted else 0.0), chosen.get("threads"))
        fixed = frozenset(asked)
        field = sized(
            field, signal.extents, most, fixed, base.cells, signal.bits, signal.straight,
            stops.get("seconds"),
        )  # fmt: skip
        field = made_for(field, signal, most, chosen.get("threads"))
        return RunConfig(
            model=model,
            field=field,
            train=train,
            stops=Stops(_whole_steps(steps), **stops),
            output=_beside(run, output) if output is not None else None,
            source=signal.name,
            aim=aim,
            because=because,
            named=origins.get("model", ""),
            most_bytes=whole,
            **chosen,
        )
    except UsageError as error:
        raise error.from_where(origins.get(error.setting, "")) from None


def chosen_preset(
    signal: Signal,
    *,
    config: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    steps: int | None = None,
    output: str | os.PathLike[str] | None = None,
    run: str | os.PathLike[str] | None = None,
    clock: Clock | None = None,
    **options: Any,
) -> tuple[str, dict[str, str]]:
    """The preset that `prepare` takes, and `because` and `named` of the plan. Arguments as there.

    Args:
        clock: Of the fit, if it has so many seconds.

    Raises:
        UsageError: a name or value is not accepted.
    """
    line = {**(settings or {}), **{k: v for k, v in options.items() if v is not None}}
    asked, origins = asked_for(config, environment, line)
    try:
        _, chosen = _run_options(asked)
        threads = chosen.get("threads")
        if "model" in chosen:
            return chosen["model"], {"named": origins.get("model", "")}
        if asked.pop(BPP, None) is not None:
            asked[BYTES] = 0
        _take_lossless(asked, signal)
        model, because = best_preset(signal, frozenset(asked), clock=clock, threads=threads)
        return model, {"because": because}
    except UsageError as error:
        raise error.from_where(origins.get(error.setting, "")) from None


def seconds_of(
    *,
    config: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> float | None:
    """The seconds that `prepare` gives a fit, or None. Arguments as there.

    Raises:
        UsageError: a name or value is not accepted.
    """
    line = {**(settings or {}), **{k: v for k, v in options.items() if v is not None}}
    asked, _ = asked_for(config, environment, line)
    return convert("seconds", float, asked["seconds"]) if "seconds" in asked else None


def _take_bytes(asked: dict[str, Any], signal: Signal) -> None:
    """Bits per pixel as bytes, and bytes as a number: those that a profile leaves."""
    bpp = asked.pop(BPP, None)
    if bpp is not None:
        if BYTES in asked:
            raise UsageError("bytes and bpp were both given; name one")
        asked[BYTES] = max(1, int(_bits(bpp) * signal.count / 8))
    elif BYTES in asked:
        asked[BYTES] = parse_bytes(str(asked[BYTES]))
    if BYTES in asked:
        asked[BYTES] = max(1, asked[BYTES] - signal.kept_bytes)


def _bits(bpp: Any) -> float:
    """Bits per pixel as a number. Raises UsageError for what can be none."""
    found = convert(BPP, float, bpp)
    if not 0.0 < found <= MOST_BPP:
        raise UsageError(f"bpp is {bpp}; accepted: above 0, up to {MOST_BPP}")
    return found


def _whole_steps(steps: Any) -> int | None:
    """Steps as a whole number. Raises UsageError for what is none."""
    return None if steps is None else convert("steps", int, steps)


def _take_whole(asked: dict[str, Any], field: FieldConfig, signal: Signal) -> int:
    """Bytes of the file of a network that ends in whole numbers; 0 where none were asked for, or
    where the encoding knows what to do with them.

    Raises:
        UsageError: there are no whole numbers of such fields.
    """
    if BYTES not in asked or BYTES in field.encoding.settings():
        return 0
    if not (field.encoding.quantisable and signal.raster) or field.activation in COMPLEX:
        raise UsageError(
            "fields of this preset can't be made to fit a number of bytes; networks of layers can,"
            " drawings made of labels, and what photographs become if no preset is named",
            setting=BYTES,
        )
    return asked.pop(BYTES) + signal.kept_bytes


def _take_lossless(asked: dict[str, Any], signal: Signal | None = None) -> None:
    """That a field is to hold the picture's own pixels, as the setting that says so.

    Raises:
        UsageError: it is neither true nor a number of levels, or the signal has none.
    """
    off = asked.pop(LOSSLESS, None)
    if isinstance(off, str) and off.lower() in ("true", "false"):
        off = off.lower() == "true"
    if off is None or off is False:
        return
    if MOST_OFF in asked:
        raise UsageError(f"{LOSSLESS} and {MOST_OFF} were both given; name one")
    levels = 0 if off is True else convert(LOSSLESS, int, off)
    if not 0 <= levels <= MOST_LEVELS:
        raise UsageError(
            f"{LOSSLESS} is {off}; accepted: true, and 0 to {MOST_LEVELS} levels", setting=LOSSLESS
        )
    asked[MOST_OFF] = levels
    if signal is not None and not signal.in_levels:
        raise UsageError(
            f"{signal.name} is not in whole levels of 8 or 16 bits, so {LOSSLESS} means nothing for"
            " it; leave it out",
            setting=LOSSLESS,
        )


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
        if BYTES in asked:
            asked[BYTES] = parse_bytes(str(asked[BYTES]))
        bpp = asked.pop(BPP, None)
        if bpp is not None:
            _bits(bpp)
        _take_lossless(asked)
        check_settings(asked)
        base = preset(chosen.pop("model", next(iter(ROWS))))  # there is no signal yet
        wanted = RunConfig(
            "", base.field, base.train, Stops(_whole_steps(steps), **stops), **chosen
        )
        check_engine(wanted.engine)
        if wanted.device != "auto":
            pick_device(wanted.device)
    except UsageError as error:
        raise error.from_where(origins.get(error.setting, "")) from None


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
    file = current_names(from_file(Path(config)) if config is not None else {})
    named = from_environment(environment or {})
    variables, line, renamed = current_names(named), current_names(line), old_names()
    origins = dict.fromkeys(file, f"from {config}")
    origins |= {
        renamed.get(name, name): f"from {ENVIRONMENT_PREFIX}{name.upper()}" for name in named
    }
    origins = {name: origin for name, origin in origins.items() if name not in line}
    asked = {**file, **variables, **line}
    if "model" in asked:
        try:
            preset(convert("model", str, asked["model"]))
        except UsageError as error:
            raise error.from_where(origins.get("model", "")) from None
    return asked, origins


def _beside(run: str | os.PathLike[str] | None, output: str | os.PathLike[str]) -> str:
    """`output` as a path from the folder that `run` lies in; absolute without a run.

    Raises:
        UsageError: it is no text, as what a run keeps has to be.
    """
    target = os.path.join(os.path.realpath(Path(output).parent), Path(output).name)
    if run is None:
        return target
    with contextlib.suppress(ValueError):  # another drive of Windows
        target = os.path.relpath(target, os.path.realpath(Path(run).parent))
    if as_text(target) != target:
        raise UsageError(
            f"the output {as_text(target)} has bytes in its name that are no UTF-8, and its run"
            " keeps it as text; name another with -o"
        )
    return target

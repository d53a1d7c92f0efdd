"""Overriding a preset's values by name: `--set hidden=64,64`, REDRAW_HIDDEN, a TOML or JSON file.

Precedence: command line > environment > file > preset. Names are the fields of `FieldConfig`, of
the encoding's configuration and of `TrainConfig`, all flat; and the options of a run, such as
`model`, which have a place of their own on the command line.
"""

import dataclasses
import difflib
import functools
import json
import logging
import operator
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from redraw.engines.solvers import SOLVERS
from redraw.errors import UsageError
from redraw.fields.config import FieldConfig, short
from redraw.fields.encoding_configs import ENCODINGS
from redraw.fields.sizes import ACTIVATIONS
from redraw.fitting.plan.config import RunConfig, Stops, TrainConfig

ENVIRONMENT_PREFIX = "REDRAW_"
# Settings whose values are the names of a table.
CHOICES = {"encoding": ENCODINGS, "activation": ACTIVATIONS, "optimizer": SOLVERS}
# Not a value of a preset: it decides several of them.
BUDGET = "budget"
# Variables of this name that are no settings: read elsewhere.
OTHER_VARIABLES = ("traceback", "max_pixels")
# Options that decide how a run goes rather than what a preset is: their owners and types.
RUN_OPTIONS = {
    name: (owner, typing.get_type_hints(owner)[name])
    for owner, names in (
        (RunConfig, ("model", "seed", "engine", "device", "precision", "threads")),
        (Stops, ("seconds", "psnr")),
        (RunConfig, ("frames", "rest", "checkpoint_every", "keep")),
    )
    for name in names
}


class Setting(typing.NamedTuple):
    """What a name of `--set` stands for.

    Attributes:
        owner: "field", "training", or the encoding it belongs to.
        kind: The values it takes.
        meaning: In words.
    """

    owner: str
    kind: str
    meaning: str


def all_settings() -> dict[str, Setting]:
    """Everything that `--set` takes, for help texts."""
    found: dict[str, Setting] = {}
    encodings = {f"encoding {kind}": cls for kind, cls in ENCODINGS.items()}
    for owner, cls in {"field": FieldConfig, **encodings, "training": TrainConfig}.items():
        hints, meanings = typing.get_type_hints(cls), documented(cls)
        for name in settable(cls):
            kind = " | ".join(CHOICES[name]) if name in CHOICES else describe(hints[name])
            found[name] = Setting(owner, kind, meanings.get(name, ""))
    found["activation"] = found["activation"]._replace(meaning="What follows each layer.")
    return found


def settable(cls: type) -> tuple[str, ...]:
    """Attributes of a configuration that a setting changes; the signal decides the others."""
    fixed = getattr(cls, "of_signal", ())
    return tuple(item.name for item in dataclasses.fields(cls) if item.name not in fixed)


def setting_names() -> dict[str, str]:
    """All names that `--set` accepts, with the type each takes."""
    return {name: setting.kind for name, setting in all_settings().items()}


def documented(cls: type) -> dict[str, str]:
    """What the docstring of a class says about its attributes."""
    section = re.search(r"\n\s*Attributes:\n(.*?)(?:\n\s*\n|\Z)", cls.__doc__ or "", re.DOTALL)
    found: dict[str, str] = {}
    name = ""
    for line in section[1].splitlines() if section else ():
        start = re.match(r"\s+(\w+): (.*)", line)
        if start:
            name = start[1]
            found[name] = start[2].strip()
        elif name:
            found[name] += f" {line.strip()}"
    return {name: meaning.strip() for name, meaning in found.items()}


def apply_settings(
    field: FieldConfig, train: TrainConfig, settings: Mapping[str, Any]
) -> tuple[FieldConfig, TrainConfig]:
    """Configurations with some values replaced.

    Args:
        field: Of the field.
        train: Of the training.
        settings: Names to values, as text or already typed (from a file).

    Raises:
        UsageError: an unknown name (the nearest is suggested) or a value that does not fit.
    """
    settings = dict(settings)
    if "encoding" in settings:
        kind = settings.pop("encoding")
        if not isinstance(kind, str) or kind not in ENCODINGS:
            shown = short(repr(kind))
            raise UsageError(f"unknown encoding {shown}; accepted: {', '.join(ENCODINGS)}")
        if kind != type(field.encoding).kind:
            field = dataclasses.replace(field, encoding=ENCODINGS[kind]())
    targets = {"encoding": field.encoding, "field": field, "train": train}
    changes: dict[str, dict[str, Any]] = {key: {} for key in targets}
    for name, value in settings.items():
        for key, target in targets.items():
            hints = typing.get_type_hints(type(target))
            if name in settable(type(target)):
                changes[key][name] = convert(name, hints[name], value)
                break
        else:
            raise UsageError(unknown_name(name, field), setting=name)
    if "footprint" in changes["encoding"]:
        # What knows how pixels were made is asked over their squares.
        changes["train"]["footprint"] = "box"
    encoding = dataclasses.replace(field.encoding, **changes["encoding"])  # type: ignore[type-var]
    field = dataclasses.replace(field, encoding=encoding, **changes["field"])
    return field, dataclasses.replace(train, **changes["train"])


def check_settings(settings: Mapping[str, Any]) -> None:
    """Refuse what no preset and no signal could make acceptable.

    Args:
        settings: As `apply_settings` takes them.

    Raises:
        UsageError: an unknown name, or a value that does not fit.
    """
    train = {}
    for name, value in settings.items():
        if name == "encoding":
            continue  # told by name, not by value
        owners = (FieldConfig, TrainConfig, *ENCODINGS.values())
        hints = [typing.get_type_hints(cls)[name] for cls in owners if name in settable(cls)]
        if not hints:
            raise UsageError(unknown_name(name, FieldConfig()), setting=name)
        converted = convert(name, functools.reduce(operator.or_, hints), value)
        if name in {item.name for item in dataclasses.fields(TrainConfig)}:
            train[name] = converted
    for name in settings:
        _check_of_encodings(name, settings)
    dataclasses.replace(TrainConfig(), **train)


def _check_of_encodings(name: str, settings: Mapping[str, Any]) -> None:
    """Refuse a value that belongs to encodings, and that none of those that take it accepts."""
    if name in settable(TrainConfig) and _fits(TrainConfig, name, settings[name]):
        return
    refused: UsageError | None = None
    for cls in (cls for cls in ENCODINGS.values() if name in settable(cls)):
        own = {key: value for key, value in settings.items() if key in settable(cls)}
        hints = typing.get_type_hints(cls)
        try:
            cls(**{key: convert(key, hints[key], value) for key, value in own.items()})
            return
        except UsageError as error:
            if error.setting != name:  # of another value, or of values that a signal brings
                return
            refused = error
    if refused is not None:
        raise refused


def _fits(cls: type, name: str, value: Any) -> bool:
    try:
        convert(name, typing.get_type_hints(cls)[name], value)
    except UsageError:
        return False
    return True


def unknown_name(name: str, field: FieldConfig) -> str:
    """The message for a setting that nothing takes."""
    known = [*setting_names(), *RUN_OPTIONS, BUDGET]
    if name in known:
        return (
            f"setting {name!r} does not belong to the encoding"
            f" {type(field.encoding).kind!r} of this preset; change it with --set encoding=..."
        )
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown setting {short(name)!r}; {hint}`redraw presets` lists the names"


def convert(name: str, hint: Any, value: Any) -> Any:
    """`value`, text or typed, as the type `hint`.

    Raises:
        UsageError: it does not fit.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    try:
        if origin in (typing.Union, types.UnionType):
            if type(None) in arguments and (value is None or value == "none"):
                return None
            for choice in (a for a in arguments if a is not type(None)):
                try:
                    return convert(name, choice, value)
                except UsageError:
                    continue
            raise ValueError
        if origin is Literal:
            if value in arguments:
                return value
            raise ValueError
        if origin is tuple:
            if isinstance(value, str):
                value = [part for part in value.split(",") if part.strip()]
            elif not isinstance(value, (list, tuple)):
                value = [value]
            return tuple(convert(name, arguments[0], item) for item in value)
        if hint is bool:
            if isinstance(value, bool):
                return value
            lowered = str(value).lower()
            if lowered in ("true", "yes", "on", "1"):
                return True
            if lowered in ("false", "no", "off", "0"):
                return False
            raise ValueError
        if hint is int:
            if isinstance(value, bool) or (isinstance(value, float) and value != int(value)):
                raise ValueError
            return int(value)
        if hint is float:
            if isinstance(value, bool):
                raise ValueError
            return float(value)
        if hint is str and isinstance(value, str):
            return value
        raise ValueError
    except (ValueError, TypeError, OverflowError):
        raise UsageError(
            f"setting {name} is {short(repr(value))}; accepted: {describe(hint)}", setting=name
        ) from None


def describe(hint: Any) -> str:
    """A type as people say it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join("none" if a is type(None) else describe(a) for a in arguments)
    if origin is Literal:
        return " | ".join(str(a) for a in arguments)
    if origin is tuple:
        return f"{describe(arguments[0]).removeprefix('a ')}s separated by commas"
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "a name"}
    return names.get(hint, str(hint))


def parse_assignments(items: typing.Iterable[str]) -> dict[str, str]:
    """["omega=15", ...] as a dictionary.

    Raises:
        UsageError: an item has no "=", or two disagree.
    """
    result = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {item!r} is not KEY=VALUE; for example --set omega=15")
        name, value = name.strip().replace("-", "_"), value.strip()
        if result.setdefault(name, value) != value:
            raise UsageError(
                f"--set {name} is given twice, as {short(result[name])} and {short(value)}; keep"
                " one of them"
            )
    return result


def old_names() -> dict[str, str]:
    """Names that settings had once, and those that they have now."""
    known = setting_names()
    return {
        old: new
        for config in ENCODINGS.values()
        for new, old in config.stored_names.items()
        if old not in known
    }


def current_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under the names that they have now; a line says the new name of each old one.

    Raises:
        UsageError: one is given by both names.
    """
    renamed = old_names()
    found: dict[str, Any] = {}
    for name, value in settings.items():
        new = renamed.get(name, name)
        if new != name:
            if new in settings:
                raise UsageError(
                    f"setting {name!r} is called {new!r} now, and both are given; leave one out",
                    setting=name,
                )
            _say_renamed(name, new)
        found[new] = value
    return found


@functools.cache
def _say_renamed(old: str, new: str) -> None:
    """Once in a process, as a notice that `--quiet` hushes."""
    logging.getLogger("redraw").warning(
        f"redraw: the setting {old} is called {new} now; the old name is still read"
    )


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings in variables such as REDRAW_OMEGA=15; other variables are left alone."""
    known = {*setting_names(), *old_names(), *RUN_OPTIONS, BUDGET}
    found = {}
    for variable, value in environment.items():
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if variable.startswith(ENVIRONMENT_PREFIX) and name in known:
            found[name] = value
    return found


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Variables that begin like settings and are none, each with the nearest name, for people."""
    known = {*setting_names(), *old_names(), *RUN_OPTIONS, BUDGET, *OTHER_VARIABLES}
    told = []
    for variable in sorted(environment):
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if variable.startswith(ENVIRONMENT_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; {ENVIRONMENT_PREFIX}{near[0].upper()} is" if near else ""
            told.append(f"{variable} is no setting{hint}")
    return told


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of JSON. Raises ValueError for a key that is there twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is there twice; keep one of them")
        found[key] = value
    return found


def from_file(path: Path) -> dict[str, Any]:
    """Settings from a TOML or JSON file: flat, or with the tables [field] and [train].

    Raises:
        UsageError: it is missing, can't be parsed, or is not a table of settings.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would wait for ever
            what = "is a folder" if path.is_dir() else "is not an ordinary file"
            raise UsageError(f"config {path} {what}; name a TOML or JSON file")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"config {path} can't be read: {reason}") from None
    except ValueError:  # no UTF-8, or a NUL in the name
        raise UsageError(
            f"config {path} can't be read: it is no text in UTF-8; name a TOML or JSON file"
        ) from None
    try:
        data = (
            json.loads(text, object_pairs_hook=_once_each)
            if path.suffix.lower() == ".json"
            else tomllib.loads(text)
        )
    except (ValueError, RecursionError) as error:
        raise UsageError(f"config {path} can't be parsed: {short(error, 120)}") from None
    if not isinstance(data, dict):
        raise UsageError(f"config {path} holds no table of settings; expected KEY = VALUE lines")
    flat: dict[str, Any] = {}
    for key, value in data.items():
        within = key in ("field", "train", "encoding") and isinstance(value, dict)
        for name, one in (value if within else {key: value}).items():
            name = "encoding" if within and name == "kind" else name
            if name in flat:
                raise UsageError(f"config {path} has {name!r} twice; keep one of them")
            flat[name] = one
    return flat

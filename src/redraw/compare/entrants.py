"""Who takes part in a comparison: presets by name, and configurations from files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redraw.errors import UsageError
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.plan.planning import check_request, prepare
from redraw.fitting.plan.presets import PRESETS
from redraw.fitting.plan.settings import from_file
from redraw.signals.signal import Signal

# Tables of a configuration that belong to one entrant: see `from_file`.
PARTS = ("field", "train", "encoding")


@dataclass(frozen=True)
class Terms:
    """What is equal for all.

    Attributes:
        seconds: Fitting time of each; None where steps decide.
        steps: Steps of each; None where time decides.
        budget: The most parameters, as for `--budget`; None leaves each its own sizes.
        seeds: How many fits of each, with seeds 0, 1, ...
        threads: CPU threads; None for all.
        engine: "auto" or an engine's name.
        device: "auto", "cpu", "cuda" or "mps".
    """

    seconds: float | None = None
    steps: int | None = None
    budget: str | None = None
    seeds: int = 1
    threads: int | None = None
    engine: str | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.steps is None):
            raise UsageError("a comparison is by seconds or by steps; accepted: one of them")
        if not 1 <= self.seeds <= 1000:
            raise UsageError(f"seeds is {self.seeds}; accepted: from 1 to 1000")
        line = {name: value for name, value in vars(self).items() if value is not None}
        for own in ("steps", "seeds"):
            line.pop(own, None)
        check_request(None, None, line, self.steps)


@dataclass(frozen=True)
class Entrant:
    """One way of learning the signal.

    Attributes:
        name: What it is called in the report; unique.
        settings: Names and values as for `fit`: "model" and whatever differs from it.
        origin: The file it comes from, or "".
    """

    name: str
    settings: Mapping[str, Any]
    origin: str = ""

    def plan(
        self,
        signal: Signal,
        terms: Terms,
        seed: int,
        environment: Mapping[str, str] | None = None,
    ) -> RunConfig:
        """The run of one seed.

        Args:
            signal: What is to be learned.
            terms: Go before the entrant's own settings.
            seed: Goes before the entrant's own.
            environment: Variables such as REDRAW_ENGINE.

        Raises:
            UsageError: a setting is not accepted; the message names the entrant.
        """
        own = {k: v for k, v in self.settings.items() if k not in ("seconds", "steps", "psnr")}
        try:
            return prepare(
                signal,
                environment=environment,
                settings=own,
                seconds=terms.seconds,
                steps=terms.steps,
                budget=terms.budget,
                threads=terms.threads,
                engine=terms.engine,
                device=terms.device,
                seed=seed,
                frames=0,
            )
        except UsageError as error:
            where = f" in {self.origin}" if self.origin else ""
            raise UsageError(f"{self.name}{where}: {error}") from None


def entrants_from(models: Iterable[str], configs: Iterable[Path] = ()) -> list[Entrant]:
    """Everybody who takes part, in the order of asking.

    Args:
        models: Presets by name.
        configs: TOML or JSON files. One of settings is one entrant, named as the file; one of
            tables, each of settings, is as many as it has tables, named as they are.

    Raises:
        UsageError: an unknown preset, a name that occurs twice, or nobody at all.
    """
    names = list(models)
    for name in names:
        PRESETS.named(name)
    found = [Entrant(name, {"model": name}) for name in names]
    for path in configs:
        found += _from_config(path)
    for place, entrant in enumerate(found):
        if any(entrant.name == other.name for other in found[:place]):
            raise UsageError(f"{entrant.name!r} takes part twice; give one of them another name")
        model = entrant.settings.get("model")
        if entrant.origin and model is not None:
            try:
                PRESETS.named(str(model))
            except UsageError as error:
                raise UsageError(f"{entrant.name} in {entrant.origin}: {error}") from None
    if not found:
        raise UsageError("nobody takes part; name presets with --models, or files with --config")
    return found


def _from_config(path: Path) -> list[Entrant]:
    data = from_file(path)
    tables = {name: value for name, value in data.items() if isinstance(value, dict)}
    if not tables:
        if not data:
            raise UsageError(f"config {path} holds no settings; expected KEY = VALUE lines")
        return [Entrant(path.stem, data, str(path))]
    stray = next((name for name in data if name not in tables), None)
    if stray is not None:
        raise UsageError(
            f"config {path} has both entrants, such as [{next(iter(tables))}], and the setting"
            f" {stray!r} that belongs to none; put it below the entrants it is meant for"
        )
    return [Entrant(name, flat(table), str(path)) for name, table in tables.items()]


def flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with the tables `field`, `train` and `encoding` spread out."""
    result: dict[str, Any] = {}
    for key, value in table.items():
        if key in PARTS and isinstance(value, dict):
            result |= {("encoding" if k == "kind" else k): v for k, v in value.items()}
        else:
            result[key] = value
    return result

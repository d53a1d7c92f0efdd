"""`redraw tune`: a search for better settings of a preset."""

import functools
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Group, Parameter

from redraw.cli.exit_codes import INTERRUPTED
from redraw.cli.learned import open_signal, stem_of
from redraw.cli.options import (
    NO_MACHINE_OPTIONS,
    NO_PICTURE_OPTIONS,
    NO_TABLE_OPTIONS,
    OUTPUT,
    WHOLE,
    Force,
    Json,
    MachineOptions,
    PictureOptions,
    Quiet,
    Ray,
    Signal,
    TableOptions,
    given,
    words,
)
from redraw.errors import OutputError, UsageError

if TYPE_CHECKING:
    from redraw.compare.tune import Check, Tried, Tuning

app = App(
    name="tune",
    help_epilogue="""\
Searches learning rate, frequencies, depth and widths within the parameters that
the preset has, or that --budget allows. Ends with NAME-MODEL.toml, a file for
--config, and one fit of it beside one of the preset's own, with a fresh seed.
Every trial is kept in NAME-MODEL.tune: --resume goes on after Ctrl-C or a crash,
or with more trials. Needs redraw[tune].

    redraw tune cub --model siren
    redraw tune photo.jpg --model hash --budget 100k --seconds 10 --trials 40
    redraw tune cub --model siren --trials 60 --resume
""",
)
SEARCH = Group("What is searched, and for how long", sort_key=3)
DISPLAY = Group("What is shown", sort_key=6)

DEFAULT_SECONDS = 5.0


@app.default
def tune(
    signal: Signal = None,
    /,
    *,
    model: Annotated[
        str | None,
        Parameter(
            metavar="PRESET",
            group=SEARCH,
            help="One of `redraw presets`; by default the one that fit takes.",
        ),
    ] = None,
    trials: Annotated[
        int,
        WHOLE,
        Parameter(metavar="N", group=SEARCH, help="Fits in all; by default 20."),
    ] = 20,
    seconds: Annotated[
        float | None,
        Parameter(metavar="S", group=SEARCH, help="Fitting time of each; by default 5."),
    ] = None,
    steps: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=SEARCH, help="Steps of each, instead of time."),
    ] = None,
    within: Annotated[
        float | None,
        Parameter(metavar="S", group=SEARCH, help="End after so many seconds, trials or not."),
    ] = None,
    budget: Annotated[
        str | None,
        Parameter(
            metavar="N|P%",
            group=SEARCH,
            help="The most parameters: 300k, or 25% of the values; by default the preset's.",
        ),
    ] = None,
    ray: Ray = None,
    output: Annotated[
        Path | None,
        Parameter(
            name=("--output", "-o"), group=OUTPUT, help="The settings; by default NAME-MODEL.toml."
        ),
    ] = None,
    study: Annotated[
        Path | None,
        Parameter(metavar="FILE", group=OUTPUT, help="The trials; by default NAME-MODEL.tune."),
    ] = None,
    resume: Annotated[
        bool, Parameter(group=OUTPUT, negative="", help="Go on with the trials that are there.")
    ] = False,
    force: Annotated[Force, Parameter(group=OUTPUT)] = False,
    picture: PictureOptions = NO_PICTURE_OPTIONS,
    table: TableOptions = NO_TABLE_OPTIONS,
    machine: MachineOptions = NO_MACHINE_OPTIONS,
    json: Annotated[
        Json, Parameter(group=DISPLAY, help="One JSON object per trial on standard output.")
    ] = False,
    quiet: Annotated[Quiet, Parameter(group=DISPLAY)] = False,
) -> int:
    """Search settings for `signal`; see the help text. Returns the exit code."""
    from redraw.cli.interrupts import StopRequests
    from redraw.files import check_apart, probe_output

    if seconds is not None and steps is not None:
        raise UsageError("both --seconds and --steps are given; accepted: one of them")
    if trials < 1:
        raise UsageError(f"trials is {trials}; accepted: whole numbers from 1")
    if within is not None and not within > 0:
        raise UsageError(f"--within is {within:g}; accepted: seconds above 0")
    with StopRequests() as stops:
        if model:  # before a signal is read, which may take long
            from redraw.fitting.plan.presets import PRESETS

            PRESETS.named(model)
        from redraw.compare.entrants import Terms

        terms = Terms(
            seconds=DEFAULT_SECONDS if seconds is None and steps is None else seconds,
            steps=steps,
            **given(machine),
        )
        learned = open_signal(signal, picture, table)
        from redraw.compare.space import Space
        from redraw.compare.topic import topic_of
        from redraw.compare.tune import Tuning, check_study, require_optuna
        from redraw.fitting.plan.presets import default_preset

        model = model or default_preset(learned)
        stem = f"{stem_of(signal)}-{model}"
        output, study = output or Path(f"{stem}.toml"), study or Path(f"{stem}.tune")
        require_optuna()
        check_study(study, resume=resume, force=force)
        probe_output(output, force=force or resume)
        for path in (output, study):
            check_apart(path, *([] if signal is None else [signal]), instead="what is found")
        if output.resolve() == study.resolve():
            raise OutputError(f"the settings and the trials are both {output}; name another")
        space = Space(learned, model, budget)
        searching = Tuning
        if ray is not None:
            from redraw.cluster.fits import RayTuning

            searching = functools.partial(RayTuning, ray)
        search = searching(
            topic_of(learned),
            space,
            terms,
            study,
            resume=resume,
            force=force,
            environment=os.environ,
        )
        stops.begin()
        stops.attach(search)
        from redraw.cli.wording import quoted

        named = [quoted(signal)] if signal else []
        source = [*named, *map(shlex.quote, words(picture, table, machine))]
        reporter = Reporter(search, trials, source, as_json=json, quiet=quiet)
        for tried in search.trials(trials, within):
            reporter.tried(tried)
        return conclude(search, reporter, output)


class Reporter:
    """Says what a search does: lines, JSON, or nothing.

    Args:
        search: Which.
        count: Trials in all.
        source: What is learned, and where, as it was typed.
        as_json: Whether in JSON.
        quiet: Whether not at all.
    """

    def __init__(
        self, search: "Tuning", count: int, source: list[str], *, as_json: bool, quiet: bool
    ) -> None:
        self.search, self.count, self.source = search, count, source
        self.as_json, self.quiet = as_json, quiet
        self.main = search.topic.measures[0]
        if not (as_json or quiet):
            self._begin()

    def tried(self, tried: "Tried") -> None:
        """A trial ended."""
        from redraw.cli.screen import put_json, say

        if self.quiet:
            return
        if self.as_json:
            put_json({"event": "trial", **vars(tried)})
            return
        told = tried.state if tried.value is None else self.main.told(tried.value)
        if tried.message:
            told = f"failed: {tried.message}"
        best = self.search.best
        mark = "  best so far" if best and best.number == tried.number else ""
        if tried.state == "complete":
            told = f"{told:>10}"
        say(f"trial {tried.number + 1}: {told}  {brief(tried.settings)}{mark}")

    def finished(self, best: "Tried", checked: "Check | None", output: Path) -> None:
        """The search is over, and its best settings are written."""
        from redraw.cli.screen import put_json, say
        from redraw.cli.wording import quoted, relative_path, shown_path

        if self.as_json:
            check = vars(checked) if checked else None
            paths = {"config": relative_path(output), "study": relative_path(self.search.path)}
            put_json({"event": "tuned", "best": vars(best), "check": check, **paths})
            return
        if self.quiet:
            return
        assert best.value is not None
        say()
        say(f"Best: {self.main.told(best.value)}, trial {best.number + 1}: {brief(best.settings)}")
        if checked:
            tuned, own = self.main.told(checked.tuned), self.main.told(checked.own)
            say(f"With a fresh seed: {tuned}; the preset's own settings {own}")
        say()
        say(f"{shown_path(output)}: the settings; {shown_path(self.search.path)}: all trials")
        config = ["--config", quoted(output)]
        model, terms = self.search.space.model, self.search.terms
        if terms.seconds:
            length = ["--seconds", f"{terms.seconds:g}"]
        else:
            length = ["--steps", str(terms.steps)]
        say("  " + " ".join(["redraw", "fit", *self.source, *config]))
        equal = ["--models", model, *config, *length, "--seeds", "3"]
        say("  " + " ".join(["redraw", "compare", *self.source, *equal]))

    def _begin(self) -> None:
        from redraw.cli.plain_text import plain
        from redraw.cli.screen import say
        from redraw.cli.wording import counted

        space, terms = self.search.space, self.search.terms
        each = f"{terms.seconds:g} s" if terms.seconds else counted(terms.steps or 0, "step")
        name = plain(self.search.topic.signal.name)
        say(
            f"{space.model} on {name}: {counted(self.count, 'trial')} of"
            f" {each}, at most {counted(space.most, 'parameter')}"
        )
        if self.search.done:
            say(f"{counted(self.search.done, 'trial')} done already")
        for name, values in space.ranges.items():
            say(f"  {name}: {values.low:.4g} to {values.high:.4g}, the preset's {values.own:.4g}")


def conclude(search: "Tuning", reporter: Reporter, output: Path) -> int:
    """Check, write and tell; returns the exit code."""
    from redraw.compare.space import as_toml
    from redraw.errors import RedrawError
    from redraw.files import atomic_output

    best = search.best
    if best is None or best.value is None:
        if search.stopped:
            raise KeyboardInterrupt
        raise RedrawError(
            "no trial came to its end, so there is nothing to write; give it more time or trials"
        )
    checked = search.check()
    terms = search.terms
    length = {"seconds": terms.seconds} if terms.seconds else {"steps": terms.steps}
    remarks = [
        f"{search.space.model} tuned on {search.topic.signal.name}:"
        f" {reporter.main.told(best.value)}, trial {best.number + 1} of {search.done}",
        "redraw fit PICTURE --config THIS; rates fit the length they were found with",
    ]
    with atomic_output(output, force=True) as file:  # what was there was dealt with at the start
        file.write(as_toml({**best.settings, **length}, remarks).encode())
    reporter.finished(best, checked, output)
    return INTERRUPTED if search.stopped else 0


def brief(settings: dict) -> str:
    """Settings in a line, the preset aside."""
    told = {k: v for k, v in settings.items() if k not in ("model", "budget", "omega_first")}
    return " ".join(
        f"{name}={','.join(map(str, value)) if isinstance(value, list | tuple) else value}"
        for name, value in told.items()
    )

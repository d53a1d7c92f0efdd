"""`redraw tune`: a search for better settings of a preset."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Group, Parameter

from redraw.cli import INTERRUPTED
from redraw.cli.learned import open_signal, stem_of
from redraw.cli.options import ENGINE, WHOLE, Force, Json, MaxPixels, Quiet, Threads
from redraw.errors import UsageError

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
OUTPUT = Group("Where it goes", sort_key=1)
PICTURE = Group("What is learned", sort_key=2)
TABLE = Group("What is learned of a table or function", sort_key=2.5)
SEARCH = Group("What is searched, and for how long", sort_key=3)
MACHINE = Group("Where it runs", sort_key=5)
DISPLAY = Group("What is shown", sort_key=6)

DEFAULT_SECONDS = 5.0


@app.default
def tune(
    signal: Annotated[
        str | None,
        Parameter(
            help="A picture, a table, a bundled picture (cub, cub-two-tone), or one of"
            " `redraw examples`."
        ),
    ] = None,
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
    max_side: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=PICTURE, help="Shrink it so that no side is longer."),
    ] = None,
    size: Annotated[
        str | None,
        Parameter(metavar="WxH", group=PICTURE, help="Resample it; 640x keeps the aspect."),
    ] = None,
    threshold: Annotated[
        float | None,
        Parameter(
            metavar="T",
            group=PICTURE,
            help="Make it two-tone: paper where it is at least so bright.",
        ),
    ] = None,
    max_pixels: Annotated[MaxPixels, Parameter(group=PICTURE)] = None,
    inputs: Annotated[
        str | None,
        Parameter(metavar="A,B", group=TABLE, help="Columns; by default all that are no targets."),
    ] = None,
    targets: Annotated[
        str | None,
        Parameter(metavar="Y", group=TABLE, help="Columns of a .csv, .json or .parquet to learn."),
    ] = None,
    held_out: Annotated[
        str | None,
        Parameter(
            metavar="P%|FILE", group=TABLE, help="Rows that are not learned, and measured on."
        ),
    ] = None,
    function: Annotated[
        str | None,
        Parameter(metavar="EXPRESSION", group=TABLE, help='Learn it instead: "sin(3*x) + x**2".'),
    ] = None,
    domain: Annotated[
        list[str] | None,
        Parameter(metavar="X=LOW:HIGH", group=TABLE, help="Of each variable of the function."),
    ] = None,
    engine: Annotated[str | None, Parameter(metavar="NAME", group=MACHINE, help=ENGINE)] = None,
    device: Annotated[
        str | None, Parameter(metavar="NAME", group=MACHINE, help="auto, cpu, cuda or mps.")
    ] = None,
    threads: Annotated[Threads, Parameter(group=MACHINE)] = None,
    json: Annotated[
        Json, Parameter(group=DISPLAY, help="One JSON object per trial on standard output.")
    ] = False,
    quiet: Annotated[Quiet, Parameter(group=DISPLAY)] = False,
) -> int:
    """Search settings for `signal`; see the help text. Returns the exit code."""
    from redraw.cli.interrupts import StopRequests
    from redraw.files import probe_output

    if seconds is not None and steps is not None:
        raise UsageError("both --seconds and --steps are given; accepted: one of them")
    if trials < 1:
        raise UsageError(f"trials is {trials}; accepted: whole numbers from 1")
    with StopRequests() as stops:
        learned = open_signal(
            signal,
            inputs=inputs,
            targets=targets,
            held_out=held_out,
            function=function,
            domain=domain,
            max_side=max_side,
            size=size,
            threshold=threshold,
            max_pixels=max_pixels,
        )
        from redraw.compare.entrants import Terms, one_of
        from redraw.compare.space import Space
        from redraw.compare.topic import topic_of
        from redraw.compare.tune import Tuning, check_study, require_optuna
        from redraw.fitting.presets import PRESETS, default_preset

        model = one_of(model, PRESETS) if model else default_preset(learned)
        stem = f"{stem_of(signal)}-{model}"
        output, study = output or Path(f"{stem}.toml"), study or Path(f"{stem}.tune")
        require_optuna()
        check_study(study, resume=resume, force=force)
        probe_output(output, force=force or resume)
        terms = Terms(
            seconds=None if steps else seconds or DEFAULT_SECONDS,
            steps=steps,
            threads=threads,
            engine=engine,
            device=device,
        )
        space = Space(learned, model, budget)
        search = Tuning(
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
        reporter = Reporter(search, trials, as_json=json, quiet=quiet)
        for tried in search.trials(trials, within):
            reporter.tried(tried)
        return conclude(search, reporter, output, signal)


class Reporter:
    """Says what a search does: lines, JSON, or nothing."""

    def __init__(self, search: "Tuning", count: int, *, as_json: bool, quiet: bool) -> None:
        self.search, self.count = search, count
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

    def finished(
        self, best: "Tried", checked: "Check | None", output: Path, signal: str | None
    ) -> None:
        """The search is over, and its best settings are written."""
        from redraw.cli.screen import put_json, say
        from redraw.cli.wording import shown_path

        if self.as_json:
            check = vars(checked) if checked else None
            paths = {"config": shown_path(output), "study": shown_path(self.search.path)}
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
        name = shlex.quote(shown_path(output))
        what = shlex.quote(signal) if signal else "..."
        say()
        say(f"{shown_path(output)}: the settings; {shown_path(self.search.path)}: all trials")
        say(f"  redraw fit {what} --config {name}")
        model = self.search.space.model
        say(f"  redraw compare {what} --models {model} --config {name} --seeds 3")

    def _begin(self) -> None:
        from redraw.cli.screen import say
        from redraw.cli.wording import counted

        space, terms = self.search.space, self.search.terms
        each = f"{terms.seconds:g} s" if terms.seconds else counted(terms.steps or 0, "step")
        say(
            f"{space.model} on {self.search.topic.signal.name}: {counted(self.count, 'trial')} of"
            f" {each}, at most {counted(space.most, 'parameter')}"
        )
        if self.search.done:
            say(f"{counted(self.search.done, 'trial')} done already")
        for name, values in space.ranges.items():
            say(f"  {name}: {values.low:.4g} to {values.high:.4g}, the preset's {values.own:.4g}")


def conclude(search: "Tuning", reporter: Reporter, output: Path, signal: str | None) -> int:
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
    reporter.finished(best, checked, output, signal)
    return INTERRUPTED if search.stopped else 0


def brief(settings: dict) -> str:
    """Settings in a line, the preset aside."""
    told = {k: v for k, v in settings.items() if k not in ("model", "budget", "omega_first")}
    return " ".join(
        f"{name}={','.join(map(str, value)) if isinstance(value, list | tuple) else value}"
        for name, value in told.items()
    )

"""The studio behind its pages: the queue, the fits, and what each page may ask for.

Everything here runs on the server's event loop; what takes time happens in the two processes.
"""

import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redraw.errors import RedrawError, RunError, UsageError
from redraw.fitting.plan.chosen_presets import FIRST_RACE
from redraw.studio.album import Album
from redraw.studio.fit import Fit
from redraw.studio.jobs import named, new_job, subject_of
from redraw.studio.library import Library
from redraw.studio.pool import DrawingPool
from redraw.studio.processes import BusyError, Fits
from redraw.studio.snapshots import Snapshots

MOST_RACERS = 4
MOST_QUEUED = 20
MOST_REMEMBERED = 40  # fits that ended, beside those on the disk
DEMO_SECONDS = 3.0  # for each that learns the cub in the first page's race
PACES = (0.5, 30.0)  # frames a second


class RefusedFieldError(UsageError):
    """Something that was asked for is refused.

    Args:
        message: Why.
        field: The name of the option or setting that it is; "" if it is none of them.
    """

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class Desk:
    """All of a studio's state.

    Args:
        folder: Where pictures, runs and fields are.
        opened: What to show first: {"picture": name}, {"fit": name} or {}.

    Attributes:
        fits: By name, in the order they came.
        queue: Jobs that wait: lists of names.
        changed: Called after every change.
        snapshots: Fields as they are at some step.
        album: The folder's pictures.
    """

    def __init__(self, folder: Path, opened: dict[str, str]) -> None:
        self.library = Library(folder)
        self.opened = opened
        self.fits: OrderedDict[str, Fit] = OrderedDict()
        self.queue: list[list[str]] = []
        self.at_work: list[str] = []
        self.catalogue: dict[str, Any] = {}
        self.ready = False
        self.pace = 10.0
        self.changed: Callable[[], None] = lambda: None
        self.snapshots = Snapshots(self)
        self._viewers = -1
        self.workers = Fits(self.hear, self.lost)
        self.drawing = DrawingPool()
        self.album = Album(self.library, self.drawing)
        self.drawing.changed = lambda: self.changed()

    def close(self) -> None:
        """Save every fit, end the processes."""
        try:
            self.drawing.close()
        finally:
            self.workers.close()
            self.snapshots.close()

    # --- what is heard ----------------------------------------------------------------------------

    def hear(self, news: dict[str, Any], raw: bytes) -> None:
        """News of the fits' process."""
        kind = news["event"]
        if kind == "catalogue":
            self.catalogue = {key: news[key] for key in ("presets", "settings", "functions")}
        elif kind == "ready":
            self.ready = True
            self._viewers, viewers = -1, max(self._viewers, 0)
            self.watch(viewers)
            self._next_job()
        elif kind == "idle":
            self.at_work = []
            self._next_job()
        elif fit := self.fits.get(news["fit"]):
            if kind == "picture":
                fit.picture, fit.number = raw, news["number"]
            elif kind == "snapshot":
                self.snapshots.answer(fit.name, news["step"], news["path"])
            else:
                fit.hear(news)
                if kind in ("failed", "over"):
                    self.snapshots.answer(
                        fit.name, RunError(f"{fit.name} has just ended; ask again")
                    )
        self.changed()

    def lost(self, how: str) -> None:
        """The process of the fits is gone, and a new one has been started."""
        self.ready = False
        for name in self.at_work:
            fit = self.fits.get(name)  # one of a race that had ended may have been removed
            if fit is not None and fit.live:
                saved = fit.facts.get("saved")
                went_on = f" Resume it from step {saved:,}." if saved else " Resume it."
                fit.hear({"event": "failed", "error": f"The fit's process ended ({how}).{went_on}"})
            self.snapshots.answer(name, RunError("the fit's process has ended"))
        self.at_work = []
        self.changed()

    # --- starting and steering --------------------------------------------------------------------

    async def begin(self, wanted: dict[str, Any]) -> list[str]:
        """Queue a fit, or a race of several presets; returns their names.

        Args:
            wanted: "picture" or "function" (a name), "models" (one to four presets), and as they
                are wanted "max_side", "threshold", "options" (steps, seconds, psnr, seed) and
                "settings".

        Raises:
            RedrawError: it can't be done.
        """
        known = [preset["name"] for preset in self.catalogue.get("presets", [])]
        models = wanted["models"]
        if not 1 <= len(models) <= MOST_RACERS or len(set(models)) != len(models):
            raise UsageError(f"{len(models)} presets are to race; accepted: 1 to {MOST_RACERS}")
        for model in models:
            if known and model not in known:
                raise UsageError(f"unknown preset {model[:40]!r}; accepted: {', '.join(known)}")
        if len(self.queue) >= MOST_QUEUED:
            raise UsageError(f"{MOST_QUEUED} fits are waiting already; wait for some of them")
        if wanted.get("function"):
            self.known_function(wanted["function"])
        subject, source, signal = named(self.library, wanted)
        await self._check(wanted, models)
        names = self.library.new_names(subject, models, set(self.fits))
        race = names if len(names) > 1 else []
        for name, model in zip(names, models, strict=True):
            asked = {**wanted, "model": model}
            del asked["models"]
            facts = {"model": model, "source": source, "signal": signal}
            if size := self.library.bytes_of(source):
                facts["source_bytes"] = size
            self.fits[name] = Fit(name, asked=asked, race=race, facts=facts)
        self.queue.append(names)
        self._forget_old()
        self._next_job()
        return names

    async def resume(self, name: str, more: int = 0) -> None:
        """Queue the continuation of a run; or extend one that is at work.

        Args:
            name: Of the fit.
            more: Steps to add: to the plan of one at work, to the steps made of one that has ended.

        Raises:
            RedrawError: it can't be done.
        """
        fit = await self.open(name)
        if fit.live:
            if more:
                self.workers.send({"do": "extend", "fit": name, "more": more})
            return
        if fit.state == "queued":
            return
        if fit.state == "finished" and not more:
            raise UsageError(f"{name} is finished; say how many steps to add")
        self.library.run(name)
        fit.state, fit.error, fit.race = "queued", "", []
        fit.facts["more"] = more
        fit.version += 1
        self.queue.append([name])
        self._next_job()

    def steer(self, name: str, what: str, number: float | None) -> None:
        """Pause, go, stop, or change the rate of a fit that is at work; or take it off the queue.

        Raises:
            RedrawError: it isn't.
        """
        fit = self.known(name)
        if what == "stop" and fit.state == "queued":
            for job in self.queue:
                if name in job:
                    job.remove(name)
            self.queue = [job for job in self.queue if job]
            fit.state = "stopped"
            fit.version += 1
            self.changed()
            return
        if not fit.live:
            raise RunError(f"{name} is not running")
        if what == "rate":
            if number is None or not 0.0 <= number <= 1000.0:
                raise UsageError(f"the factor on the rate is {number}; accepted: from 0 to 1000")
            self.workers.send({"do": "rate", "fit": name, "factor": number})
            return
        if what == "stop":
            fit.state = "stopping"
            fit.version += 1
        self.workers.send({"do": what, "fit": name})
        self.changed()

    def set_pace(self, pace: float) -> None:
        """Frames a second, of all fits."""
        if not PACES[0] <= pace <= PACES[1]:
            raise UsageError(f"{pace:g} frames a second; accepted: {PACES[0]:g} to {PACES[1]:g}")
        self.pace = pace
        viewers, self._viewers = self._viewers, -1
        self.watch(max(0, viewers))
        self.changed()

    def watch(self, viewers: int) -> None:
        """So many pages are looking: without any, no frames are drawn."""
        if (viewers > 0) != (self._viewers > 0) or self._viewers < 0:
            self.workers.send({"do": "watch", "viewers": viewers, "pace": self.pace})
        self._viewers = viewers

    def want_key(self, name: str) -> None:
        """Somebody has missed frames of a fit and wants a whole one."""
        if self.fits[name].live:
            self.workers.send({"do": "key", "fit": name})

    def _next_job(self) -> None:
        self._end_demo()
        while self.queue and self.ready and not self.at_work:
            jobs = [job for name in self.queue[0] if (job := self._job(self.fits[name]))]
            if jobs:
                self.workers.send({"do": "fit", "jobs": jobs})  # or it is busy, and they wait
            self.queue.pop(0)
            self.at_work = [job["fit"] for job in jobs]
            for name in self.at_work:
                fit = self.fits[name]
                fit.state = "starting"
                fit.version += 1
                fit.facts.pop("more", None)
            self.changed()

    def _job(self, fit: Fit) -> dict[str, Any] | None:
        """What the process of the fits is told of one that begins; None where that can't be."""
        run = self.library.folder / f"{fit.name}.run"
        try:
            if fit.facts.get("demo"):
                job = new_job(self.library, fit, run)
                job |= {"run": None, "output": None}
                job["options"]["frames"] = 0
            elif os.path.isdir(run):
                more = fit.facts.get("more", 0)
                job = {"resume": True, "run": str(run), "more": more, "from_here": True}
            else:
                job = new_job(self.library, fit, run)
        except RedrawError as error:  # what it was to learn was removed while it waited
            fit.hear({"event": "failed", "error": str(error)})
            return None
        return {"fit": fit.name, **job}

    def demo(self) -> list[str]:
        """Let a few presets race for the cub, nothing of it kept; the names of the fits.

        It makes room for whatever else is asked for.

        Raises:
            BusyError: something is at work.
        """
        if not self.ready or self.at_work or self.queue:
            raise BusyError("The studio is at work; ask again when it has time.")
        names = []
        for model in FIRST_RACE:
            name = f"demo:{model}"  # no file is called so
            asked = {"picture": "cub", "model": model, "options": {"seconds": DEMO_SECONDS}}
            facts = {"model": model, "source": "cub", "signal": "picture", "demo": True}
            new = Fit(name, asked=asked, facts=facts)
            if before := self.fits.get(name):  # pages that know it have to see that it is another
                new.version = before.version + 1
            self.fits[name] = new
            names.append(name)
        for name in names:
            self.fits[name].race = names
        self.queue.append(names)
        self._next_job()
        return names

    def _end_demo(self) -> None:
        """Somebody wants something else."""
        known = [self.fits[name] for name in self.at_work if name in self.fits]
        if self.queue and all(fit.facts.get("demo") for fit in known):
            for fit in known:
                if fit.live and fit.state != "stopping":
                    self.steer(fit.name, "stop", None)

    async def plan(self, wanted: dict[str, Any], model: str) -> dict[str, Any]:
        """What a fit would be; see `redraw.studio.fit_plan`."""
        asked = subject_of(self.library, wanted)
        for key in ("options", "settings", "max_side", "threshold"):
            asked[key] = wanted.get(key)
        return await self.drawing.ask("fit_plan", asked=asked, model=model)

    async def _check(self, wanted: dict[str, Any], models: list[str]) -> None:
        for model in models:
            for name, error in (await self.plan(wanted, model)).get("errors", {}).items():
                raise RefusedFieldError(error, name)

    # --- looking ----------------------------------------------------------------------------------

    async def open(self, name: str) -> Fit:
        """A fit by its name; one that only lies in the folder is looked at.

        Raises:
            RedrawError: there is none.
        """
        fit = self.fits.get(name)
        if fit is not None and fit.state != "elsewhere":
            return fit
        run = self.library.run(name)
        found = await self.drawing.ask("describe_run", path=str(run))
        self.library.run(name)  # which may have been removed meanwhile
        fit = self.fits.setdefault(name, Fit(name, state="elsewhere"))
        if fit.state != "elsewhere":  # or somebody else has opened it, or let it learn on
            return fit
        sizes = {
            "source_bytes": self.library.bytes_of(found["source"]),
            "field_bytes": self.library.bytes_of(f"{name}.redraw"),
        }
        fit.describe({**found, **{key: size for key, size in sizes.items() if size}})
        self._forget_old()
        self.changed()
        return fit

    def known_function(self, name: str) -> str:
        """A built-in function by its name; raises UsageError."""
        if name not in self.functions:
            known = ", ".join(self.functions)
            raise UsageError(f"unknown function {name[:40]!r}; accepted: {known}")
        return name

    @property
    def functions(self) -> list[str]:
        """The names of the built-in functions."""
        return [function["name"] for function in self.catalogue.get("functions", [])]

    def known(self, name: str) -> Fit:
        """A fit that is known here; raises RunError."""
        if name not in self.fits:
            raise RunError(f"there is no fit {name[:60]!r} in this studio")
        return self.fits[name]

    def _forget_old(self) -> None:
        ended = [n for n, f in self.fits.items() if not f.live and f.state != "queued"]
        for name in ended[:-MOST_REMEMBERED]:
            del self.fits[name]

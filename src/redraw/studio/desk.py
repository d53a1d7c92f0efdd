"""The studio behind its pages: the queue, the fits, and what each page may ask for.

Everything here runs on the server's event loop; what takes time happens in the two processes.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redraw.errors import PictureError, RedrawError, RunError, UsageError
from redraw.fitting.plan.chosen_presets import FIRST_RACE
from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS
from redraw.studio.fit import Fit
from redraw.studio.library import Library
from redraw.studio.pool import DrawingPool, FullDiskError
from redraw.studio.processes import BusyError, Fits
from redraw.studio.snapshots import Cache, Snapshots

MAX_PIXELS = 50_000_000  # of a picture that comes through the page
MOST_RACERS = 4
MOST_QUEUED = 20
MOST_REMEMBERED = 40  # fits that ended, beside those on the disk
SHOWN_BYTES = 48 * 2**20  # of pictures as PNG that are kept in memory
LOSSLESS = (".png", ".tif", ".tiff", ".exr", ".hdr")  # endings that a part of a picture may keep
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
        self._shown = Cache(SHOWN_BYTES)
        self._viewers = -1
        self.workers = Fits(self.hear, self.lost)
        self.drawing = DrawingPool()
        self.drawing.changed = lambda: self.changed()

    def close(self) -> None:
        """Save every fit, end the processes."""
        self.drawing.close()
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
                self.snapshots.answer(fit.name, news["step"])
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
            fit = self.fits[name]
            if fit.live:
                saved = fit.facts.get("saved")
                went_on = f" Resume it from step {saved:,}." if saved else " Resume it."
                fit.hear({"event": "failed", "error": f"The fit's process ended ({how}).{went_on}"})
            self.snapshots.answer(name, RunError("the fit's process has ended"))
        self.at_work = []
        self.changed()

    # --- starting and steering --------------------------------------------------------------------

    async def begin(self, wish: dict[str, Any]) -> list[str]:
        """Queue a fit, or a race of several presets; returns their names.

        Args:
            wish: "picture" or "function" (a name), "models" (one to four presets), and as they
                are wanted "max_side", "threshold", "options" (steps, seconds, psnr, seed) and
                "settings".

        Raises:
            RedrawError: it can't be done.
        """
        known = [preset["name"] for preset in self.catalogue.get("presets", [])]
        models = wish["models"]
        if not 1 <= len(models) <= MOST_RACERS or len(set(models)) != len(models):
            raise UsageError(f"{len(models)} presets are to race; accepted: 1 to {MOST_RACERS}")
        for model in models:
            if known and model not in known:
                raise UsageError(f"unknown preset {model[:40]!r}; accepted: {', '.join(known)}")
        if len(self.queue) >= MOST_QUEUED:
            raise UsageError(f"{MOST_QUEUED} fits are waiting already; wait for some of them")
        subject, source, signal = self._subject(wish)
        await self._check(wish, models)
        names = self.library.new_names(subject, models, set(self.fits))
        race = names if len(names) > 1 else []
        for name, model in zip(names, models, strict=True):
            asked = {**wish, "model": model}
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
        fit = self._known(name)
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
        if self.at_work or not self.queue or not self.ready:
            return
        self.at_work = self.queue.pop(0)
        jobs = []
        for name in self.at_work:
            fit = self.fits[name]
            fit.state = "starting"
            fit.version += 1
            run = self.library.folder / f"{name}.run"
            if fit.facts.get("demo"):
                job = self._new_job(fit, run)
                job |= {"run": None, "output": None}
                job["options"]["frames"] = 0
            elif os.path.isdir(run):
                more = fit.facts.pop("more", 0)
                job = {"resume": True, "run": str(run), "more": more, "from_here": True}
            else:
                job = self._new_job(fit, run)
            jobs.append({"fit": name, **job})
        self.workers.send({"do": "fit", "jobs": jobs})
        self.changed()

    def _new_job(self, fit: Fit, run: Path) -> dict[str, Any]:
        asked = fit.asked
        return {
            **self.subject_of(asked),
            "timed": len(fit.race) > 1,
            "max_side": asked.get("max_side"),
            "threshold": asked.get("threshold"),
            "options": {**asked.get("options", {}), "model": asked["model"]},
            "settings": asked.get("settings", {}),
            "run": str(run),
            "output": str(run.with_suffix(".redraw")),
        }

    def demo(self) -> list[str]:
        """Let a few presets race for the cub, nothing of it kept; the names of the fits.

        It makes room for whatever else is asked for.

        Raises:
            BusyError: something is at work.
        """
        if not self.ready or self.at_work or self.queue:
            raise BusyError("the studio is at work; ask again when it has time")
        names = []
        for model in FIRST_RACE:
            name = f"demo:{model}"  # no file is called so
            asked = {"picture": "cub", "model": model, "options": {"seconds": DEMO_SECONDS}}
            facts = {"model": model, "source": "cub", "signal": "picture", "demo": True}
            new = Fit(name, asked=asked, facts=facts)
            if before := self.fits.get(name):  # pages that know it have to see that it is another
                new.version, new.epoch = before.version + 1, before.epoch + 1
            self.fits[name] = new
            names.append(name)
        for name in names:
            self.fits[name].race = names
        self.queue.append(names)
        self._next_job()
        return names

    def _end_demo(self) -> None:
        """Somebody wants something else."""
        if self.queue and all(self.fits[name].facts.get("demo") for name in self.at_work):
            for name in self.at_work:
                if self.fits[name].live and self.fits[name].state != "stopping":
                    self.steer(name, "stop", None)

    async def plan(self, wish: dict[str, Any], model: str) -> dict[str, Any]:
        """What a fit would be; see `redraw.studio.fit_plan`."""
        asked = {**self.subject_of(wish), "options": wish["options"], "settings": wish["settings"]}
        for key in ("max_side", "threshold"):
            asked[key] = wish.get(key)
        return await self.drawing.ask("fit_plan", asked=asked, model=model)

    async def _check(self, wish: dict[str, Any], models: list[str]) -> None:
        for model in models:
            for name, error in (await self.plan(wish, model)).get("errors", {}).items():
                raise RefusedFieldError(error, name)

    def subject_of(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What of a wish says what is learned, names of files as paths."""
        if asked.get("table"):
            path = str(self.library.table(asked["table"]))
            return {"table": path, "inputs": asked.get("inputs"), "targets": asked.get("targets")}
        for key in ("function", "formula"):
            if asked.get(key):
                return {key: asked[key], "domain": asked.get("domain")}
        return {"picture": str(self.library.picture(asked["picture"]))}

    def _subject(self, wish: dict[str, Any]) -> tuple[str, str, str]:
        """A name to call fits by, what is learned by its name, and "picture" or "table"."""
        if wish.get("table"):
            return wish["table"], self.library.table(wish["table"]).name, "table"
        if wish.get("formula"):
            name = re.sub(r"\W+", "-", wish["formula"])[:32].strip("-")
            return name or "function", wish["formula"], "table"
        if wish["function"]:
            return self.known_function(wish["function"]), wish["function"], "table"
        return wish["picture"], self.library.picture(wish["picture"]).name, "picture"

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
        fit = self.fits.setdefault(name, Fit(name))
        sizes = {
            "source_bytes": self.library.bytes_of(found["source"]),
            "field_bytes": self.library.bytes_of(f"{name}.redraw"),
        }
        fit.describe({**found, **{key: size for key, size in sizes.items() if size}})
        self._forget_old()
        self.changed()
        return fit

    def original(self, name: str) -> tuple[str, int | None]:
        """Where the picture of a fit is, and to which side it is shrunk.

        Raises:
            RedrawError: there is none.
        """
        fit = self.fits.get(name)
        if fit and fit.facts.get("signal", "picture") != "picture":
            raise PictureError(f"{name} learns a function; there is no picture of it")
        try:
            kept = self.library.run(name) / "picture.safetensors"
            if kept.exists():
                return str(kept), None
        except RunError:
            pass
        asked = self._known(name).asked
        return str(self.library.picture(asked.get("picture") or "")), asked.get("max_side")

    async def take_picture(self, upload: Path, wanted: str) -> dict[str, Any]:
        """Let a file that was uploaded into the folder be one of its pictures; what it is.

        Args:
            upload: The file, in the folder under a name that nobody sees.
            wanted: What the page calls it.

        Raises:
            RedrawError: it is no picture, or is too large.
        """
        if same := self.library.same_as(upload, wanted):
            return await self.inspect(same.name)
        place = self.library.place_for(wanted)
        try:
            found = await self.drawing.ask("inspect", path=str(upload), max_pixels=MAX_PIXELS)
        except FullDiskError:
            raise
        except RedrawError as error:
            told = str(error).replace(str(upload), place.name).replace(upload.name, place.name)
            raise PictureError(told.replace("--max-pixels", "redraw fit --max-pixels")) from None
        place = self.library.place_for(wanted)  # somebody else may have taken it meanwhile
        os.replace(upload, place)
        return {"name": place.name, **found}

    async def crop(self, name: str, box: list[int], turns: int) -> dict[str, Any]:
        """A part of a picture, turned by quarters, as a picture of its own; what that is."""
        path = self.library.picture(name)
        ending = path.suffix if path.suffix.lower() in LOSSLESS else ".png"
        place = self.library.place_for(f"{Path(name).stem}-part{ending}")
        scratch = self.library.scratch(ending)
        try:
            found = await self.drawing.ask(
                "crop",
                path=str(path),
                out=str(scratch),
                box=box,
                turns=turns,
                max_pixels=DEFAULT_MAX_PIXELS,
            )
            os.replace(scratch, place)
        finally:
            scratch.unlink(missing_ok=True)
        return {"name": place.name, **found}

    async def shown(self, question: str, path: str, **how: Any) -> bytes:
        """A picture as PNG, from memory if nothing of it has changed."""
        found = os.stat(path)
        key = (question, found.st_ino, found.st_mtime_ns, found.st_size, *how.values())
        return await self._shown.get(key, lambda: self.drawing.ask(question, path=path, **how))

    async def list_folder(self) -> dict[str, Any]:
        """What lies in the folder; of fits that are known here their state here."""
        found = await self.drawing.ask("list_folder", folder=str(self.library.folder))
        for run in found["runs"]:
            if (fit := self.fits.get(run["name"])) and (fit.live or fit.state == "queued"):
                run["state"] = fit.state
        return found

    def delete(self, what: str, name: str) -> None:
        """Remove something from the folder: see `Library.delete`.

        Raises:
            RedrawError: there is none, or it is at work.
        """
        fit = self.fits.get(name)
        if what == "fit" and fit and (fit.live or fit.state == "queued"):
            raise UsageError(f"{name} is at work; stop it first")
        self.library.delete(what, name)
        if what == "fit":
            self.fits.pop(name, None)
            self.snapshots.forget(name)
        self.changed()

    def rename(self, name: str, wanted: str) -> str:
        """Give a fit that is not at work another name; which it is.

        Raises:
            RedrawError: that can't be done.
        """
        fit = self.fits.get(name)
        if fit and (fit.live or fit.state == "queued"):
            raise UsageError(f"{name} is at work; stop it first")
        new = self.library.rename(name, wanted, set(self.fits))
        if fit and new != name:
            del self.fits[name]
            fit.name, fit.race = new, []
            fit.version += 1
            self.fits[new] = fit
            self.snapshots.forget(name)
            self.changed()
        return new

    async def inspect(self, name: str) -> dict[str, Any]:
        """What a picture of the folder is, or a bundled one."""
        path = self.library.picture(name)
        found = await self.drawing.ask("inspect", path=str(path), max_pixels=DEFAULT_MAX_PIXELS)
        return {"name": name, **found}

    def known_function(self, name: str) -> str:
        """A built-in function by its name; raises UsageError."""
        known = [function["name"] for function in self.catalogue.get("functions", [])]
        if name not in known:
            raise UsageError(f"unknown function {name[:40]!r}; accepted: {', '.join(known)}")
        return name

    def _known(self, name: str) -> Fit:
        if name not in self.fits:
            raise RunError(f"there is no fit {name[:60]!r} in this studio")
        return self.fits[name]

    def _forget_old(self) -> None:
        ended = [n for n, f in self.fits.items() if not f.live and f.state != "queued"]
        for name in ended[:-MOST_REMEMBERED]:
            del self.fits[name]

"""The process in which fits run: one job at a time, of one fit or of several that race.

Racers take turns in one process: whoever has had the least fitting time goes next. So each has
the whole machine while it steps, and all are compared after the same seconds.

The server sends what to do; events come back as they are everywhere, and pictures now and then.
When the server is gone, the fits are saved and the process ends.
"""

import dataclasses
import math
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw import memory
from redraw.errors import RedrawError
from redraw.storage.plain_json import finite
from redraw.studio.messages import pack, unpack

if TYPE_CHECKING:
    from redraw.fitting.run.events import Event
    from redraw.fitting.run.run import Run

# Glances between two pictures: so many times does the loop look whether something is due.
LOOKS = 4
# Seconds between glances that nobody draws for, and between those that are told.
IDLE_GLANCE, TOLD = 0.1, 0.1
# The share of a race's seconds at the end in which plans grow no shorter.
LAST_SECONDS = 0.03


def main(pipe: Connection) -> None:
    """Serve until the server is gone."""
    # Ctrl-C, a closed terminal and the request to end are the server's, which tells us; and when it
    # is gone, the pipe says so.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    fit_worker = FitWorker(pipe)
    fit_worker.warm_up()
    fit_worker.serve()


class Racer:
    """One fit of the job.

    Args:
        name: Of the fit.
        run: It.
        timed: Whether it races by the clock: its plan follows its pace, so that its seconds are
            neither left over nor end it before its rate has come down.
    """

    def __init__(self, name: str, run: "Run", *, timed: bool = False) -> None:
        from redraw.signals.kinds import kind_of

        self.name, self.timed = name, timed
        self.attach(run)
        self.preview = kind_of(run.signal).part("view")(name, run.subject)
        self.pausing = self.paused = False
        self.more = 0  # steps to extend by, once it has stopped
        self.due = self.told = 0.0
        self.psnr: tuple[float, float | None] = (0.0, None)
        self.recent = Recent()
        self.reported = math.inf  # the last step whose progress its run logs

    def attach(self, run: "Run") -> None:
        """Follow this run from now on."""
        self.run = run
        run.timed = self.timed
        self.events: Iterator[Event] = run.events()
        self.begun = run.at.seconds

    @property
    def spent(self) -> float:
        """Fitting seconds in this job."""
        return self.run.at.seconds - self.begun

    def keep_time(self) -> None:
        """Plan as many steps as the seconds that are left allow, at the pace so far.

        A plan that was made from the first steps alone ended races after 3.5 to 6 seconds where 5
        were asked for. A solver that has no plan in steps is left alone.
        """
        at, limit = self.run.at, self.run.config.stops.seconds
        most = self.run.config.train.most_steps
        if not (self.timed and limit and at.limited and at.total and at.step):
            return
        if not self.run.state.goes_back:
            return
        left = max(0.0, limit - at.seconds)
        if left < LAST_SECONDS * limit:
            left = 2.0 * LAST_SECONDS * limit  # from here on only the clock may end it
        at.total = at.step + max(1, math.ceil(left * at.step / at.seconds))
        if most:
            at.total = min(at.total, max(most, at.step))


class Recent:
    """The error of the steps since one looked last.

    A run's own estimate is a mean since its last logged progress, which lies thousands of steps
    back in a long run: whoever has just changed the rate would be shown what no longer holds.
    """

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    def psnr(self, run: "Run") -> float | None:
        """In dB, of the batches; None if there was no step."""
        from redraw.fitting.run.reports import psnr_of

        at = run.at
        if at.summed < self._count:  # it was logged meanwhile, and its sums begin anew
            self._sum, self._count = 0.0, 0
        error, count = at.error_sum - self._sum, at.summed - self._count
        self._sum, self._count = at.error_sum, at.summed
        return psnr_of(error / count) if count else None


class FitWorker:
    """Runs jobs, and does what it is told meanwhile."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self.racers: list[Racer] = []
        self.gone = False  # the server
        self.watched = False
        self.pace = 10.0
        self.keys: set[str] = set()  # fits of which somebody wants a whole canvas

    def warm_up(self) -> None:
        """Load everything a fit needs, so that the first one starts at once.

        Fits can begin when one preset's kernels are there. The others' follow as long as nobody
        asks for anything: where they have to be compiled, that takes minutes on a busy machine.
        """
        import numpy as np

        from redraw.fitting.api import fit
        from redraw.fitting.plan.presets import PRESETS
        from redraw.studio.catalogue import catalogue

        self.tell({"event": "catalogue", **catalogue()})
        ready = False
        for name, preset in PRESETS.items():
            if not (preset.suits and preset.is_for("picture")):
                continue  # it is seldom the first
            if ready:
                self.listen(wait=False)
                if self.racers or self.gone:
                    return
            fit(np.eye(16, dtype=np.float32), model=name, steps=2)
            if not ready:
                self.tell({"event": "ready"})
            ready = True

    def serve(self) -> None:
        """The loop: listen, let the racer whose turn it is go on a little."""
        while not self.gone:
            ready = [racer for racer in self.racers if not racer.paused]
            self.listen(wait=not ready)
            ready = [racer for racer in self.racers if not racer.paused]
            if ready and not self.gone:
                self.advance(min(ready, key=lambda racer: racer.spent))
        for racer in list(self.racers):  # a checkpoint each, and out
            racer.run.stop()
            while racer in self.racers:
                self.advance(racer)

    # --- what the server says ---------------------------------------------------------------------

    def listen(self, *, wait: bool) -> None:
        """Do what has been asked for; wait for something if there is nothing else to do."""
        while True:
            try:
                if not self.pipe.poll(None if wait else 0.0):
                    return
                order, _ = unpack(self.pipe.recv_bytes())
            except (EOFError, OSError):
                self.gone = True
                return
            self.obey(order)
            wait = False

    def obey(self, order: dict[str, Any]) -> None:
        """One order."""
        what = order["do"]
        if what == "fit":
            for job in order["jobs"]:
                self.begin(job)
            self._done_if_empty()
        elif what == "watch":
            self.watched, self.pace = bool(order["viewers"]), float(order["pace"])
            self._set_glances()
        elif what == "key":
            self.keys.add(order["fit"])
        elif what == "leave":
            self.gone = True
        else:
            for racer in [r for r in self.racers if r.name == order["fit"]]:
                self._steer(racer, what, order)

    def _steer(self, racer: Racer, what: str, order: dict[str, Any]) -> None:
        try:
            if what == "pause" and not racer.paused:
                racer.pausing = True
                racer.run.save()  # a pause may last, and the machine may be switched off
            elif what == "go":
                racer.pausing = racer.paused = False
                self.tell({"event": "going", "fit": racer.name})
            elif what == "stop":
                racer.pausing = racer.paused = False
                racer.run.stop()
            elif what == "rate":
                factor = float(order["factor"])
                racer.run.change_rate(factor)
                if racer.paused:  # the run says so with its next step, but pages want to know now
                    self.tell({"event": "rate", "fit": racer.name, "rate_factor": factor})
            elif what == "extend":
                racer.pausing = racer.paused = False
                racer.more += int(order["more"])
                racer.run.stop()
            elif what == "snapshot":
                racer.run.fitted(*racer.psnr).save(order["path"], force=True)
                news = {"event": "snapshot", "fit": racer.name, "step": racer.run.at.step}
                self.tell({**news, "path": order["path"]})
        except RedrawError as error:
            self.tell({"event": "refused", "fit": racer.name, "error": str(error)})

    def begin(self, job: dict[str, Any]) -> None:
        """Start or continue a fit, and show its first picture."""
        try:
            run = _resume(job) if job.get("resume") else self._start(job)
            racer = Racer(job["fit"], run, timed=bool(job.get("timed")))
        except Exception as error:
            self.fail(job["fit"], error)
            return
        self.racers.append(racer)
        self._set_glances()
        self.draw(racer, key=True)

    def _start(self, job: dict[str, Any]) -> "Run":
        """A new fit; the page hears of a frame that is there before its run."""
        from redraw.fitting.plan.planning import prepare
        from redraw.fitting.start import start_fit
        from redraw.studio.named import signal_of

        signal = signal_of(job)
        plan = prepare(
            signal, settings=job["settings"], run=job["run"], output=job["output"], **job["options"]
        )
        return start_fit(
            signal,
            plan,
            job["run"],
            on_frame=lambda event: self.tell({**event.to_json(), "fit": job["fit"]}),
        )

    # --- the fits -------------------------------------------------------------------------------

    def advance(self, racer: Racer) -> None:
        """Let one racer go on to its next event."""
        try:
            self.heard(racer, next(racer.events))
        except StopIteration:
            self.ended(racer)
        except Exception as error:
            self.remove(racer)
            self.fail(racer.name, error)
            self._done_if_empty()

    def heard(self, racer: Racer, event: "Event") -> None:
        """Pass an event on; draw when it is time to; pause when a pause was asked for."""
        from redraw.fitting.run.events import Evaluated, Finished

        now = time.monotonic()
        if isinstance(event, Evaluated | Finished):
            racer.psnr = event.psnr, event.iou
        if event.kind == "progress":
            racer.keep_time()
        elif event.kind in ("started", "planned"):
            racer.reported = racer.run.at.total or math.inf
        if event.kind == "progress" and not event.logged:
            if now - racer.told >= TOLD:
                racer.told = now
                glance = {**event.to_json(), "event": "glance", "fit": racer.name}
                if (psnr := racer.recent.psnr(racer.run)) is not None:
                    glance["psnr"] = psnr
                if (
                    glance["step"] > racer.reported
                ):  # its log ends with its first plan, not its curves
                    glance["event"] = "progress"
                self.tell(glance)
        elif not (event.kind == "finished" and racer.more):
            news = {**event.to_json(), "fit": racer.name}
            if isinstance(event, Finished) and event.field is not None and event.field.is_file():
                news["field_bytes"] = event.field.stat().st_size
            self.tell(news)
        if event.kind == "checkpoint" and racer.pausing:
            racer.pausing, racer.paused = False, True
            self.measure(racer)
            self.finish_drawing(racer)
            self.tell({"event": "paused", "fit": racer.name, "step": racer.run.at.step})
        elif self.watched and now >= racer.due:
            racer.due = max(racer.due + 1.0 / self.pace, now)
            self.draw(racer, key=racer.name in self.keys)
            self.keys.discard(racer.name)
            racer.due = max(racer.due, now + racer.preview.rest)

    def measure(self, racer: Racer) -> None:
        """How good it is as it stands: what stands beside a picture has to be true of it."""
        from redraw.metrics import BEST_PSNR

        at, found = racer.run.at, racer.run.measure()
        racer.psnr = found.psnr, found.iou
        news = {"event": "evaluation", "fit": racer.name, "step": at.step, "seconds": at.seconds}
        psnr = min(found.psnr, BEST_PSNR)
        self.tell({**news, "psnr": psnr, "iou": found.iou, "scores": found.scores})

    def ended(self, racer: Racer) -> None:
        """A run is over, unless it was stopped only to be extended."""
        if racer.more and not self.gone:
            try:
                assert racer.run.folder is not None
                racer.attach(_resume({"run": racer.run.folder.path, "more": racer.more}))
                racer.more = 0
                self._set_glances()
                return
            except Exception as error:
                self.remove(racer)
                self.fail(racer.name, error)
        else:
            self.remove(racer)
            self.finish_drawing(racer)
            self.tell({"event": "over", "fit": racer.name})
        self._done_if_empty()

    def remove(self, racer: Racer) -> None:
        """It takes no further part."""
        self.racers.remove(racer)
        self._set_glances()

    def fail(self, name: str, error: Exception) -> None:
        """Say why a fit can't go on; what was not foreseen leaves its trace for the developer."""
        message = memory.RAN_OUT if memory.ran_out(error) else str(error)
        if not (isinstance(error, RedrawError) or memory.ran_out(error)):
            traceback.print_exception(error, file=sys.stderr)
            message = f"a bug: {error!r}"
        self.tell({"event": "failed", "fit": name, "error": message})

    def _done_if_empty(self) -> None:
        if not self.racers:
            self.tell({"event": "idle"})

    # --- pictures ---------------------------------------------------------------------------------

    def draw(self, racer: Racer, *, key: bool) -> None:
        """One frame, within this racer's part of the time that frames may take."""
        period = 1.0 / (self.pace * max(1, len(self.racers)))
        run = racer.run
        self.send(racer.preview.draw(run.drawer, run.at.step, period, key=key))

    def finish_drawing(self, racer: Racer) -> None:
        """The picture as it stands, drawn well."""
        self.send(racer.preview.finish(racer.run.drawer(), racer.run.at.step))

    def _set_glances(self) -> None:
        """How often the fits look up depends on how many pictures are wanted, and of how many."""
        many = max(1, len(self.racers))
        glance = 1.0 / (self.pace * LOOKS * many) if self.watched else IDLE_GLANCE
        for racer in self.racers:
            racer.run.glance = glance

    def tell(self, news: dict[str, Any]) -> None:
        """Say something to the server."""
        self.send(pack(finite(news)))

    def send(self, message: bytes) -> None:
        """A packed message."""
        try:
            self.pipe.send_bytes(message)
        except (BrokenPipeError, OSError):
            self.gone = True


def _resume(job: dict[str, Any]) -> "Run":
    from redraw.fitting.run.run import Run

    run = Run.resume(job["run"], job.get("more", 0), from_here=bool(job.get("from_here")))
    # The field file goes by the run's name, which may have been changed.
    run.config = dataclasses.replace(run.config, output=f"{Path(job['run']).stem}.redraw")
    return run

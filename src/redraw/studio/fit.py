"""What the server knows about one fit: enough to show it to a page that was just opened."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from redraw.scores import main_score
from redraw.studio.kinds import told_of

# Points of a curve that are kept; beyond, every second of the older ones goes.
MOST_POINTS = 1200
# Of curves: no two have one, so that a page never takes the points of one for those of another.
_epochs = itertools.count()
LIVE = ("running", "paused", "starting", "stopping")


@dataclass
class Fit:
    """One fit, or one that was opened.

    Attributes:
        name: Of its run folder and field file, without the ending.
        state: "queued", "starting", "running", "paused", "stopping", "finished", "stopped",
            "failed", or "elsewhere" (another process runs it).
        asked: What the page asked for: picture or function, max_side, threshold, options, settings.
        race: Names of the fits it races with, itself included; empty if alone.
        facts: What `started`, `finished` and others told last, merged.
        curve: [step, seconds, loss, estimated PSNR, rate] of logged progress.
        measured: [step, seconds, PSNR, IoU, score] of the whole picture, or of a table's rows.
        frames: Steps of the saved frames.
        error: Why it ended, in words.
        notes: Things to tell the user.
        version: Grows with every change, so that pages know what is new.
        epoch: Another whenever points were taken away from the curve; of another fit of the same
            name, too.
        picture: The newest frame as a message; only that one is kept.
        number: Of the newest frame.
    """

    name: str
    state: str = "queued"
    asked: dict[str, Any] = field(default_factory=dict)
    race: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    curve: list[list[float | None]] = field(default_factory=list)
    measured: list[list[float | None]] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    error: str = ""
    notes: list[str] = field(default_factory=list)
    version: int = 0
    epoch: int = field(default_factory=lambda: next(_epochs))
    picture: bytes = b""
    number: int = 0

    @property
    def live(self) -> bool:
        """Whether its process is at work on it, or holding it."""
        return self.state in LIVE

    def hear(self, news: dict[str, Any]) -> None:
        """Take an event in."""
        self.version += 1
        kind = news["event"]
        if kind == "started":
            self.state = "running"
            self._merge(
                news, "model parameters pixels width height step steps engine device signal"
            )
            self.notes = list(news["notes"])
        elif kind in ("progress", "glance"):
            self.facts.pop("learning", None)
            self._merge(news, "step steps loss psnr rate seconds remaining points_per_second")
            if kind == "progress":
                keys = ("step", "seconds", "loss", "psnr", "rate")
                self.curve.append([news[key] for key in keys])
                self._bound()
        elif kind == "planned":
            self._merge(news, "steps")
        elif kind == "finishing":
            self._merge(news, "learning")
        elif kind == "evaluation":
            self._measure(news)
        elif kind == "frame":
            self.frames = sorted({*self.frames, news["step"]})
        elif kind == "checkpoint":
            self.facts["saved"] = news["step"]
        elif kind in ("rate", "rollback"):
            self.facts["rate_factor"] = news["rate_factor"]
            if kind == "rollback":
                self._cut(news["to_step"])
                self.notes.append(
                    f"The loss became infinite at step {news['step']:,}; went back to step"
                    f" {news['to_step']:,} with half the rate."
                )
        elif kind == "paused":
            self.state = "paused"
            self._merge(news, "step")
        elif kind == "going":
            self.state = "running"
        elif kind == "finished":
            self.facts["step"] = news["steps"]
            self._merge(news, "seconds parameters reason compared")
            self.facts["remaining"] = 0.0
            self.facts.pop("learning", None)
            self._measure({**news, "step": news["steps"]})
            self.facts["field_bytes"] = news.get("field_bytes")
            self.state = "stopped" if news["reason"] == "stopped" else "finished"
        elif kind in ("failed", "refused"):
            self.error = news["error"]
            if kind == "failed":
                self.state = "failed"

    def describe(self, found: dict[str, Any]) -> None:
        """Take in what the drawing_worker says about its run folder."""
        self.version += 1
        self.epoch = next(_epochs)
        self.state = found["state"]
        self._merge(
            found,
            "model source width height pixels parameters step steps seconds signal reason"
            " field_bytes source_bytes",
        )
        self.facts["rate_factor"] = found["rate_factor"]
        self.facts["saved"] = found["step"]
        self.frames = found["frames"]
        self.curve, self.measured = [], []
        for entry in found["log"]:
            if entry.get("event") in ("progress", "evaluation", "rollback"):
                if entry["event"] == "progress":
                    keys = ("step", "seconds", "loss", "psnr", "rate")
                    self.curve.append([entry.get(key) for key in keys])
                    self._merge(entry, "loss psnr rate points_per_second")
                elif entry["event"] == "evaluation":
                    self._measure(entry)
                else:
                    self._cut(entry["to_step"])
        self._bound()

    def brief(self) -> dict[str, Any]:
        """All but the curves, as JSON."""
        return {
            "name": self.name,
            "state": self.state,
            "race": self.race,
            "asked": self.asked,
            "frames": self.frames,
            "error": self.error,
            "notes": self.notes,
            "measured": self.measured,
            "number": self.number,
            **told_of(self.facts.get("signal", "picture")),
            **self.facts,
        }

    def _merge(self, news: dict[str, Any], keys: str) -> None:
        self.facts |= {key: news[key] for key in keys.split() if key in news}

    def _measure(self, news: dict[str, Any]) -> None:
        self.facts["best"] = news["psnr"]
        self.facts["iou"] = news.get("iou")
        score = None
        if news.get("scores"):
            label, score, told = main_score(news["scores"])
            self.facts["score"] = {"name": label, "told": told}
        point = [news["step"], news.get("seconds"), news["psnr"], news.get("iou"), score]
        self.measured = [p for p in self.measured if p[0] != news["step"]] + [point]
        del self.measured[:-MOST_POINTS]

    def _cut(self, step: int) -> None:
        """Forget what came after a step that was gone back to."""
        self.epoch = next(_epochs)
        self.curve = [point for point in self.curve if (point[0] or 0) <= step]
        self.measured = [point for point in self.measured if (point[0] or 0) <= step]

    def _bound(self) -> None:
        while len(self.curve) > MOST_POINTS:
            self.epoch = next(_epochs)
            recent = self.curve[-MOST_POINTS // 2 :]
            self.curve = self.curve[: -MOST_POINTS // 2 : 2] + recent

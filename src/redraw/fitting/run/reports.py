"""What a run says of itself: how it starts, goes and ends, and what its field file tells."""

from typing import Any

from redraw.fitting.plan.schedule import milestones
from redraw.fitting.run.events import Finished, Progress, Started
from redraw.fitting.run.guard import Verdict
from redraw.fitting.run.parts import Parts
from redraw.fitting.subject.subject import Quality
from redraw.metrics import psnr_of
from redraw.storage.about import About

# Logged progress: about this many evenly spaced steps, and these many geometrically spaced ones.
EVEN_REPORTS, GEOMETRIC_REPORTS = 200, 40


def report_steps(total: int) -> set[int]:
    """Steps whose progress is logged; they depend on the plan alone."""
    every = max(1, total // EVEN_REPORTS)
    return {*range(every, total + 1, every), *milestones(total, GEOMETRIC_REPORTS), total}


def started(run: Parts) -> Started:
    """What is about to be done, by what."""
    return Started(
        model=run.config.model,
        parameters=run.field.parameter_count,
        pixels=run.samples.count,
        width=run.subject.size[0],
        height=run.subject.size[1],
        step=run.at.step,
        steps=run.at.total,
        engine=run.engine.name,
        refusals=run.refusals,
        device=run.device,
        run=run.folder.path if run.folder else None,
        notes=run.notes,
        signal=run.subject.kind,
    )


def progress(run: Parts, kind: type[Progress]) -> Progress:
    """How it goes, by the steps since the last logged progress.

    Args:
        run: Which.
        kind: `Progress`, which is logged, or `Glance`.
    """
    at = run.at
    summed = max(1, at.summed)
    per_step = at.seconds / max(1, at.step)
    return kind(
        step=at.step,
        steps=at.total,
        loss=at.loss_sum / summed,
        psnr=psnr_of(at.error_sum / summed),
        rate=run.rate(max(0, at.step - 1)),
        seconds=at.seconds,
        remaining=per_step * (at.total - at.step),
        points_per_second=run.batches.batch / per_step if per_step else 0.0,
    )


def finished(run: Parts, found: Quality, verdict: Verdict | None = None) -> Finished:
    """How it ended.

    Args:
        run: Which.
        found: How good the field is that it ends with.
        verdict: It beside plain interpolation.
    """
    return Finished(
        reason=run.at.done,
        psnr=found.psnr,
        iou=found.iou,
        steps=run.at.step,
        seconds=run.at.seconds,
        parameters=run.field.parameter_count,
        engine=run.engine.name,
        field=run.output if run.at.done != "stopped" else None,
        run=run.folder.path if run.folder else None,
        scores=found.scores,
        compared=verdict.to_json() if verdict else None,
        clock=run.clock.spent if run.clock else None,
        starting=run.clock.starting if run.clock else None,
    )


def about(run: Parts, found: Quality) -> About:
    """What the field file says beside the parameters."""
    made: dict[str, Any] = {
        "model": run.config.model,
        "source": run.signal.name,
        "steps": run.at.step,
        "seconds": round(run.at.seconds, 3),
        "psnr": round(found.psnr, 4),
        "engine": run.engine.name,
        "seed": run.config.seed,
    }
    if found.iou is not None:
        made["iou"] = round(found.iou, 6)
    if run.state.keeps_best:
        made["best_step"] = run.at.best_step
    if found.scores is not None:
        made["scores"] = found.scores
    return run.subject.about(made)

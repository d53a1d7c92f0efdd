"""All that resuming a run needs: parameters, optimizer state, and a few numbers.

Everything else is a function of these and of the seed.
"""

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from redraw.engines.solvers import SOLVERS, fresh_state
from redraw.errors import FileFormatError, RunError
from redraw.fields import Field
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.plan.schedule import rate_at, sharpness_at
from redraw.storage.checkpoint import Checkpoint


@dataclass
class Progressing:
    """The numbers of a run's state; tensors aside, what a checkpoint holds.

    Attributes:
        step: Steps made.
        total: Planned steps; 0 while `--seconds` has not been turned into a plan.
        seconds: Fitting time.
        limited: Whether the limits of seconds and PSNR still count (not after an extension).
        rate_factor: On the learning rate; halved by each rollback.
        rollbacks: How many there were.
        loss_sum: Of the losses since the last logged progress.
        error_sum: Of the squared errors of the same steps.
        summed: How many steps that were.
        gap: Measured PSNR less the batches' own, in dB, when both were last known.
        best_step: When the best state so far was, if it is kept; -1 before any.
        best_loss: Its loss on the held-out rows; -1 before any.
        done: Why the run ended, or "".
    """

    step: int = 0
    total: int = 0
    seconds: float = 0.0
    limited: bool = True
    rate_factor: float = 1.0
    rollbacks: int = 0
    loss_sum: float = 0.0
    error_sum: float = 0.0
    summed: int = 0
    gap: float = 0.0
    best_step: int = -1
    best_loss: float = -1.0
    done: str = ""


class State:
    """Where a run stands.

    Args:
        field: The network.
        train: How it is trained.
        keep_best: Whether the parameters that were best on held-out rows are remembered.

    Attributes:
        field: The network, its parameters as they stand.
        optimizer: The optimizer's slots and steps.
        at: The numbers.
        keeps_best: Whether the best parameters are remembered.
        goes_back: Whether steps can go wrong and be made again at half the rate. Those of the
            solver without a rate can't: none is taken that makes it worse.
        begins_again: Whether they then start anew, from what the solver's closed form gives: no
            copy is kept meanwhile.
        fresh: Whether no checkpoint of it has been saved or taken back.
    """

    def __init__(self, field: Field, train: TrainConfig, *, keep_best: bool) -> None:
        self.field = field
        self.optimizer = fresh_state(field, train.optimizer_config)
        self.at = Progressing()
        self.keeps_best = keep_best
        self.goes_back = SOLVERS[train.optimizer].rated
        self.begins_again = SOLVERS[train.optimizer].begins_again
        self.fresh = True
        self._train = train
        self._best = {k: t.clone() for k, t in field.state_dict().items()} if keep_best else {}

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        train = self._train
        planned = rate_at(
            step,
            self.at.total,
            schedule=train.schedule,
            lr_max=train.lr_max,
            lr_min=train.lr_min,
            warmup=train.warmup,
        )
        return planned * self.at.rate_factor

    def sharpness(self, step: int) -> float:
        """The sharpness of a step."""
        train = self._train
        return sharpness_at(step, self.at.total, final=train.sharpen, until=train.sharpen_until)

    def remember(self, loss: float) -> None:
        """Keep the parameters as they stand, if none so far were better.

        Args:
            loss: Theirs on the held-out rows.
        """
        if self.at.best_step < 0 or loss < self.at.best_loss:
            self.at.best_step, self.at.best_loss = self.at.step, loss
            for name, tensor in self.field.state_dict().items():
                self._best[name].copy_(tensor)

    def best_field(self) -> Field:
        """A copy of the field with the parameters that were best."""
        field = copy.deepcopy(self.field)
        field.load_state_dict(self._best)
        field.sharpness = self.sharpness(max(0, self.at.best_step - 1))
        return field

    def is_finite(self) -> bool:
        """Whether all of it is; a loss only tells of the parameters before its step."""
        return all(all_finite(t) for t in self._tensors().values())

    def checkpoint(self) -> Checkpoint:
        """What a file keeps: the run's own tensors where they are on the CPU, not copies."""
        tensors = {name: t.detach().cpu() for name, t in self._tensors().items()}
        return Checkpoint(self.at.step, self._numbers(), tensors)

    def snapshot(self, old: Checkpoint | None = None) -> Checkpoint:
        """A copy in memory, to roll back to; in the memory of an older one, if there is one."""
        tensors = {name: t.detach() for name, t in self._tensors().items()}
        if old is None:
            kept = {name: t.clone() for name, t in tensors.items()}
        else:
            kept = dict(old.tensors)
            for name, t in tensors.items():
                kept[name].copy_(t)
        return Checkpoint(self.at.step, self._numbers(), kept)

    def begin_again(self) -> None:
        """As before the first step, but for the plan; the field has been put there already."""
        fresh = fresh_state(self.field, self._train.optimizer_config)
        for parameter, slots in fresh.slots.items():
            for name, tensor in slots.items():
                self.optimizer.slots[parameter][name].copy_(tensor)
        self.optimizer.steps = 0
        self.at = Progressing(total=self.at.total, limited=self.at.limited)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take back a checkpoint or snapshot, in place.

        Raises:
            FileFormatError: its numbers are not those of a state, or no fit has made them.
            RunError: its tensors are another configuration's.
        """
        # A checkpoint from before the best was kept says nothing of it.
        numbers = {"best_step": -1, "best_loss": -1.0, **checkpoint.header}
        steps = numbers.pop("optimizer_steps", None)
        known = {f.name: type(f.default) for f in fields(Progressing)}
        wrong = [name for name, kind in known.items() if type(numbers.get(name)) is not kind]
        if wrong or numbers.keys() != known.keys() or type(steps) is not int:
            name = (*wrong, *(numbers.keys() - known.keys()), "optimizer_steps")[0]
            raise FileFormatError(
                f"the checkpoint of step {checkpoint.step} is damaged, or of another version:"
                f" {name!r} in its state; start the fit again with --force"
            )
        own = self._tensors()
        tensors = self._renamed(checkpoint.tensors)
        if own.keys() != tensors.keys():
            raise RunError("the checkpoint holds other tensors than this configuration needs")
        for name, tensor in own.items():
            found = tensors[name]
            if found.shape != tensor.shape or found.dtype != tensor.dtype:
                raise RunError(f"the checkpoint's {name} has another shape or type")
            if not all_finite(found):  # none is saved with such
                raise FileFormatError(
                    f"the checkpoint of step {checkpoint.step} is damaged: its {name} is not finite"
                )
        # Where things are, if it is elsewhere than now: kernels believe it.
        moved = any(
            not torch.equal(own[name].cpu(), tensors[name].cpu())
            for name in (f"field.{name}" for name, _ in self.field.named_buffers())
            if name in own
        )
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(tensors[name])
        if moved:
            self.field.encoding.check_stored(f"the checkpoint of step {checkpoint.step}")
        if self._best:
            self._check_best(f"the checkpoint of step {checkpoint.step}")
        self.at = Progressing(**numbers)
        self.optimizer.steps = steps
        self.fresh = False
        if self.at.step:  # a finished run is drawn without another step
            self.field.sharpness = self.sharpness(self.at.step - 1)

    def _check_best(self, where: str) -> None:
        """Refuse places among the best parameters that no fit has made: kernels believe them.

        Raises:
            FileFormatError: there are such.
        """
        if any(True for _ in self.field.encoding.buffers()):
            self.best_field().encoding.check_stored(where)

    def _renamed(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Those of a checkpoint, by the names that they have today."""
        renamed = self.field.encoding.renamed
        now = {f"encoding.{old}": f"encoding.{new}" for old, new in renamed.items()}
        found = {}
        for name, tensor in tensors.items():
            whose, _, rest = name.partition(".")
            found[f"{whose}.{now.get(rest, rest)}"] = tensor
        return found

    def _tensors(self) -> dict[str, Tensor]:
        """Parameters, buffers and optimizer state by name: the run's own tensors, not copies."""
        tensors = {f"field.{name}": t for name, t in self.field.state_dict().items()}
        for parameter, slots in self.optimizer.slots.items():
            for name, tensor in slots.items():
                tensors[f"optimizer.{parameter}.{name}"] = tensor
        return tensors | {f"best.{name}": t for name, t in self._best.items()}

    def _numbers(self) -> dict[str, Any]:
        return {**asdict(self.at), "optimizer_steps": self.optimizer.steps}


def all_finite(tensor: Tensor) -> bool:
    """Whether no number of a tensor is infinite or NaN. Any shape.

    A sum with one of them is not finite, and takes an eighth of the time of asking each; only
    finite numbers whose sum is too large need to be asked. Whole numbers always are, and their sum
    would take eight bytes for each.
    """
    if not (tensor.is_floating_point() or tensor.is_complex()):
        return True
    return bool(torch.isfinite(tensor.sum())) or bool(torch.isfinite(tensor).all())

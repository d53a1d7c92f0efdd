"""A session for a field, in the memory that the card has left.

Where it is too little, what is computed at once is halved, again and again, before anything else:
the batch, and so the result, stays as it was asked for.
"""

import torch

from redraw.engines.contract import OptimizerState, StepSpec
from redraw.engines.cuda.card import Card, Host
from redraw.engines.cuda.layout import WIDEST, encoding_kind, linear_layers
from redraw.engines.cuda.session import CudaSession
from redraw.engines.cuda.wide import FusedWideSession, WideSession
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.kernels.names import GRID
from redraw.signals.samples import Samples

# Points at once below which there is nothing to be won.
FEWEST = 1 << 10
# Wide layers in one kernel of our own: not before `scripts/on-gpu` has shown on a card that it is
# the faster one. It measures both (the rows "cuda" and "cuda, wide fused" of "siren 3 x 256"); the
# choice stands here, not with each machine, so that a fit is the same to the bit everywhere.
FUSED_WIDE = False
# What a multiprocessor holds of a layer: units, and inputs of the first one, which are of float32.
WIDEST_FUSED, INPUTS_FUSED = 256, 64


def opened(
    field: Field,
    samples: Samples,
    spec: StepSpec,
    state: OptimizerState,
    card: Card | Host,
    *,
    fused_wide: bool = FUSED_WIDE,
) -> CudaSession:
    """The session.

    Args:
        field, samples, spec, state: As of `Engine.open`.
        card: Where.
        fused_wide: Whether wide layers are fused where they can be.

    Raises:
        EngineError: the card's memory is too small even so; names what was needed.
    """
    kind = CudaSession
    if is_wide(field) or is_apart(field, spec):
        kind = FusedWideSession if fused_wide and can_be_fused(field, spec) else WideSession
    at_once = kind.points
    while True:
        try:
            return kind(field, samples, spec, state, card, points=at_once)
        except torch.OutOfMemoryError as error:
            if at_once <= FEWEST:
                raise EngineError(
                    f"{no_room(field, samples, spec)} of the card's memory, of which"
                    f" {card.free() / 1e9:.2f} GB are free; fit a smaller picture or field, or"
                    " close what else runs there"
                ) from error
            # What the failed attempt held is gone with it; PyTorch's cache may hold on to it.
            error.__traceback__ = None
            if isinstance(card, Card):
                torch.cuda.empty_cache()
        at_once //= 2


def is_wide(field: Field) -> bool:
    """Whether a layer is too wide for the kernels that do all at once."""
    layers = linear_layers(field)
    return max(layers[0].in_features, *(layer.out_features for layer in layers)) > WIDEST


def is_apart(field: Field, spec: StepSpec) -> bool:
    """Whether what is multiplied must not be in one kernel with a hash grid.

    Triton 3.6 compiles such kernels for tensor cores of less than float32 to ones that read outside
    of their memory on an H100 (bfloat16), or not at all (tf32).
    """
    return encoding_kind(field) == GRID and spec.precision != "float32"


def can_be_fused(field: Field, spec: StepSpec) -> bool:
    """Whether wide layers can be in one kernel: in 16 bits; no hash grid, see `is_apart`."""
    layers = linear_layers(field)
    return (
        spec.precision in ("bfloat16", "float16")
        and encoding_kind(field) != GRID
        and layers[0].in_features <= INPUTS_FUSED
        and max(layer.out_features for layer in layers) <= WIDEST_FUSED
    )


def no_room(field: Field, samples: Samples, spec: StepSpec) -> str:
    """How much memory a fit takes at least, in words."""
    held = samples.count * samples.channels if samples.held else spec.batch * samples.channels
    size = 4 * held + 28 * field.parameter_count + 8 * spec.batch
    return f"the picture, the field and its gradients take at least {size / 1e9:.2f} GB"

"""A fitted network as a small file: how many bits, for a wanted quality or size."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from redraw.coding.networks import WholeNetwork
from redraw.errors import UsageError
from redraw.fields.program import Program
from redraw.fitting.result import whole_learning
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.result.whole_learning import (
    LAST_BITS,
    bits_of,
    chosen_of,
    error_of,
    quantised,
    refuse,
)
from redraw.storage.codecs.containers import CONTAINERS
from redraw.storage.codecs.network import packed_network
from redraw.storage.codecs.table import CODECS
from redraw.storage.coded_file import bytes_beside

LEAST_BITS, MOST_BITS = 2, 12
# Learning on makes the error of plain rounding about so many times smaller (10 dB, measured on the
# cub by `ink` and `siren`); with it many bits are told before anything is learned.
LEARNED = 10.0
# Learning on makes a file of equal bits a little smaller, never by so much: a size below this share
# of plain rounding's is refused before anything is learned.
FEWER = 0.5
# How often the choice of bits is made anew where the wanted loss was not met.
TRIES = 3
# What is told of how it was made: the file is small.
TOLD = ("model", "psnr", "steps", "seconds", "source")
# What `mixed` may lose where nothing is said, in dB.
USUAL_LOSS = 0.1
# The most that may be lost: as much as the best fit has.
MOST_LOSS = 200.0


@dataclass(frozen=True)
class Quantised:
    """A network in whole numbers.

    Attributes:
        data: Its file.
        network: It.
        bits: Of each layer's weights.
        error: Its mean squared difference from the field.
        loss: About how many dB it is worse than the field was; None if the field's quality is not
            known.
    """

    data: bytes
    network: WholeNetwork
    bits: tuple[int, ...]
    error: float
    loss: float | None


def quantise(
    field: FittedField,
    *,
    bits: int | str = 8,
    max_loss: float | None = None,
    most_bytes: int | None = None,
    steps: int | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> Quantised:
    """A field's network in whole numbers.

    Args:
        field: On the CPU.
        bits: Of the weights between the first layer and the last; "mixed" for as many in each layer
            as it needs.
        max_loss: Instead of bits: dB that may be lost.
        most_bytes: Instead of both: bytes of the file.
        steps: Of learning on; 0 for plain rounding, None for 600.
        told: Is told what goes on, in lines.

    Raises:
        UsageError: the field has no network that could be in whole numbers; or it can't be made so
            small, or a loss is asked for of a field whose quality is not known.
    """
    if field.config is None:
        raise UsageError("a field built by hand has no configuration to store")
    program = field.lower()
    problem = refuse(program)
    if problem and CODECS[field.config.encoding.codec] in CONTAINERS.values():
        raise UsageError(
            "this field is in whole numbers already; `redraw convert FIELD OUT --bytes N` makes it"
            " smaller"
        )
    if problem:
        raise UsageError(
            f"this field can't be in whole numbers: {problem}; networks of layers can, as of"
            " --model siren"
        )
    steps = whole_learning.STEPS if steps is None else steps
    if most_bytes is not None:
        refuse_bytes(field, most_bytes)
        chosen = _bits_for_bytes(field, program, most_bytes)
        while True:
            made = _made(field, chosen, steps, told)
            if len(made.data) <= most_bytes:
                return made
            lower = [max(LEAST_BITS, own - 1) for own in chosen]
            if lower == chosen:
                raise _too_few(most_bytes, len(made.data))
            chosen = lower
    if bits == "mixed" or max_loss is not None:
        allowed = allowed_error(field, USUAL_LOSS if max_loss is None else max_loss)
        budget = LEARNED * allowed if steps else allowed
        for left in range(TRIES - 1, -1, -1):
            made = _made(field, _bits_for_error(field, program, budget), steps, told)
            if made.error <= allowed or not left:
                return made
            budget *= 0.5 * allowed / made.error
    return _made(field, bits_of(program, int(bits)), steps, told)


def _made(
    field: FittedField, bits: list[int], steps: int, told: Callable[[str], None]
) -> Quantised:
    told(f"{', '.join(map(str, bits))} bits a weight, layer by layer")
    network = quantised(field, bits, steps=steps)
    error = error_of(network, field)
    fitted = fitted_error(field)
    loss = 10.0 * math.log10(1.0 + error / fitted) if fitted else None
    return Quantised(file_of(field, network, loss), network, tuple(bits), error, loss)


def file_of(field: FittedField, network: WholeNetwork, loss: float | None = None) -> bytes:
    """The file of a network and its field; its quality is the field's, less what was lost."""
    assert field.config is not None
    made = {key: value for key, value in field.about.made.items() if key in TOLD}
    if loss is not None:
        made["psnr"] = round(made["psnr"] - loss, 2)
    about = replace(field.about, made=made)
    return packed_network(network, field.config.to_json(), about)


def fitted_error(field: FittedField) -> float | None:
    """The mean squared error of the fit, if its file says it."""
    psnr = field.about.made.get("psnr")
    return 10.0 ** (-psnr / 10.0) if isinstance(psnr, int | float) else None


def allowed_error(field: FittedField, loss: float) -> float:
    """The mean squared difference that costs so many dB: errors that don't know of each other add
    up.
    """
    if not 0 < loss <= MOST_LOSS:
        raise UsageError(f"max-loss is {loss:g}; accepted: above 0 to {MOST_LOSS:g}, in dB")
    fitted = fitted_error(field)
    if fitted is None:
        raise UsageError("the field's file does not say how good it is; choose --bits instead")
    return fitted * (10.0 ** (loss / 10.0) - 1.0)


def refuse_bytes(field: FittedField, most: int) -> None:
    """Refuse a size that not even what is said of the picture fits in: known without any work."""
    beside = bytes_beside(replace(field.about, made={}), profile=True)
    if most <= beside:
        raise UsageError(
            f"{most:,} bytes are too few: a file has {beside:,} before the first number of its"
            " field; allow more",
            setting="bytes",
        )


def _too_few(most: int, least: int) -> UsageError:
    return UsageError(
        f"{most:,} bytes are too few: {LEAST_BITS} bits a weight take {least:,}; fit a smaller"
        " network (--set hidden=...)"
    )


def _alone(field: FittedField, count: int, at: int, bits: int) -> float:
    """The error that the rounding of one of so many parts makes, all others being nearly exact."""
    chosen = [16] * count
    chosen[at] = bits
    with torch.no_grad():
        return error_of(quantised(field, chosen, steps=0), field)


def _bits_for_error(field: FittedField, program: Program, budget: float) -> list[int]:
    """For each part the fewest bits by which its share of the error stays in the budget's share."""
    result = bits_of(program, 8)
    for at in chosen_of(program):
        least = LEAST_BITS if at < len(result) - 1 else 6
        for bits in range(least, MOST_BITS + 1):
            result[at] = bits
            if _alone(field, len(result), at, bits) <= budget / len(result):
                break
    return result


def _bits_for_bytes(field: FittedField, program: Program, most: int) -> list[int]:
    """As many bits as fit: first in all parts, then in one after the other, the largest error
    first.
    """

    def size(bits: list[int]) -> int:
        return len(file_of(field, quantised(field, bits, steps=0)))

    chosen = bits_of(program, LEAST_BITS)
    chosen[-1] = min(chosen[-1], LAST_BITS)
    least = size(chosen)
    if most < FEWER * least:
        raise _too_few(most, least)
    for bits in range(LEAST_BITS, MOST_BITS + 1):
        if size(bits_of(program, bits)) > most:
            break
        chosen = bits_of(program, bits)
    inner = chosen_of(program)[:-1]
    for at in sorted(inner, key=lambda k: -_alone(field, len(chosen), k, chosen[k])):
        more = [own + (k == at) for k, own in enumerate(chosen)]
        if max(more) <= 16 and size(more) <= most:
            chosen = more
    return chosen

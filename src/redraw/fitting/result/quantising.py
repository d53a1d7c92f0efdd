"""A fitted network as a small file: how many bits, for a wanted quality or size."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from redraw.coding.networks import MOST_BITS, WholeNetwork
from redraw.errors import UsageError
from redraw.fields.program import Program
from redraw.fitting.result import whole_learning
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.result.whole_learning import (
    LAST_BITS,
    bits_of,
    chosen_of,
    error_between,
    error_of,
    error_of_weights,
    quantised,
    refuse,
)
from redraw.storage.codecs.containers import CONTAINERS
from redraw.storage.codecs.network import packed_network
from redraw.storage.codecs.table import CODECS
from redraw.storage.coded_file import bytes_beside

LEAST_BITS, MOST_TRIED = 2, 12
# Learning on makes the error of plain rounding about so many times smaller (10 dB, measured on the
# cub by `ink` and `siren`); with it many bits are told before anything is learned.
LEARNED = 10.0
# Learning on makes a file of equal bits a little smaller, never by so much: a size below this share
# of plain rounding's is refused before anything is learned.
FEWER = 0.5
# How often bits are chosen for a wanted loss; and of all layers alike, as a try beside these.
TRIES, ALIKE = 3, 8
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
        chosen = _bits_for_bytes(field, program, most_bytes, LEARNED if steps else 1.0)
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
        return _for_error(field, program, allowed, steps, told)
    return _made(field, bits_of(program, int(bits)), steps, told)


def _for_error(
    field: FittedField, program: Program, allowed: float, steps: int, told: Callable[[str], None]
) -> Quantised:
    """The smallest of some tries whose error is allowed, or else that of the least error."""
    learned = LEARNED if steps else 1.0
    tries: dict[tuple[int, ...], Quantised] = {}
    budget, least = allowed * learned, math.inf
    for _ in range(TRIES):
        chosen, expected = _bits_for_error(field, program, budget, learned)
        if tries and expected >= least:  # more bits would not help
            break
        least = expected
        made = tries[tuple(chosen)] = _made(field, chosen, steps, told)
        if made.error <= allowed:
            break
        budget *= 0.5 * allowed / made.error
    best = _best(list(tries.values()), allowed)
    alike = bits_of(program, ALIKE)
    hopeless = _expected(field, alike, learned) > LEARNED * best.error
    if tuple(alike) not in tries and not hopeless:
        larger = _plain_size(field, alike) >= len(best.data)
        if best.error > allowed or not larger:
            best = _best([best, _made(field, alike, steps, told)], allowed)
    if best.error > allowed:
        told("none of these loses as little as is allowed; the best of them is kept")
    return best


def _best(tries: list[Quantised], allowed: float) -> Quantised:
    """The smallest whose error is allowed, or else that of the least error."""
    met = [made for made in tries if made.error <= allowed]
    if met:
        return min(met, key=lambda made: len(made.data))
    return min(tries, key=lambda made: made.error)


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
    chosen = [MOST_BITS] * count
    chosen[at] = bits
    return error_of_weights(field, chosen)


def _expected(field: FittedField, bits: list[int], learned: float) -> float:
    """About the error after learning on, which makes that of weights so many times smaller; that of
    whole numbers between layers stays.
    """
    return error_of_weights(field, bits) / learned + error_between(field, bits)


def _bits_for_error(
    field: FittedField, program: Program, budget: float, learned: float
) -> tuple[list[int], float]:
    """For each part the fewest bits by which its share of the error stays in the budget's share,
    and fewer where the whole is better by them: more leave fewer for what goes between layers; and
    what error is expected of them.
    """
    result = bits_of(program, 8)
    last = len(result) - 1
    for at in chosen_of(program):
        for bits in range(6 if at == last else LEAST_BITS, MOST_TRIED + 1):
            result[at] = bits
            if _alone(field, len(result), at, bits) <= budget / len(result):
                break
    expected, before = _expected(field, result, learned), None
    while result != before:  # one bit of each at a time: what is best for one depends on the others
        before = result
        for at in chosen_of(program):
            if result[at] == (6 if at == last else LEAST_BITS):
                continue
            fewer = [own - (k == at) for k, own in enumerate(result)]
            error = _expected(field, fewer, learned)
            if error <= expected:
                result, expected = fewer, error
    return result, expected


def _plain_size(field: FittedField, bits: list[int]) -> int:
    """Bytes of the file before learning on, which changes them little."""
    return len(file_of(field, quantised(field, bits, steps=0)))


def _bits_for_bytes(field: FittedField, program: Program, most: int, learned: float) -> list[int]:
    """The best that fit: first as many in all parts, then more in one after the other, the largest
    error first, as long as the whole gets better by them.
    """
    chosen = bits_of(program, LEAST_BITS)
    chosen[-1] = min(chosen[-1], LAST_BITS)
    size = _plain_size(field, chosen)
    if most < FEWER * size:
        raise _too_few(most, size)
    least = math.inf
    for bits in range(LEAST_BITS, MOST_TRIED + 1):
        alike = bits_of(program, bits)
        if _plain_size(field, alike) > most:
            break
        error = _expected(field, alike, learned)
        if error < least:
            chosen, least = alike, error
    inner = chosen_of(program)[:-1]
    for at in sorted(inner, key=lambda k: -_alone(field, len(chosen), k, chosen[k])):
        more = [own + (k == at) for k, own in enumerate(chosen)]
        if _plain_size(field, more) > most:
            continue
        error = _expected(field, more, learned)
        if error < least:
            chosen, least = more, error
    return chosen

"""What kernels refuse alike, and solvers that are made for one encoding."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from redraw.engines.contract import StepSpec

if TYPE_CHECKING:
    from redraw.fields import Field
    from redraw.fields.encoding import Encoding

Refusal = Callable[["Field", StepSpec], str | None]
OWN_CLASS = "the field is of a class of its own"


def has_own_forward(field: "Field") -> bool:
    """Whether a field's class computes otherwise than `Field`; it may carry more about it."""
    from redraw.fields.field import Field

    return type(field).forward is not Field.forward or type(field).raw is not Field.raw


def refuse_steps(
    field: "Field", spec: StepSpec, encoding: type["Encoding"], solver: str, what: str
) -> str | None:
    """Why a field can't be trained by steps that know one encoding, or None.

    Args:
        field: The field.
        spec: What is asked for.
        encoding: What the steps are made for.
        solver: By its name.
        what: The encoding in words.
    """
    from redraw.fields.outputs import LinearOutput

    if not isinstance(field.encoding, encoding):
        return f"the {solver} optimizer is for {what} only (--set optimizer=adam)"
    if len(field.network.layers) != 1 or not isinstance(field.output, LinearOutput):
        return (
            f"the {solver} optimizer needs a field without hidden layers and with a linear output"
            " (--set optimizer=adam)"
        )
    if spec.loss != "mse":
        return f"the {solver} optimizer minimises the squared error, not {spec.loss}"
    return None


def refuse_kernels(
    field: "Field",
    spec: StepSpec,
    encoding: type["Encoding"],
    solver: str,
    what: str,
    refuse: Refusal,
    *,
    engine: str = "cpu",
) -> str | None:
    """Why kernels that know one encoding can't take a field, or None.

    Args:
        field: The field.
        spec: What is asked for.
        encoding: What the kernels are made for.
        solver: That trains it, by its name.
        what: Such fields in a word: "splines".
        refuse: What that solver says to the field.
        engine: Whose kernels they are. What a card trains is brought there before it begins.
    """
    if has_own_forward(field):
        return f"{OWN_CLASS}; the {engine} engine knows Field and Network"
    if type(field.encoding) is not encoding:
        return f"it has no kernel for the encoding {type(field.encoding).__name__}"
    there = {tensor.device.type for tensor in field.state_dict().values()}
    if engine == "cpu" and there != {"cpu"}:
        return "the field is not on the CPU"
    if spec.precision != "float32":
        return f"its kernels for {what} compute in float32, not in {spec.precision}"
    if not spec.training:
        return refuse(field, dataclasses.replace(spec, loss="mse"))
    if spec.optimizer.kind != solver:
        return f"it trains {what} by --set optimizer={solver} only"
    return refuse(field, spec)

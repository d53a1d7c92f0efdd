"""Which engines run on a processor: what is parametrised by engine goes without a card."""

from redraw.engines import StepSpec, engines
from redraw.fields import Field, FieldConfig


def engines_here() -> list[str]:
    """Names of the engines that take a small field on the CPU."""
    field = Field.build(FieldConfig(hidden=(2,)))
    return [name for name, engine in engines().items() if engine.refuse(field, StepSpec()) is None]

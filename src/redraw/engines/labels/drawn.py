"""Fields of labels whose numbers are whole steps, and these numbers.

Shapes: C channels.
"""

from dataclasses import replace

import numpy as np
import torch

from redraw.coding import drawings
from redraw.coding.drawings import Drawing, Places
from redraw.fields.config import FieldConfig
from redraw.fields.field import Field
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import LabelsConfig


def field_of(drawing: Drawing, config: LabelsConfig) -> Field:
    """The field that whole numbers are, on the CPU.

    Args:
        drawing: The numbers.
        config: Says what the drawing does not: sharpness, footprint.
    """
    about, places = drawing.about, drawing.places
    potentials, colours, detail = drawing.floats
    steps = (about.potential_step, about.colour_step, about.detail_step)
    own = replace(
        config, width=about.width, height=about.height, planes=about.channels,
        labels=about.labels, listed=len(places.candidates), potentials=places.potentials,
        colours=places.colours, steps=steps,
    )  # fmt: skip
    made = FieldConfig(channels=about.channels, hidden=(), bias=False, encoding=own)
    with torch.device("meta"):
        field = Field.empty(made)
    state = {
        "encoding.potentials": torch.from_numpy(potentials),
        "encoding.colours": torch.from_numpy(colours),
        "encoding.detail": torch.from_numpy(detail),
        "encoding.owner": torch.from_numpy(places.owner),
        "encoding.candidates": torch.from_numpy(places.candidates),
        "encoding.seeds": torch.from_numpy(places.seeds),
        "network.layers.0.weight": torch.eye(about.channels),
    }
    field.load_state_dict(state, assign=True)
    return field


def drawing_of(field: Field) -> Drawing | None:
    """The whole numbers of a field; None if it isn't made of such, or not of them alone.

    The inverse of `field_of`.
    """
    encoding = field.encoding
    layers = field.network.layers
    if not isinstance(encoding, Labels) or not encoding.config.steps or len(layers) != 1:
        return None
    layer = layers[0]
    assert isinstance(layer, torch.nn.Linear)
    plain = torch.equal(layer.weight.detach().cpu().double(), torch.eye(len(layer.weight)).double())
    if not plain or (layer.bias is not None and bool(layer.bias.any())):
        return None
    config = encoding.config
    first, second, third = config.steps
    about = drawings.Description(
        config.width,
        config.height,
        config.planes,
        config.labels,
        first,
        second,
        third,
        config.keeps,
    )
    owner, candidates = (t.detach().cpu().numpy() for t in (encoding.owner, encoding.candidates))
    seeds = encoding.seeds.cpu().numpy()
    listed = owner == NONE
    if seeds.max() >= about.labels or int(listed.sum()) != len(candidates):
        return None
    faint = np.zeros(owner.shape, bool)
    faint[listed] = candidates[:, 1] == NONE
    places = Places.of(seeds, about.labels, faint, squares=about.squares)
    if not (np.array_equal(places.owner, owner) and np.array_equal(places.candidates, candidates)):
        return None
    tensors = (encoding.potentials, encoding.colours, encoding.detail)
    reals = [tensor.detach().cpu().double().numpy() for tensor in tensors]
    placed = np.empty_like(reals[0])
    placed[places.order] = reals[0]
    steps = (about.colour_step, about.detail_step)
    units = [about.potential_step / drawings.POTENTIAL_UNIT]
    units += [step / drawings.COLOUR_UNIT for step in steps]
    whole = [
        np.rint(np.clip(real / unit, -(2**30), 2**30)).astype(np.int32)
        for real, unit in zip((placed, *reals[1:]), units, strict=True)
    ]
    made = Drawing(about, places, *whole)
    same = all(np.array_equal(a, b) for a, b in zip(made.floats, reals, strict=True))
    return made if same else None


def as_floats(field: Field) -> Field:
    """The same field, its numbers no longer bound to steps; it shares its parameters."""
    assert field.config is not None
    assert isinstance(field.config.encoding, LabelsConfig)
    own = replace(field.config.encoding, steps=(), coding="float")
    with torch.device("meta"):
        made = Field.empty(replace(field.config, encoding=own))
    state = {name: t for name, t in field.state_dict().items() if name != "encoding.seeds"}
    made.load_state_dict(state, assign=True)
    return made

"""Fields of labels whose numbers are whole steps, and these numbers.

Shapes: C channels.
"""

import hashlib
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch

from redraw.coding import drawings
from redraw.coding.drawing_description import Description
from redraw.coding.drawing_places import Places
from redraw.coding.drawings import Drawing, Sections
from redraw.fields.config import FieldConfig
from redraw.fields.field import Field
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import LabelsConfig


class Packed(NamedTuple):
    """What a field's numbers were packed to, and a hash of what they were then."""

    sections: Sections
    numbers: bytes


def field_of(drawing: Drawing, config: LabelsConfig, sections: Sections | None = None) -> Field:
    """The field that whole numbers are, on the CPU.

    Args:
        drawing: The numbers.
        config: Says what the drawing does not: sharpness, footprint.
        sections: What they are as bytes, if that is known: it need not be found again.
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
    if sections is not None:
        assert isinstance(field.encoding, Labels)
        field.encoding.packed = Packed(sections, _hash(field.encoding))
    return field


def packed_of(field: Field) -> tuple[Description, Sections] | None:
    """The bytes of a field's whole numbers; None where `drawing_of` has none, or where they are not
    what would be read from them.
    """
    encoding = field.encoding
    if isinstance(encoding, Labels) and isinstance(encoding.packed, Packed):
        same = encoding.packed.numbers == _hash(encoding)
        if same and encoding.config.steps and _is_plain(field):
            return _description(encoding.config), encoding.packed.sections
    drawing = drawing_of(field)
    if drawing is None:
        return None
    sections = drawing.packed()
    read = Drawing.of(drawing.about, sections)
    return (drawing.about, sections) if read.same_as(drawing) else None


def _hash(encoding: Labels) -> bytes:
    """Of all that a drawing is made of."""
    digest = hashlib.blake2b()
    for tensor in (*encoding.parameters(), *encoding.buffers()):
        digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).data)
    return digest.digest()


def _is_plain(field: Field) -> bool:
    """Whether what labels say is what is drawn."""
    layers = field.network.layers
    if len(layers) != 1:
        return False
    layer = layers[0]
    assert isinstance(layer, torch.nn.Linear)
    weight = layer.weight.detach().cpu().double()
    plain = torch.equal(weight, torch.eye(len(weight)).double())
    return plain and (layer.bias is None or not bool(layer.bias.any()))


def _description(config: LabelsConfig) -> Description:
    """What the bytes of such a field's whole numbers mean."""
    first, second, third = config.steps
    return Description(
        config.width, config.height, config.planes, config.labels, first, second, third,
        config.keeps,
    )  # fmt: skip


def drawing_of(field: Field) -> Drawing | None:
    """The whole numbers of a field; None if it isn't made of such, or not of them alone.

    The inverse of `field_of`.
    """
    encoding = field.encoding
    if not isinstance(encoding, Labels) or not encoding.config.steps or not _is_plain(field):
        return None
    about = _description(encoding.config)
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

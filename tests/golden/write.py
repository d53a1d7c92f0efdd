"""Writes golden field files that don't exist yet, and what they draw.

    python tests/golden/write.py

Run it when a format version, an activation or an encoding is new; then commit what it wrote. Files
that exist are never touched: they are the promise that every version ever released stays readable.
"""

import dataclasses
import json
from pathlib import Path

import torch

from redraw.fields import Field, FieldConfig
from redraw.fields.bands import bands_of
from redraw.fields.encoding_configs import AxisConfig, FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.label_cells import MOST_CANDIDATES
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import LabelsConfig
from redraw.fields.lattice import read_blocks
from redraw.fields.sizes import ACTIVATIONS
from redraw.fields.spline_config import SplineConfig
from redraw.signals.picture.colour import Colour, LogCurve
from redraw.signals.table.columns import Column, Schema
from redraw.storage.about import About
from redraw.storage.codecs.tensors import VERSION
from redraw.storage.field_file import save_field

HERE = Path(__file__).parent
GREY = Colour("grey")
NUMBERS = Schema(
    "regression",
    (Column.over("a", -3.0, 5.0), Column.over("höhe", 0.0, 1e6), Column("c", 0.5, 2.0)),
    (Column("u", 10.0, 0.1), Column("v")),
)
CLASSES = Schema("classification", (Column.over("x", 0.0, 1.0),), (Column("y"),), ("a", "b", "ç"))
HDR = Colour("rgb", depth=32, curve=LogCurve(0.25, -1.0, 60.0))


def fields():
    """Name, configuration, precision and colour, or columns, of every golden file."""
    for activation in ACTIVATIONS:
        yield activation, FieldConfig(hidden=(8, 8), activation=activation), torch.float32, GREY
    fourier, axis = FourierConfig(frequencies=6, sigma=3.0), AxisConfig(octaves=4)
    # Two levels with a row for each vertex and two that share rows.
    grid = HashGridConfig(
        n_levels=4,
        log2_hashmap_size=7,
        base_resolution=4.0,
        per_level_scale=2.0,
        aspect=(1.0, 0.75),
    )
    narrow = {"hidden": (6,), "activation": "relu", "channels": 3}
    rgb = Colour("rgb", icc=b"a stand-in for a profile")
    yield "encoding-fourier", FieldConfig(encoding=fourier, **narrow), torch.float32, rgb
    yield "encoding-axis", FieldConfig(encoding=axis, **narrow), torch.float32, rgb
    yield "encoding-hash", FieldConfig(encoding=grid, **narrow), torch.float32, rgb
    sharp = FieldConfig(hidden=(8, 8), omega=12.0, omega_first=12.0, output="sigmoid")
    yield "output-sigmoid", sharp, torch.float32, Colour("grey", depth=1)
    alpha = Colour("rgb", alpha=True, depth=16)
    yield "colour-alpha", FieldConfig(hidden=(8,), channels=4), torch.float32, alpha
    yield "colour-hdr", FieldConfig(hidden=(8,), channels=3), torch.float32, HDR
    yield "precision-float64", FieldConfig(hidden=(8,)), torch.float64, GREY
    yield "precision-bfloat16", FieldConfig(hidden=(8,), activation="tanh"), torch.bfloat16, GREY
    spline = SplineConfig(40, 30, 3, room=2000, transforms=5)
    yield "encoding-spline", FieldConfig(encoding=spline, hidden=(), channels=3), torch.float32, rgb
    odd = SplineConfig(7, 1, 1, room=23, transforms=1)
    yield "encoding-spline-odd", FieldConfig(encoding=odd, hidden=()), torch.float64, GREY
    owner, candidates = labels_of_halves()
    encoding = sized_labels(owner, candidates)
    labels = FieldConfig(encoding=encoding, hidden=(), channels=3, bias=False)
    yield "encoding-labels", labels, torch.float32, rgb
    yield "no-bias", FieldConfig(hidden=(8,), bias=False, first_bias=None), torch.float32, GREY
    solid = FieldConfig(channels=2, dimensions=3, hidden=(8,), omega_first=3.0)
    yield "table-numbers", solid, torch.float32, NUMBERS
    three = FieldConfig(channels=3, dimensions=1, hidden=(8,), output="softmax")
    yield "table-classes", three, torch.float32, CLASSES


def labels_of_halves():
    """Two labels side by side, a third between them in the middle: owners and candidates."""
    owner = torch.full((30, 40), 2, dtype=torch.uint8)
    owner[:, :18] = 0
    owner[:, 18:22] = NONE
    candidates = torch.full((4 * 30, MOST_CANDIDATES), NONE, dtype=torch.uint8)
    candidates[:, :2] = torch.tensor([0, 2])
    candidates[40:80, :3] = torch.tensor([0, 1, 2])
    candidates[5, 1] = NONE
    return owner, candidates


def sized_labels(owner, candidates):
    """The configuration that goes with these."""
    bare = LabelsConfig(40, 30, 3, 3, len(candidates))
    module = Labels(bare)
    module.owner.copy_(owner)
    module.candidates.copy_(candidates)
    potentials, colours, _ = module.nodes()
    return dataclasses.replace(bare, potentials=len(potentials), colours=len(colours))


def keep_some(spline, generator):
    """Give a spline kept numbers, some in most blocks, and matrices chosen."""
    config = spline.config
    values = config.width * config.height * config.planes
    kept = torch.rand(values, generator=generator) < torch.linspace(0.9, 0.05, values)
    places = kept.nonzero()[:, 0].int()
    spline.bits.fill_(1)  # whatever they are: not none
    with torch.no_grad():
        spline.significant[: len(places)] = places
        spline.values[len(places) :] = 0.0
        mask = kept.reshape(config.planes, config.height, config.width)
        for band in bands_of(config.width, config.height, config.planes):
            some = read_blocks(mask, band).any(1)
            drawn = torch.randint(0, config.transforms, some.shape, generator=generator)
            spline.block_transforms[band.first : band.first + len(some)] = (drawn * some).byte()


def main():
    """Write what is missing."""
    import plain_reader  # beside this file, and there only when it runs as a program

    for seed, (name, config, dtype, meaning) in enumerate(fields()):
        packed = isinstance(config.encoding, SplineConfig)
        folder = HERE / f"version-{VERSION if packed else 1}"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.redraw"
        if path.exists():
            continue
        field = Field.build(config, seed)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in field.parameters():  # as after a fit: nothing is zero any more
                real = torch.view_as_real(parameter) if parameter.is_complex() else parameter
                real += 0.1 * torch.randn(real.shape, generator=generator)
            if packed:
                keep_some(field.encoding, generator)
            if isinstance(field.encoding, Labels):
                for tensor, own in zip(
                    (field.encoding.owner, field.encoding.candidates),
                    labels_of_halves(),
                    strict=True,
                ):
                    tensor.copy_(own)
        field = field.to(dtype) if dtype != torch.float32 else field
        if config.output != "softmax":
            field.sharpness = 5.0
        made = {"preset": "golden", "steps": seed, "psnr": None, "source": "Löwe.png"}
        is_table = isinstance(meaning, Schema)
        colour, schema = (None, meaning) if is_table else (meaning, None)
        save_field(path, field, About((40, 30), colour, 2, made, schema))
        axes = config.dimensions
        xy = torch.rand(20, axes, generator=generator, dtype=torch.float64) * 2 - 1
        xy = [[-1.0] * axes, [1.0] * axes, [0.0] * axes, *xy.tolist()]
        text = json.dumps({"xy": xy, "values": plain_reader.draw(path, xy).tolist()})
        path.with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    main()

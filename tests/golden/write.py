"""Writes golden field files that don't exist yet, and what they draw.

    python tests/golden/write.py

Run it when a format version, an activation or an encoding is new; then commit what it wrote. Files
that exist are never touched: they are the promise that every version ever released stays readable.
"""

import json
from pathlib import Path

import torch

from redraw.fields import Field, FieldConfig
from redraw.fields.activations import ACTIVATIONS
from redraw.fields.encodings import AxisConfig, FourierConfig, HashGridConfig
from redraw.signals.colour import Colour, LogCurve
from redraw.storage.field_file import VERSION, About, save_field

FOLDER = Path(__file__).parent / f"version-{VERSION}"
GREY = Colour("grey")
HDR = Colour("rgb", depth=32, curve=LogCurve(0.25, -1.0, 60.0))


def fields():
    """Name, configuration, precision and colour of every golden file."""
    for activation in ACTIVATIONS:
        yield activation, FieldConfig(hidden=(8, 8), activation=activation), torch.float32, GREY
    fourier, axis = FourierConfig(frequencies=6, sigma=3.0), AxisConfig(octaves=4)
    # Two levels with a row for each vertex and two that share rows.
    grid = HashGridConfig(levels=4, table=7, coarsest=4.0, growth=2.0, aspect=(1.0, 0.75))
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
    yield "no-bias", FieldConfig(hidden=(8,), bias=False, first_bias=None), torch.float32, GREY


def main():
    """Write what is missing."""
    import plain_reader  # beside this file, and there only when it runs as a program

    FOLDER.mkdir(exist_ok=True)
    for seed, (name, config, dtype, colour) in enumerate(fields()):
        path = FOLDER / f"{name}.redraw"
        if path.exists():
            continue
        field = Field.build(config, seed)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in field.parameters():  # as after a fit: nothing is zero any more
                real = torch.view_as_real(parameter) if parameter.is_complex() else parameter
                real += 0.1 * torch.randn(real.shape, generator=generator)
        field = field.to(dtype) if dtype != torch.float32 else field
        field.sharpness = 5.0
        made = {"preset": "golden", "steps": seed, "psnr": None, "source": "Löwe.png"}
        save_field(path, field, About((40, 30), colour, 2, made))
        xy = torch.rand(20, 2, generator=generator, dtype=torch.float64) * 2 - 1
        xy = [[-1.0, -1.0], [1.0, 1.0], [0.0, 0.0], *xy.tolist()]
        text = json.dumps({"xy": xy, "values": plain_reader.draw(path, xy).tolist()})
        path.with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    main()

"""Kernels as a session launches them, compiled for a card that need not be there."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

KINDS = {torch.float32: "fp32", torch.float64: "fp64", torch.int32: "i32", torch.int64: "i64",
         torch.bfloat16: "bf16", torch.float16: "fp16", torch.uint8: "u8"}  # fmt: skip
OPTIONS = ("num_warps", "num_stages", "maxnreg")


class Compiled:
    """Stands in for a kernel: `kernel[grid](...)` compiles it."""

    def __init__(self, kernel, found, arch=90):
        self.kernel, self.found, self.arch = kernel, found, arch

    def __getitem__(self, grid):
        return self

    def __call__(self, *arguments, **named):
        options = {k: named.pop(k) for k in OPTIONS if k in named}
        names = [p.name for p in self.kernel.params]
        given = {**dict(zip(names, arguments, strict=False)), **named}
        assert given.keys() == set(names), set(names) ^ given.keys()
        signature, constants, aligned = {}, {}, {}
        for i, parameter in enumerate(self.kernel.params):
            value = given[parameter.name]
            if parameter.is_constexpr:
                signature[parameter.name], constants[(i,)] = "constexpr", value
            elif isinstance(value, torch.Tensor):
                signature[parameter.name] = "*" + KINDS[value.dtype]
                aligned[(i,)] = [["tt.divisibility", 16]]
            else:
                signature[parameter.name] = "i32" if isinstance(value, int) else "fp32"
        key = (self.kernel.__name__, str(signature), str(constants), str(options))
        if key in self.found:
            return
        source = ASTSource(self.kernel, signature, constants, aligned)
        made = triton.compile(source, target=GPUTarget("cuda", self.arch, 32), options=options)
        self.found[key] = (made, resources(made.asm["ptx"], self.arch))


def resources(ptx, arch=90):
    """Registers and bytes of spills, as the assembler reports them; the last function's."""
    ptxas = Path(triton.__file__).parent / "backends/nvidia/bin/ptxas"
    with tempfile.NamedTemporaryFile("w", suffix=".ptx", delete=False) as file:
        file.write(ptx)
    told = subprocess.run(
        [ptxas, "-v", f"-arch=sm_{arch}a", file.name, "-o", os.devnull],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    os.unlink(file.name)
    registers = [int(n) for n in re.findall(r"Used (\d+) registers", told)]
    spills = [int(n) for n in re.findall(r"(\d+) bytes spill stores", told)]
    return max(registers), max(spills)


def main(name):
    """Compile all that a fit launches: kernel, registers, spilled bytes, shared memory."""
    import numpy as np

    import redraw.kernels.cuda.drawing as drawing
    import redraw.kernels.cuda.layers as layers
    import redraw.kernels.cuda.network as network
    import redraw.kernels.cuda.pyramid as pyramid
    import redraw.kernels.cuda.sparse as sparse
    import redraw.kernels.cuda.spline as spline
    import redraw.kernels.cuda.update as update
    import redraw.kernels.cuda.wide as wide
    from redraw.engines import StepSpec
    from redraw.engines.cuda.card import Host
    from redraw.engines.cuda.drawer import CudaDrawer
    from redraw.engines.cuda.opening import is_wide
    from redraw.engines.cuda.session import CudaSession
    from redraw.engines.cuda.wide import FusedWideSession, WideSession
    from redraw.engines.solvers import fresh_state
    from redraw.engines.spline.card_drawer import CardSplineDrawer
    from redraw.engines.spline.card_passes import CardPasses, analyse
    from redraw.fields import Field, FieldConfig
    from redraw.fields.hash_grid_config import HashGridConfig
    from redraw.fields.spline_config import SplineConfig
    from redraw.signals.samples import PixelSamples

    found = {}
    for module in (network, drawing, update, layers, pyramid, sparse, spline, wide):
        for kernel in [k for k in vars(module) if k.endswith("_kernel")]:
            setattr(module, kernel, Compiled(getattr(module, kernel), found))
    grid = HashGridConfig(n_levels=16, log2_hashmap_size=10, per_level_scale=1.4)
    fitted = {
        "hash": FieldConfig(channels=3, hidden=(64, 64), activation="relu", encoding=grid),
        "hash32": FieldConfig(channels=3, hidden=(32, 32), activation="relu", encoding=grid),
        "ink": FieldConfig(hidden=(64,) * 4, output="sigmoid"),
        "tanh": FieldConfig(hidden=(50, 50, 100, 50, 25, 25, 25), activation="tanh"),
        "siren256": FieldConfig(channels=3, hidden=(256,) * 3),
        "fused256": FieldConfig(channels=3, hidden=(256,) * 3),
        "hashwide": FieldConfig(channels=3, hidden=(256,) * 2, encoding=grid),
        "spline": FieldConfig(channels=3, hidden=(), encoding=SplineConfig(40, 30, 3, 1500)),
    }
    config, ink = fitted[name], name == "ink"
    samples = PixelSamples(
        np.zeros((1200, config.channels), np.float32), 40, 30, footprint="box" if ink else "point",
        samples=9, busy=np.arange(1200) % 2 == 0,
    )  # fmt: skip
    precision = "bfloat16" if name == "fused256" else "float32"
    spec = StepSpec(loss="bce" if ink else "mse", batch=600, precision=precision)
    field = Field.build(config, 1)
    if name == "spline":
        passes = CardPasses(field.encoding, Host())
        analyse(passes.original, passes.turned, passes.config)
        drawer = CardSplineDrawer(field, Host())
        drawer.values(np.zeros((5, 2), np.float32))
        drawer.means(np.zeros((3, 2)), np.zeros((4, 2)))
    else:
        kind = WideSession if is_wide(field) else CudaSession
        kind = FusedWideSession if name == "fused256" else kind
        kind(field, samples, spec, fresh_state(field, spec.optimizer), Host())
        drawer = CudaDrawer(field, spec, Host())
        drawer.values(np.zeros((5, 2), np.float32))
        drawer.grid(np.zeros(4, np.float32), np.zeros(4, np.float32), (1, 1))
    for key, (made, (registers, spilled)) in found.items():
        print(key[0], registers, spilled, made.metadata.shared)


if __name__ == "__main__":
    main(sys.argv[1])

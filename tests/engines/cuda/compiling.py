"""Kernels as a session launches them, compiled for a card instead of being run: no card is needed."""

import os
import re
import subprocess
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

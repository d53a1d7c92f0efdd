"""What time it is inside a kernel: the processor's own counter, some nanoseconds to read.

Ticks are of a fixed rate that only a comparison with another clock tells. On a machine without such
a counter they stand still at 0.
"""

import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from redraw.kernels.compiling import entry

_INT64 = ir.IntType(64)

# Parts of a step, in the order in which they come: places in a thread's row of times.
PARTS = ("encoding", "forward", "loss", "backward", "scatter", "optimizer")
ENCODING, FORWARD, LOSS, BACKWARD, SCATTER, OPTIMIZER = range(6)
# After them: how many points the thread has trained on.
POINTS = 6
# Numbers of a row: two cache lines, so that no two threads write to the same one.
ROW = 16


def _read(builder):
    """The counter as an int64."""
    machine = platform.machine().lower()
    kind = ir.FunctionType(_INT64, [])
    if machine in ("x86_64", "amd64"):
        name = "llvm.readcyclecounter"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
    if machine in ("aarch64", "arm64"):
        # The intrinsic would read a register that user programs may not.
        return builder.asm(kind, "mrs $0, cntvct_el0", "=r", [], True)
    return ir.Constant(_INT64, 0)


@intrinsic
def ticks(context):
    """The counter now."""

    def lower(context, builder, signature, args):
        return _read(builder)

    return types.int64(), lower


@intrinsic
def lap(context, times, part, before):
    """Add what has passed since `before` to times[part], an int64 array; the counter now."""

    def lower(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        place = builder.gep(data, [args[1]], source_etype=_INT64)
        now = _read(builder)
        passed = builder.sub(now, args[2])
        builder.store(builder.add(builder.load(place, typ=_INT64), passed), place)
        return now

    return types.int64(times, types.int64, types.int64), lower


@entry
def now():
    """The counter, for Python."""
    return ticks()

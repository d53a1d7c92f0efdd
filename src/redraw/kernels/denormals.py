"""Numbers too small for full precision, which processors handle a hundred times slower: as zeros.

A Gaussian's tail is full of them: steps of a wide `wire` took eleven times as long. They are far
below what any sum of a fit can hold (1e-38 in single precision). The mode is the thread's, so each
kernel puts back what it found. On other processors than these two nothing is changed.
"""

import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_MACHINE = platform.machine().lower()
_INT32, _INT64 = ir.IntType(32), ir.IntType(64)
# Of the control word: x86's "flush to zero" and "denormals are zero"; ARM's "flush to zero".
_X86, _ARM = 0x8040, 1 << 24


def _exchange(builder, change):
    """Replace the control word by `change(old)`; the old one, as an int64."""
    if _MACHINE in ("x86_64", "amd64"):
        place = cgutils.alloca_once(builder, _INT32)
        pointer = builder.bitcast(place, cgutils.voidptr_t)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t])
        read, write = (
            cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
            for name in ("stmxcsr", "ldmxcsr")
        )
        builder.call(read, [pointer])
        old = builder.zext(builder.load(place, typ=_INT32), _INT64)
        builder.store(builder.trunc(change(old), _INT32), place)
        builder.call(write, [pointer])
        return old
    if _MACHINE in ("aarch64", "arm64"):
        old = builder.asm(ir.FunctionType(_INT64, []), "mrs $0, fpcr", "=r", [], True)
        kind = ir.FunctionType(ir.VoidType(), [_INT64])
        builder.asm(kind, "msr fpcr, $0", "r", [change(old)], True)
        return old
    return ir.Constant(_INT64, 0)


@intrinsic
def flush_denormals(context):
    """From here on this thread takes denormal numbers for zeros. What `restore` needs."""
    bits = _ARM if _MACHINE in ("aarch64", "arm64") else _X86

    def lower(context, builder, signature, args):
        return _exchange(builder, lambda old: builder.or_(old, ir.Constant(_INT64, bits)))

    return types.int64(), lower


@intrinsic
def restore(context, mode):
    """Put the mode back that `flush_denormals` found."""

    def lower(context, builder, signature, args):
        _exchange(builder, lambda old: args[0])
        return context.get_dummy_value()

    return types.void(types.int64), lower

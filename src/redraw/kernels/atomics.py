"""Words that threads share: atomic operations, and counters that hand out work once.

A counter holds a ticket (the number of the step) in its upper 32 bits and a count in the lower, so
that a thread that was held up cannot claim work of a later step under an earlier one's terms.
"""

import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from redraw.kernels.compiling import inner

_INT64 = ir.IntType(64)


def _word(context, builder, array_type, array, index):
    """Pointer to one int64 of an array."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index], source_etype=_INT64)


@intrinsic
def load(context, words, index):
    """words[index], after everything that was written before it was stored."""

    def lower(context, builder, signature, args):
        pointer = _word(context, builder, signature.args[0], args[0], args[1])
        return builder.load_atomic(pointer, "acquire", 8, typ=_INT64)

    return types.int64(words, types.int64), lower


@intrinsic
def store(context, words, index, value):
    """words[index] = value, after everything that was written before."""

    def lower(context, builder, signature, args):
        pointer = _word(context, builder, signature.args[0], args[0], args[1])
        builder.store_atomic(args[2], pointer, "release", 8)
        return context.get_dummy_value()

    return types.void(words, types.int64, types.int64), lower


def _update(operation):
    @intrinsic
    def update(context, words, index, value):
        def lower(context, builder, signature, args):
            pointer = _word(context, builder, signature.args[0], args[0], args[1])
            return builder.atomic_rmw(operation, pointer, args[2], "seq_cst")

        return types.int64(words, types.int64, types.int64), lower

    return update


add = _update("add")
exchange = _update("xchg")


@intrinsic
def replace(context, words, index, old, new):
    """Write `new` if words[index] is `old`; whether it was."""

    def lower(context, builder, signature, args):
        pointer = _word(context, builder, signature.args[0], args[0], args[1])
        result = builder.cmpxchg(pointer, args[2], args[3], "seq_cst", "seq_cst")
        return builder.extract_value(result, 1)

    return types.boolean(words, types.int64, types.int64, types.int64), lower


@intrinsic
def pause(context):
    """Let the other thread of a core run while this one waits in a loop."""

    def lower(context, builder, signature, args):
        if platform.machine() in ("x86_64", "AMD64"):
            kind = ir.FunctionType(ir.VoidType(), [])
            name = "llvm.x86.sse2.pause"
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.void(), lower


@inner
def claim(words, index, ticket, limit):
    """The next number below `limit` of a counter, or -1 if there is none under this ticket."""
    while True:
        now = load(words, index)
        if now >> 32 != ticket or (now & 0xFFFFFFFF) >= limit:
            return -1
        if replace(words, index, now, now + 1):
            return now & 0xFFFFFFFF


@inner
def wait(words, index, value, turns):
    """Look up to `turns` times whether words[index] is `value`; whether it was."""
    for _ in range(turns):
        if load(words, index) == value:
            return True
        pause()
    return False


@intrinsic
def numbers_at(context, address, like):
    """A pointer to numbers of the type of array `like`, from an address."""

    def lower(context, builder, signature, args):
        element = context.get_value_type(like.dtype)
        return builder.inttoptr(args[0], element.as_pointer())

    return types.CPointer(like.dtype)(types.int64, like), lower

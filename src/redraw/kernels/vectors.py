"""Vectors of the machine's full width, written as expressions.

LLVM's own vectoriser stops at 256 bits on many processors and may treat the end of a loop in
another way than its middle. Functions written with `Vectors` are the same instructions for every
element, wherever it lies: results do not depend on how work was cut.

A kernel is a Python function that runs while Numba lowers an intrinsic, and emits LLVM
instructions:

    @kernel
    def twice(e, source, target, count):
        for i in e.steps(count): ...
"""

import platform
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic

_INT64 = ir.IntType(64)
_INT32 = ir.IntType(32)
_INT16 = ir.IntType(16)


def _features() -> dict[str, bool]:
    """What Numba takes the processor for: its variables may leave instructions out."""
    said = vars(config)  # where Numba puts them when it is imported
    if said["CPU_FEATURES"] is not None:
        return {name[1:]: name[0] == "+" for name in said["CPU_FEATURES"].split(",") if name}
    found = dict(llvm.get_host_cpu_features())
    wide = bool(said["ENABLE_AVX"])
    return {name: there and (wide or not name.startswith("avx")) for name, there in found.items()}


def _vector_bits() -> int:
    """Width of the vector registers, in bits."""
    if FEATURES.get("avx512f"):
        return 512
    return 256 if FEATURES.get("avx") else 128


FEATURES = _features()
VECTOR_BITS = _vector_bits()
# 8 x 2 vectors of sums, 2 of inputs and a broadcast need more than 16 registers.
REGISTERS = 32 if VECTOR_BITS == 512 or platform.machine() in ("aarch64", "arm64") else 16
WIDE = 2 if REGISTERS == 32 else 1
# By the width of vectors: products of whole numbers of 16 bits, added up two by two, and what the
# processor is asked for. LLVM makes one instruction of that and a sum where there is one (VNNI).
_PAIRS = {
    512: ("llvm.x86.avx512.pmaddw.d.512", "avx512bw"),
    256: ("llvm.x86.avx2.pmadd.wd", "avx2"),
    128: ("llvm.x86.sse2.pmadd.wd", "sse2"),
}
# Whether this machine has them.
PAIRS = bool(FEATURES.get(_PAIRS[VECTOR_BITS][1]))


def lanes(itemsize: int) -> int:
    """Numbers of `itemsize` bytes in one vector."""
    return VECTOR_BITS // (8 * itemsize)


def panel(itemsize: int) -> int:
    """Points of one panel: what a tile of the matrix product holds in registers side by side."""
    return WIDE * lanes(itemsize)


class Value:
    """A vector (or a mask) with operators."""

    def __init__(self, e: "Vectors", value: Any) -> None:
        self.e = e
        self.value = value

    def _binary(self, name: str, other: "Value | float") -> "Value":
        return Value(self.e, getattr(self.e.builder, name)(self.value, self.e(other).value))

    def __add__(self, other: "Value | float") -> "Value":
        return self._binary("fadd", other)

    def __sub__(self, other: "Value | float") -> "Value":
        return self._binary("fsub", other)

    def __mul__(self, other: "Value | float") -> "Value":
        return self._binary("fmul", other)

    def __truediv__(self, other: "Value | float") -> "Value":
        return self._binary("fdiv", other)

    def __rsub__(self, other: float) -> "Value":
        return self.e(other) - self

    def __neg__(self) -> "Value":
        return Value(self.e, self.e.builder.fneg(self.value))

    def _compare(self, sign: str, other: "Value | float") -> "Value":
        return Value(self.e, self.e.builder.fcmp_ordered(sign, self.value, self.e(other).value))

    def __lt__(self, other: "Value | float") -> "Value":
        return self._compare("<", other)

    def __gt__(self, other: "Value | float") -> "Value":
        return self._compare(">", other)


class Vectors:
    """Emits instructions for vectors of one element type.

    Attributes:
        lanes: Elements of a vector.
        double: Whether elements are float64.
        pairs: Whether they are int32, each a pair of whole numbers of 16 bits or a sum of products.
    """

    def __init__(self, context: Any, builder: Any, element: Any) -> None:
        self.context = context
        self.builder = builder
        self.double = element.bitwidth == 64
        self.pairs = isinstance(element, types.Integer)
        self.lanes = VECTOR_BITS // element.bitwidth
        self.size = element.bitwidth // 8
        self.scalar = context.get_data_type(element)
        self.type = ir.VectorType(self.scalar, self.lanes)
        self.bits = ir.VectorType(_INT64 if self.double else _INT32, self.lanes)

    def __call__(self, value: "Value | float | Any") -> Value:
        """A vector of one number: a Python float or a scalar of the program."""
        if isinstance(value, Value):
            return value
        if isinstance(value, int | float):
            return Value(self, ir.Constant(self.type, [float(value)] * self.lanes))
        undefined = ir.Constant(self.type, ir.Undefined)
        first = self.builder.insert_element(undefined, value, ir.Constant(_INT32, 0))
        zeros = ir.Constant(ir.VectorType(_INT32, self.lanes), [0] * self.lanes)
        return Value(self, self.builder.shuffle_vector(first, undefined, zeros))

    def at(self, pointer: Any, offset: Any) -> Any:
        """`pointer` moved on by `offset` elements."""
        if isinstance(offset, int):
            offset = ir.Constant(_INT64, offset)
        return self.builder.gep(pointer, [offset], source_etype=self.scalar)

    def load(self, pointer: Any, offset: Any = 0) -> Value:
        """The vector at `pointer`."""
        where = self.at(pointer, offset)
        return Value(self, self.builder.load(where, align=self.size, typ=self.type))

    def spread(self, pointer: Any, offset: Any = 0) -> Value:
        """The one number at `pointer` in all lanes."""
        where = self.at(pointer, offset)
        return self(self.builder.load(where, align=self.size, typ=self.scalar))

    def store(self, value: Value, pointer: Any, offset: Any = 0) -> None:
        """Write a vector to `pointer`."""
        where = self.builder.bitcast(self.at(pointer, offset), self.type.as_pointer())
        self.builder.store(value.value, where, align=self.size)

    def fma(self, a: Value, b: "Value | float", c: "Value | float") -> Value:
        """a * b + c, rounded once where the machine can."""
        kind = ir.FunctionType(self.type, [self.type] * 3)
        name = f"llvm.fmuladd.v{self.lanes}f{self.size * 8}"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return Value(self, self.builder.call(function, (a.value, self(b).value, self(c).value)))

    def accumulate(self, total: Value, a: Value, b: Value) -> Value:
        """total + a * b; of pairs, the products of both are added."""
        if not self.pairs:
            return self.fma(a, b, total)
        halves = ir.VectorType(_INT16, 2 * self.lanes)
        kind = ir.FunctionType(self.type, [halves] * 2)
        name, _ = _PAIRS[VECTOR_BITS]
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        both = [self.builder.bitcast(own.value, halves) for own in (a, b)]
        return Value(self, self.builder.add(total.value, self.builder.call(function, both)))

    def polynomial(self, x: Value, *coefficients: float) -> Value:
        """c0 + c1 x + c2 x^2 + ..., by Horner's rule."""
        result = self(coefficients[-1])
        for c in reversed(coefficients[:-1]):
            result = self.fma(result, x, c)
        return result

    def where(self, mask: Value, yes: "Value | float", no: "Value | float") -> Value:
        """`yes` where the mask is set, else `no`."""
        return Value(self, self.builder.select(mask.value, self(yes).value, self(no).value))

    def as_bits(self, value: Value) -> Any:
        """The integers that hold the same bits."""
        return self.builder.bitcast(value.value, self.bits)

    def from_bits(self, value: Any) -> Value:
        """The numbers that hold the same bits as integers."""
        return Value(self, self.builder.bitcast(value, self.type))

    def whole(self, value: int) -> Any:
        """A vector of one integer, as wide as the elements."""
        return ir.Constant(self.bits, [value] * self.lanes)

    def root(self, value: Value) -> Value:
        """Square root."""
        return self._of_one("sqrt", value)

    def absolute(self, value: Value) -> Value:
        """|value|."""
        return self._of_one("fabs", value)

    def floor(self, value: Value) -> Value:
        """The largest whole number that is not above it."""
        return self._of_one("floor", value)

    def _of_one(self, name: str, value: Value) -> Value:
        kind = ir.FunctionType(self.type, [self.type])
        name = f"llvm.{name}.v{self.lanes}f{self.size * 8}"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return Value(self, self.builder.call(function, (value.value,)))

    def shuffle(self, a: Value, b: Value, mask: list[int]) -> Value:
        """Lanes of `a` (0 ...) and `b` (lanes ...) in the order of `mask`."""
        order = ir.Constant(ir.VectorType(_INT32, self.lanes), mask)
        return Value(self, self.builder.shuffle_vector(a.value, b.value, order))

    def variable(self, value: Value) -> "Variable":
        """A register that a loop changes."""
        return Variable(self, value)

    def repeat(self, count: Any, body: Callable[[Any], None]) -> None:
        """Run `body(index)` for index = 0 ... count - 1."""
        if isinstance(count, int):
            count = ir.Constant(_INT64, count)
        with cgutils.for_range(self.builder, count) as loop:
            body(loop.index)

    def times(self, a: Any, b: Any) -> Any:
        """Product of two integers of the program."""
        if isinstance(b, int):
            b = ir.Constant(_INT64, b)
        return self.builder.mul(a, b)

    def plus(self, a: Any, b: Any) -> Any:
        """Sum of two integers of the program."""
        if isinstance(b, int):
            b = ir.Constant(_INT64, b)
        return self.builder.add(a, b)


class Variable:
    """A vector that a loop changes; LLVM keeps it in a register."""

    def __init__(self, e: Vectors, value: Value) -> None:
        self.e = e
        self.slot = cgutils.alloca_once(e.builder, e.type)
        self.set(value)

    def set(self, value: Value) -> None:
        """Assign."""
        self.e.builder.store(value.value, self.slot)

    def get(self) -> Value:
        """The value now."""
        return Value(self.e, self.e.builder.load(self.slot, typ=self.e.type))


class Line:
    """Where an array of any type is read and written: its numbers as those of vectors, or alone.

    Attributes:
        kind: Of its elements, as LLVM names it.
    """

    def __init__(self, e: Vectors, pointer: Any, kind: Any) -> None:
        self.e = e
        self.pointer = pointer
        self.kind = kind

    @property
    def halves(self) -> bool:
        """Whether elements are int16: pairs, in whose middle they lie."""
        return self.kind == _INT16

    def at(self, offset: Any) -> "Line":
        """The line from an element on."""
        if isinstance(offset, int):
            offset = ir.Constant(_INT64, offset)
        moved = self.e.builder.gep(self.pointer, [offset], source_etype=self.kind)
        return Line(self.e, moved, self.kind)

    def load(self) -> Value:
        """The vector at the beginning, of the vectors' own elements."""
        e = self.e
        found = e.builder.load(
            self.pointer, align=self._size, typ=ir.VectorType(self.kind, e.lanes)
        )
        if isinstance(self.kind, ir.IntType):
            return Value(e, e.builder.sitofp(found, e.type))
        return Value(e, found if self.kind == e.scalar else e.builder.fpext(found, e.type))

    def first(self) -> Any:
        """The element at the beginning, as it is."""
        return self.e.builder.load(self.pointer, align=self._size, typ=self.kind)

    def words(self) -> Any:
        """As many int32 as a vector has lanes, of the bytes there."""
        kind = ir.VectorType(_INT32, self.e.lanes)
        pointer = self.e.builder.bitcast(self.pointer, kind.as_pointer())
        return self.e.builder.load(pointer, align=self._size, typ=kind)

    def put(self, element: Any) -> None:
        """Write it there: one, or a vector of them."""
        pointer = self.e.builder.bitcast(self.pointer, element.type.as_pointer())
        self.e.builder.store(element, pointer, align=self._size)

    @property
    def _size(self) -> int:
        return {_INT16: 2, _INT32: 4, ir.FloatType(): 4, ir.DoubleType(): 8}[self.kind]


def kernel(
    arrays: int, integers: int, scalars: int = 0, element: types.Float | None = None
) -> Callable[[Callable], Any]:
    """Turn `body(e, *pointers, *integers, *scalars)` into a function for Numba code.

    The function takes `arrays` pairs (array, offset in elements), then int64 numbers, then numbers
    of the vectors' own type. All arrays are contiguous and of one type; or vectors are of
    `element`, arrays of any type, and `body` takes a `Line` of each.
    """
    names = [f"{kind}{i}" for i in range(arrays) for kind in ("array", "offset")]
    names += [f"integer{i}" for i in range(integers)] + [f"scalar{i}" for i in range(scalars)]

    def decorate(body: Callable) -> Any:
        def typing(*given: Any) -> Any:
            own = element or given[0].dtype
            wanted = [given[i] if i % 2 == 0 else types.int64 for i in range(2 * arrays)]
            wanted += [types.int64] * integers + [own] * scalars

            def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
                e = Vectors(context, builder, own)
                pointers = []
                for i in range(0, 2 * arrays, 2):
                    array = context.make_array(signature.args[i])(context, builder, values[i])
                    if element is None:
                        pointers.append(e.at(array.data, values[i + 1]))
                    else:
                        kind = context.get_data_type(signature.args[i].dtype)
                        pointers.append(Line(e, array.data, kind).at(values[i + 1]))
                body(e, *pointers, *values[2 * arrays :])
                return context.get_dummy_value()

            return types.void(*wanted), lower

        # Numba reads an intrinsic's parameter names, so they must be there: no *args.
        source = f"def {body.__name__}(context, {', '.join(names)}):\n"
        source += f"    return typing({', '.join(names)})\n"
        space: dict[str, Any] = {"typing": typing}
        exec(compile(source, f"<{body.__name__}>", "exec"), space)
        made = space[body.__name__]
        made.__doc__ = body.__doc__
        made.__module__ = body.__module__
        return intrinsic(made)

    return decorate

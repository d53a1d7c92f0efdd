"""Formulas such as "sin(3*x) + x**2/4", evaluated on arrays without Python's `eval`.

The text is parsed by Python's own parser, and its syntax tree is walked: numbers, the variables,
pi, e and tau, + - * / // % **, comparisons, "a if b else c", and the functions below. Anything else
is refused by name, before anything is computed. All numbers are float64, so that no power grows
without bound.
"""

import ast
import difflib
import operator
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from redraw.errors import UsageError
from redraw.signals.table.columns import Floats

LONGEST = 2000  # characters
DEEPEST = 100  # formulas inside each other
LARGEST = 1e308

CONSTANTS = {"pi": np.pi, "e": np.e, "tau": 2.0 * np.pi}
# Each with the numbers it takes, at least and at most.
FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    **{
        name: (getattr(np, name), 1, 1)
        for name in (
            *("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "log2", "log10", "sqrt"),
            *("abs", "floor", "ceil", "round", "sign", "cbrt"),
        )
    },
    "asin": (np.arcsin, 1, 1),
    "acos": (np.arccos, 1, 1),
    "atan": (np.arctan, 1, 1),
    "atan2": (np.arctan2, 2, 2),
    "hypot": (np.hypot, 2, 2),
    "sinc": (np.sinc, 1, 1),
    "min": (lambda *values: np.minimum.reduce(np.broadcast_arrays(*values)), 2, 16),
    "max": (lambda *values: np.maximum.reduce(np.broadcast_arrays(*values)), 2, 16),
    "where": (lambda condition, yes, no: np.where(condition != 0.0, yes, no), 3, 3),
}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


class Expression:
    """A formula of some variables.

    Args:
        text: The formula.
        variables: Their names.

    Raises:
        UsageError: it can't be parsed, names something unknown, or does what is not allowed.

    Example:
        >>> Expression("2*x + 1", ["x"])({"x": np.array([1.0, 2.0])})
        array([3., 5.])
    """

    def __init__(self, text: str, variables: Collection[str]) -> None:
        self.text = text
        self.variables = tuple(variables)
        if len(text) > LONGEST:
            raise self._refused(f"it has {len(text)} characters; accepted: up to {LONGEST:,}")
        try:
            with warnings.catch_warnings(action="ignore"):
                self._tree = ast.parse(text.strip(), mode="eval").body
        except SyntaxError as error:
            at = f" at character {error.offset}" if error.offset else ""
            raise self._refused(f"it is no formula: {error.msg}{at}") from None
        except (ValueError, RecursionError, MemoryError):
            raise self._refused("it is no formula that can be parsed") from None
        self._check(self._tree, 0)

    def __call__(self, values: Mapping[str, Floats]) -> Floats:
        """The formula at many points at once; NaN or infinite where it has no value.

        Args:
            values: An array for each variable, all of one length. (N,)

        Returns:
            (N,) float64
        """
        count = len(next(iter(values.values())))
        with np.errstate(all="ignore"):
            found = np.asarray(self._value(self._tree, values), np.float64)
        return np.broadcast_to(found, (count,)).copy()

    @property
    def used(self) -> set[str]:
        """The variables that occur in it."""
        names = {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)}
        return names & set(self.variables)

    def _check(self, node: ast.AST, depth: int) -> None:
        """Refuse what `_value` would not know."""
        if depth > DEEPEST:
            raise self._refused(f"it is nested more than {DEEPEST} deep")
        parts: list[ast.AST] = []
        if isinstance(node, ast.Constant):
            if type(node.value) not in (int, float):
                raise self._refused(f"{self._words(node)} is no number")
            if abs(node.value) > LARGEST:  # type: ignore[operator]
                raise self._refused(f"{self._words(node)} is too large")
        elif isinstance(node, ast.Name):
            self._check_name(node.id)
        elif isinstance(node, ast.UnaryOp):
            if not isinstance(node.op, ast.UAdd | ast.USub | ast.Not):
                raise self._refused(f"{self._words(node)!r} is not allowed")
            parts = [node.operand]
        elif isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.BitXor):
                raise self._refused("^ is no power here; write **")
            if type(node.op) not in _BINARY:
                raise self._refused(f"{self._words(node)!r} is not allowed")
            parts = [node.left, node.right]
        elif isinstance(node, ast.Compare):
            if any(type(op) not in _COMPARISONS for op in node.ops):
                raise self._refused(f"{self._words(node)!r} is not allowed")
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.BoolOp):
            parts = list(node.values)
        elif isinstance(node, ast.IfExp):
            parts = [node.test, node.body, node.orelse]
        elif isinstance(node, ast.Call):
            self._check_call(node)
            parts = list(node.args)
        else:
            raise self._refused(f"{self._words(node)!r} is not allowed; only formulas are")
        for part in parts:
            self._check(part, depth + 1)

    def _check_name(self, name: str) -> None:
        if name in self.variables or name in CONSTANTS:
            return
        if name in FUNCTIONS:
            raise self._refused(f"{name} is a function; write {name}(...)")
        known = [*self.variables, *CONSTANTS]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise self._refused(
            f"{name!r} is unknown; {hint}it may have {', '.join(known)}"
            f" (give a variable its domain: --domain {name}=-1:1)"
        )

    def _check_call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self._refused(f"{self._words(node)!r} is not allowed; only formulas are")
        name = node.func.id
        if name not in FUNCTIONS:
            near = difflib.get_close_matches(name, FUNCTIONS, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise self._refused(
                f"the function {name!r} is unknown; {hint}it may have {', '.join(FUNCTIONS)}"
            )
        _, least, most = FUNCTIONS[name]
        if not least <= len(node.args) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise self._refused(f"{name} takes {wanted} numbers, not {len(node.args)}")

    def _value(self, node: ast.AST, values: Mapping[str, Floats]) -> Any:
        """Of a node that was checked."""

        def of(part: ast.AST) -> Any:
            return self._value(part, values)

        if isinstance(node, ast.Constant):
            return np.float64(node.value)  # type: ignore[arg-type]  # a number, as was checked
        if isinstance(node, ast.Name):
            return values[node.id] if node.id in self.variables else np.float64(CONSTANTS[node.id])
        if isinstance(node, ast.UnaryOp):
            value = of(node.operand)
            if isinstance(node.op, ast.Not):
                return np.float64(value == 0.0) if np.ndim(value) == 0 else (value == 0.0) * 1.0
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            return _BINARY[type(node.op)](of(node.left), of(node.right))
        if isinstance(node, ast.Compare):
            sides = [of(part) for part in (node.left, *node.comparators)]
            held = [
                _COMPARISONS[type(op)](sides[place], sides[place + 1])
                for place, op in enumerate(node.ops)
            ]
            return np.logical_and.reduce(np.broadcast_arrays(*held)) * 1.0
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return join.reduce(np.broadcast_arrays(*(of(part) for part in node.values))) * 1.0
        if isinstance(node, ast.IfExp):
            return np.where(np.asarray(of(node.test)) != 0.0, of(node.body), of(node.orelse))
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return FUNCTIONS[node.func.id][0](*(of(part) for part in node.args))

    def _words(self, node: ast.AST) -> str:
        text = ast.get_source_segment(self.text.strip(), node) or type(node).__name__  # type: ignore[arg-type]
        return text if len(text) <= 40 else text[:37] + "..."

    def _refused(self, why: str) -> UsageError:
        shown = self.text if len(self.text) <= 60 else self.text[:57] + "..."
        return UsageError(f"the function {shown!r} can't be taken: {why}")

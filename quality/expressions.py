"""Small arithmetic expressions in rule data, such as `min(l/750, 20)`.

Only numbers, the four operations, brackets, `min`, `max` and the named variables are understood. An
expression is parsed once, when the rules are loaded; nothing in it is ever run as Python.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {"min": min, "max": max}
_LONGEST = 200


class ExpressionError(ValueError):
    """An expression that is not understood or has no finite value; the message says which part."""


@dataclass(frozen=True)
class Expression:
    """A checked arithmetic expression in millimetres."""

    text: str
    _tree: ast.expr

    @property
    def names(self) -> frozenset[str]:
        """The variables that the value depends on."""
        called = {node.func for node in ast.walk(self._tree) if isinstance(node, ast.Call)}
        return frozenset(node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name) and node not in called)

    def value(self, variables: Mapping[str, float]) -> float:
        """The value for `variables`; raises ExpressionError where it is not a finite number."""
        try:
            result = float(_compute(self._tree, variables))
        except (ZeroDivisionError, OverflowError) as error:
            raise ExpressionError(f"{self.text!r} has no value: {error}") from error
        if not math.isfinite(result):
            raise ExpressionError(f"{self.text!r} has no finite value")
        return result


def parse_expression(text: str | int | float, variables: frozenset[str]) -> Expression:
    """Read a number or an expression in `variables`; raises ExpressionError for anything else."""
    source = str(text).strip()
    if len(source) > _LONGEST:
        raise ExpressionError(f"the expression is longer than {_LONGEST} characters")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"{source!r} is not an expression") from error
    _check(tree, variables)
    return Expression(source, tree)


def _check(node: ast.expr, variables: frozenset[str]) -> None:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return
        case ast.Name(id=name) if name in variables:
            return
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _check(operand, variables)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            _check(left, variables)
            _check(right, variables)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS and len(args) > 1:
            for argument in args:
                _check(argument, variables)
        case _:
            known = ", ".join(sorted(variables))
            raise ExpressionError(f"{ast.unparse(node)!r} is not allowed; known are {known}, min, max")


def _compute(node: ast.expr, variables: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return variables[name]
        case ast.UnaryOp(op=op, operand=operand):
            value = _compute(operand, variables)
            return -value if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATIONS[type(op)](_compute(left, variables), _compute(right, variables))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name](*(_compute(argument, variables) for argument in args))
    raise ExpressionError(f"{ast.unparse(node)!r} was never checked")

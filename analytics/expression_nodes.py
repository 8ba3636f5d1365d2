"""Points, numbers and operators of an expression: each node of its tree as a function of arrays."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from analytics import array_logic as logic
from analytics.array_logic import Run
from analytics.expression_parts import ExpressionError, Memory, Usual, Window
from analytics.units import ANY, Unit, clash, name_of, product, unit

HIDDEN = str.maketrans("{}.", "\u01c0\u01c1\u01c2")
"""Letters of an alphabet that nobody types: they make a point one word of Python."""
SHOWN = str.maketrans("\u01c0\u01c1\u01c2", "{}.")
_SUMS = {"Add": operator.add, "Sub": operator.sub}


@dataclass(frozen=True)
class Node:
    run: Run
    truth: bool
    unit: Unit = ANY
    constant: float | None = None


class NodeBuilder:
    """Walks the tree once; each node becomes a function of Inputs."""

    def __init__(self, text: str, known: Mapping[str, str], named: Mapping[str, str]) -> None:
        self._text, self._known, self._named = text, known, named
        self._inside = ""
        self._spread_named = self._optional = False
        self.optional: set[str] = set()
        self.points: set[str] = set()
        self.spread_points: set[str] = set()
        self.names: set[str] = set()
        self.member_names: set[str] = set()
        self.marks: set[str] = set()
        self.memories: dict[str, Memory] = {}
        self.windows: dict[str, Window] = {}
        self.usuals: dict[str, Usual] = {}
        self.area = False

    def fail(self, tree: ast.AST, why: str) -> NoReturn:
        # The parser counts bytes, and the bracket before the text.
        at = getattr(tree, "col_offset", 1) - 1
        raise ExpressionError(why, 1 + len(self._text.encode()[:at].decode(errors="ignore")))

    def node(self, tree: ast.AST) -> Node:
        build = getattr(self, f"_{type(tree).__name__.lower()}", None)
        if build is None:
            self.fail(tree, f"{type(tree).__name__} isn't possible in an expression")
        found: Node = build(tree)
        return found

    def number(self, tree: ast.AST) -> Node:
        node = self.node(tree)
        if node.truth:
            self.fail(tree, "a number is wanted here, not true or false")
        return node

    def truth(self, tree: ast.AST) -> Run:
        node = self.node(tree)
        if not node.truth:
            self.fail(tree, "true or false is wanted here; compare the number with another")
        return node.run

    def same_unit(self, tree: ast.AST, nodes: list[Node]) -> Unit:
        units = [node.unit for node in nodes]
        if (pair := clash(units)) is not None:
            a, b = (name_of(one) or "a pure number" for one in pair)
            self.fail(tree, f"units differ: {a} and {b}")
        return next((one for one in units if one is not ANY), ANY)

    def _constant(self, tree: ast.Constant) -> Node:
        if isinstance(tree.value, bool) or not isinstance(tree.value, int | float):
            self.fail(tree, f"{tree.value!r} is not a number")
        array = np.array([[float(tree.value)]])
        return Node(lambda inputs: array, False, ANY, float(tree.value))

    def _name(self, tree: ast.Name) -> Node:
        word = tree.id.translate(SHOWN)
        if word in self._known:
            self._point(tree, word)
            return Node(lambda inputs: inputs.number(word), False, unit(self._known[word]))
        if word not in self._named:
            self.fail(tree, f"no such {'point' if '.' in word else 'parameter'}: '{word}'")
        (self.member_names if self._inside == "s" else self.names).add(word)
        return Node(lambda inputs: inputs.number(word), False, unit(self._named[word]))

    def _point(self, tree: ast.Name, word: str) -> None:
        if self._inside == "s":
            self.fail(tree, f"'{word}': count_stations() knows parameters and attributes only")
        marks = {mark for mark in "znt" if f"{{{mark}}}" in word}
        if self._inside in marks:
            self.spread_points.add(word)
            self._spread_named = True
            if self._inside == "z" and len(marks) > 1:
                self.fail(tree, f"'{word}': a pump can't be named for every zone")
        else:
            (self.optional if self._optional else self.points).add(word)
        self.marks |= marks - {self._inside}
        if {"t", "z"} <= self.marks:
            self.fail(tree, f"'{word}': a tank and a zone are different places")

    def _boolop(self, tree: ast.BoolOp) -> Node:
        join = np.minimum if isinstance(tree.op, ast.And) else np.maximum
        return Node(logic.joined(join, [self.truth(part) for part in tree.values]), True)

    def _unaryop(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            inner = self.truth(tree.operand)
            return Node(lambda inputs: -inner(inputs), True)
        if not isinstance(tree.op, ast.USub):
            self.fail(tree, f"{type(tree.op).__name__} isn't possible in an expression")
        node = self.number(tree.operand)
        return self._folded(lambda inputs: -node.run(inputs), node.unit, node)

    def _binop(self, tree: ast.BinOp) -> Node:
        left, right, word = self.number(tree.left), self.number(tree.right), type(tree.op).__name__
        a, b = left.run, right.run
        if word in _SUMS:
            do, one = _SUMS[word], self.same_unit(tree, [left, right])
            return self._folded(lambda inputs: do(a(inputs), b(inputs)), one, left, right)
        if word == "Mult":
            one = product(left.unit, right.unit, 1)
            return self._folded(lambda inputs: a(inputs) * b(inputs), one, left, right)
        if word != "Div":
            self.fail(tree, f"{word} isn't possible in an expression")
        if right.constant == 0:
            self.fail(tree.right, "a division by zero")
        one = product(left.unit, right.unit, -1)
        return self._folded(lambda inputs: logic.divide(a(inputs), b(inputs)), one, left, right)

    def _folded(self, run: Run, one: Unit, *parts: Node) -> Node:
        if any(part.constant is None for part in parts):
            return Node(run, False, one)
        value = run(None)  # type: ignore[arg-type] # constants ask for nothing
        return Node(lambda inputs: value, False, one, float(value[0, 0]))

    def _compare(self, tree: ast.Compare) -> Node:
        nodes = [self.number(part) for part in (tree.left, *tree.comparators)]
        self.same_unit(tree, nodes)
        steps = []
        for op, left, right in zip(tree.ops, nodes, nodes[1:], strict=False):
            if type(op).__name__ not in logic.COMPARE:
                self.fail(tree, f"{type(op).__name__} isn't possible in an expression")
            if left.constant is not None and right.constant is not None:
                self.fail(tree, "two constants are compared")
            steps.append(logic.compared(type(op).__name__, left.run, right.run))
        return Node(logic.joined(np.minimum, steps), True)

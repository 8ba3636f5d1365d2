"""Expressions over points, checked word by word and turned into functions of arrays.

    {z}.P_OUT < {z}.P_SET - margin and {z}.NRUN > 0

A point with {z} (zone), {n} (pump) or {t} (tank) in it speaks of the place that is asked for.
`any_pump`, `all_pumps`, `count_pumps`, `sum_pumps`, `any_tank`, `all_tanks` speak of every pump of
the zone or tank of the station, `count_stations` of the stations of an area. `since(c)` is the time
in s since c became true, `ago(c)` since it was last true; both are endless when that wasn't seen.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

import numpy as np

from analytics import array_logic as logic
from analytics.array_logic import Array, Inputs, Run
from analytics.units import ANY, Unit, clash, name_of, product, unit

_POINT = re.compile(r"(?<![\w.])(?:\{[a-z]\}|[^\W\d]\w*)(?:\.[\w{}]+)+")
_HIDDEN = str.maketrans("{}.", "\u01c0\u01c1\u01c2")
"""Letters of an alphabet that nobody types: they make a point one word of Python."""
_SHOWN = str.maketrans("\u01c0\u01c1\u01c2", "{}.")
_SUMS = {"Add": operator.add, "Sub": operator.sub}
_SPREADS = {
    "any_pump": "n", "all_pumps": "n", "count_pumps": "n", "sum_pumps": "n",
    "any_tank": "t", "all_tanks": "t",
}  # fmt: skip
_ARGUMENTS = {"abs": (1, 1), "min": (2, 9), "max": (2, 9), "percent": (2, 2)}
_MEMORIES = ("since", "ago")
LONGEST = 500
FUNCTIONS = (*_ARGUMENTS, *_SPREADS, *_MEMORIES, "count_stations")


class ExpressionError(ValueError):
    """A text that can't be an expression; `place` is the column, counted from 1."""

    def __init__(self, why: str, place: int) -> None:
        super().__init__(f"column {place}: {why}")
        self.why, self.place = why, place


@dataclass(frozen=True)
class Memory:
    """A part of an expression that remembers: since() or ago() of a condition."""

    key: str
    verb: str
    condition: Run


@dataclass(frozen=True)
class Expression:
    text: str
    run: Run
    unit: str | None
    """Of the number; None where it is a truth, or a number that fits any unit."""
    points: frozenset[str]
    """Templates that the place itself must have; those inside any_pump() etc. aren't among them."""
    spread_points: frozenset[str]
    names: frozenset[str]
    """Parameters and attributes of the subject itself."""
    member_names: frozenset[str]
    """Those inside count_stations()."""
    marks: frozenset[str]
    """Of 'z', 'n', 't': what kind of place it speaks of; empty = the station or area."""
    area: bool
    """It counts the stations of an area."""
    memories: tuple[Memory, ...]


@dataclass(frozen=True)
class _Node:
    run: Run
    truth: bool
    unit: Unit = ANY
    constant: float | None = None


def compile_expression(
    text: str,
    points: Mapping[str, str],
    names: Mapping[str, str],
    result: Literal["truth", "number"] = "truth",
) -> Expression:
    """`text` as a function of arrays. `points` and `names` (parameters, attributes) give units.

    Raises ExpressionError: syntax, unknown point, name or function, numbers of different unit,
    a division by a constant zero, a truth where a number is wanted or the other way round.
    """
    hidden = _POINT.sub(lambda found: found.group().translate(_HIDDEN), text.replace("\n", " "))
    if not text.strip() or len(text) > LONGEST:
        raise ExpressionError("is empty, or longer than 500 characters", 1)
    try:
        tree = ast.parse(f"({hidden})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = (getattr(error, "offset", None) or 2) - 1
        raise ExpressionError("can't be read here", max(1, min(place, len(text)))) from error
    builder = _Builder(hidden, points, names)
    node = builder.node(tree)
    if node.truth != (result == "truth"):
        wanted = "true or false" if result == "truth" else "a number"
        builder.fail(tree, f"the whole must be {wanted}")
    return Expression(
        text=text,
        run=node.run,
        unit=None if node.truth or node.unit is ANY else name_of(node.unit),
        points=frozenset(builder.points),
        spread_points=frozenset(builder.spread_points),
        names=frozenset(builder.names),
        member_names=frozenset(builder.member_names),
        marks=frozenset(builder.marks),
        area=builder.area,
        memories=tuple(builder.memories.values()),
    )


class _Builder:
    """Walks the tree once; each node becomes a function of Inputs."""

    def __init__(self, text: str, known: Mapping[str, str], named: Mapping[str, str]) -> None:
        self._text, self._known, self._named = text, known, named
        self._inside = ""
        self._spread_named = False
        self.points: set[str] = set()
        self.spread_points: set[str] = set()
        self.names: set[str] = set()
        self.member_names: set[str] = set()
        self.marks: set[str] = set()
        self.memories: dict[str, Memory] = {}
        self.area = False

    def fail(self, tree: ast.AST, why: str) -> NoReturn:
        # The parser counts bytes, and the bracket before the text.
        at = getattr(tree, "col_offset", 1) - 1
        raise ExpressionError(why, 1 + len(self._text.encode()[:at].decode(errors="ignore")))

    def node(self, tree: ast.AST) -> _Node:
        build = getattr(self, f"_{type(tree).__name__.lower()}", None)
        if build is None:
            self.fail(tree, f"{type(tree).__name__} isn't possible in an expression")
        found: _Node = build(tree)
        return found

    def number(self, tree: ast.AST) -> _Node:
        node = self.node(tree)
        if node.truth:
            self.fail(tree, "a number is wanted here, not true or false")
        return node

    def truth(self, tree: ast.AST) -> Run:
        node = self.node(tree)
        if not node.truth:
            self.fail(tree, "true or false is wanted here; compare the number with another")
        return node.run

    def same_unit(self, tree: ast.AST, nodes: list[_Node]) -> Unit:
        units = [node.unit for node in nodes]
        if (pair := clash(units)) is not None:
            a, b = (name_of(one) or "a pure number" for one in pair)
            self.fail(tree, f"units differ: {a} and {b}")
        return next((one for one in units if one is not ANY), ANY)

    def _constant(self, tree: ast.Constant) -> _Node:
        if isinstance(tree.value, bool) or not isinstance(tree.value, int | float):
            self.fail(tree, f"{tree.value!r} is not a number")
        array = np.array([[float(tree.value)]])
        return _Node(lambda inputs: array, False, ANY, float(tree.value))

    def _name(self, tree: ast.Name) -> _Node:
        word = tree.id.translate(_SHOWN)
        if word in self._known:
            self._point(tree, word)
            return _Node(lambda inputs: inputs.number(word), False, unit(self._known[word]))
        if word not in self._named:
            self.fail(tree, f"no such {'point' if '.' in word else 'parameter'}: '{word}'")
        (self.member_names if self._inside == "s" else self.names).add(word)
        return _Node(lambda inputs: inputs.number(word), False, unit(self._named[word]))

    def _point(self, tree: ast.Name, word: str) -> None:
        if self._inside == "s":
            self.fail(tree, f"'{word}': count_stations() knows parameters and attributes only")
        marks = {mark for mark in "znt" if f"{{{mark}}}" in word}
        if self._inside in marks:
            self.spread_points.add(word)
            self._spread_named = True
        else:
            self.points.add(word)
        self.marks |= marks - {self._inside}
        if {"t", "z"} <= self.marks:
            self.fail(tree, f"'{word}': a tank and a zone are different places")

    def _boolop(self, tree: ast.BoolOp) -> _Node:
        join = np.minimum if isinstance(tree.op, ast.And) else np.maximum
        return _Node(logic.joined(join, [self.truth(part) for part in tree.values]), True)

    def _unaryop(self, tree: ast.UnaryOp) -> _Node:
        if isinstance(tree.op, ast.Not):
            inner = self.truth(tree.operand)
            return _Node(lambda inputs: -inner(inputs), True)
        if not isinstance(tree.op, ast.USub):
            self.fail(tree, f"{type(tree.op).__name__} isn't possible in an expression")
        node = self.number(tree.operand)
        return self._folded(lambda inputs: -node.run(inputs), node.unit, node)

    def _binop(self, tree: ast.BinOp) -> _Node:
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

    def _folded(self, run: Run, one: Unit, *parts: _Node) -> _Node:
        if any(part.constant is None for part in parts):
            return _Node(run, False, one)
        value = run(None)  # type: ignore[arg-type] # constants ask for nothing
        return _Node(lambda inputs: value, False, one, float(value[0, 0]))

    def _compare(self, tree: ast.Compare) -> _Node:
        nodes = [self.number(part) for part in (tree.left, *tree.comparators)]
        self.same_unit(tree, nodes)
        steps = []
        for op, left, right in zip(tree.ops, nodes, nodes[1:], strict=False):
            if type(op).__name__ not in logic.COMPARE:
                self.fail(tree, f"{type(op).__name__} isn't possible in an expression")
            if left.constant is not None and right.constant is not None:
                self.fail(tree, "two constants are compared")
            steps.append(logic.compared(type(op).__name__, left.run, right.run))
        return _Node(logic.joined(np.minimum, steps), True)

    def _call(self, tree: ast.Call) -> _Node:
        word = ast.unparse(tree.func).translate(_SHOWN)
        if word not in FUNCTIONS:
            self.fail(tree, f"no such function: '{word}'")
        low, high = _ARGUMENTS.get(word, (1, 1))
        plain = not tree.keywords and not any(isinstance(a, ast.Starred) for a in tree.args)
        if not plain or not low <= len(tree.args) <= high:
            wanted = str(low) if low == high else f"{low} to {high}"
            self.fail(tree, f"{word}() takes {wanted} plain arguments")
        if word in _ARGUMENTS:
            return self._numeric(tree, word)
        if self._inside:
            self.fail(tree, f"{word}() can't stand inside another such function")
        kind = "s" if word == "count_stations" else _SPREADS.get(word, "m")
        self._inside, self._spread_named = kind, False
        node = self.number(tree.args[0]) if word == "sum_pumps" else None
        run = node.run if node else self.truth(tree.args[0])
        self._inside = ""
        if kind == "s":
            self.area = True
            return _Node(logic.counted(run), False, unit(""))
        if kind == "m":
            return self._memory(tree, word, run)
        if not self._spread_named:
            self.fail(tree, f"{word}() names no point with {{{kind}}}")
        return self._spread(word, kind, run, node.unit if node else unit(""))

    def _numeric(self, tree: ast.Call, word: str) -> _Node:
        nodes = [self.number(part) for part in tree.args]
        one = self.same_unit(tree, nodes)
        runs = [node.run for node in nodes]
        if word == "abs":
            return _Node(lambda inputs: np.abs(runs[0](inputs)), False, one)
        if word == "percent":
            a, b = runs
            return _Node(lambda inputs: logic.divide(100 * a(inputs), b(inputs)), False, unit("%"))
        return _Node(logic.joined(np.minimum if word == "min" else np.maximum, runs), False, one)

    def _memory(self, tree: ast.Call, word: str, condition: Run) -> _Node:
        key = ast.unparse(tree).translate(_SHOWN)
        self.memories[key] = Memory(key, word, condition)
        return _Node(lambda inputs: inputs.recall(key), False, unit("s"))

    def _spread(self, word: str, mark: str, inner: Run, one: Unit) -> _Node:
        how = word.partition("_")[0]

        def run(inputs: Inputs) -> Array:
            wider, there = inputs.spread(mark)
            return logic.GATHER[how](inner(wider), there)

        return _Node(run, how in ("any", "all"), one)

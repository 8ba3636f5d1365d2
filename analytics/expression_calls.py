"""Functions of expressions: arithmetic, spreads, memories, windows, what is usual."""

from __future__ import annotations

import ast

import numpy as np

from analytics import array_logic as logic
from analytics.array_logic import Array, Inputs, Run
from analytics.expression_nodes import SHOWN, Node, NodeBuilder
from analytics.expression_parts import Memory, Usual, Window
from analytics.units import Unit, unit

_SPREADS = {
    "any_pump": "n", "all_pumps": "n", "count_pumps": "n", "sum_pumps": "n",
    "any_tank": "t", "all_tanks": "t", "any_zone": "z", "all_zones": "z", "sum_zones": "z",
}  # fmt: skip
_ARGUMENTS = {"abs": (1, 1), "min": (2, 9), "max": (2, 9), "percent": (2, 2)}
_MEMORIES = ("since", "ago")
_WINDOWS = ("mean", "std", "lowest", "highest", "span", "rate", "gain", "jitter", "missing")
SHORTEST_WINDOW, LONGEST_WINDOW = 10.0, 7 * 86400.0
"""s"""
FUNCTIONS = (*_ARGUMENTS, *_SPREADS, *_MEMORIES, *_WINDOWS, "usual", "maybe", "count_stations")


class CallBuilder(NodeBuilder):
    """Builds calls beside the nodes."""

    def _call(self, tree: ast.Call) -> Node:
        word = ast.unparse(tree.func).translate(SHOWN)
        if word not in FUNCTIONS:
            self.fail(tree, f"no such function: '{word}'")
        back = word in _WINDOWS or word == "usual"
        low, high = (2, 2) if back else _ARGUMENTS.get(word, (1, 1))
        plain = not tree.keywords and not any(isinstance(a, ast.Starred) for a in tree.args)
        if not plain or not low <= len(tree.args) <= high:
            wanted = str(low) if low == high else f"{low} to {high}"
            self.fail(tree, f"{word}() takes {wanted} plain arguments")
        if word in _ARGUMENTS:
            return self._numeric(tree, word)
        if word == "maybe" and self._inside != "s":
            return self._maybe(tree)
        if back and self._inside in ("", "m"):
            return self._window(tree, word) if word != "usual" else self._usual(tree)
        before, kind = self._inside, "s" if word == "count_stations" else _SPREADS.get(word, "m")
        if before and not (before == "w" and kind in "nzt"):
            self.fail(tree, f"{word}() can't stand inside another such function")
        self._inside, self._spread_named = kind, False
        node = self.number(tree.args[0]) if word.startswith("sum_") else None
        run = node.run if node else self.truth(tree.args[0])
        self._inside = before
        if kind == "s":
            self.area = True
            return Node(logic.counted(run), False, unit(""))
        if kind == "m":
            return self._memory(tree, word, run)
        if not self._spread_named:
            self.fail(tree, f"{word}() names no point with {{{kind}}}")
        return self._spread(word, kind, run, node.unit if node else unit(""))

    def _maybe(self, tree: ast.Call) -> Node:
        """A condition that is false where it isn't known, of points that a place may lack."""
        before, self._optional = self._optional, True
        run = self.truth(tree.args[0])
        self._optional = before
        return Node(lambda inputs: np.where(run(inputs) == 1, np.int8(1), np.int8(-1)), True)

    def _numeric(self, tree: ast.Call, word: str) -> Node:
        nodes = [self.number(part) for part in tree.args]
        one = self.same_unit(tree, nodes)
        runs = [node.run for node in nodes]
        if word == "abs":
            return Node(lambda inputs: np.abs(runs[0](inputs)), False, one)
        if word == "percent":
            a, b = runs
            return Node(lambda inputs: logic.divide(100 * a(inputs), b(inputs)), False, unit("%"))
        return Node(logic.joined(np.minimum if word == "min" else np.maximum, runs), False, one)

    def _memory(self, tree: ast.Call, word: str, condition: Run) -> Node:
        key = ast.unparse(tree).translate(SHOWN)
        self.memories[key] = Memory(key, word, condition)
        return Node(lambda inputs: inputs.recall(key), False, unit("s"))

    def _window(self, tree: ast.Call, word: str) -> Node:
        before, self._inside = self._inside, "w"
        node, length = self.number(tree.args[0]), self.number(tree.args[1])
        self._inside = before
        if length.constant is None or not SHORTEST_WINDOW <= length.constant <= LONGEST_WINDOW:
            allowed = f"{SHORTEST_WINDOW:.0f} to {LONGEST_WINDOW:.0f}"
            self.fail(tree.args[1], f"{word}() looks back over {allowed} s, written as a number")
        key = ast.unparse(tree).translate(SHOWN)
        self.windows[key] = Window(key, word, length.constant, node.run)
        one = unit("") if word == "missing" else node.unit
        return Node(lambda inputs: inputs.recall(key), False, one)

    def _usual(self, tree: ast.Call) -> Node:
        point, percent = self.number(tree.args[0]), self.number(tree.args[1])
        code = ast.unparse(tree.args[0]).translate(SHOWN)
        if code not in self._known:
            self.fail(tree.args[0], "usual() is known of a point only")
        if percent.constant is None or not 0 <= percent.constant <= 100:
            self.fail(tree.args[1], "a percentile is a number from 0 to 100")
        key = ast.unparse(tree).translate(SHOWN)
        self.usuals[key] = Usual(key, code, percent.constant)
        return Node(lambda inputs: inputs.recall(key), False, point.unit)

    def _spread(self, word: str, mark: str, inner: Run, one: Unit) -> Node:
        how = word.partition("_")[0]

        def run(inputs: Inputs) -> Array:
            wider, there = inputs.spread(mark)
            return logic.GATHER[how](inner(wider), there)

        return Node(run, how in ("any", "all"), one)

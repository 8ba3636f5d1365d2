"""Expressions: three-valued truth, places, spreads; and every refusal with its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.array_logic import Array
from analytics.expressions import Expression, ExpressionError, compile_expression

POINTS = {
    "PH.P_MAIN": "MPa",
    "EN.FLOOD": "",
    "PH.Q_IN": "m³/h",
    "{z}.P_OUT": "MPa",
    "{z}.P_SET": "MPa",
    "{z}.P{n}.RUN": "",
    "{z}.P{n}.P": "kW",
    "{t}.LEVEL": "m",
    "{t}.LL": "",
}
NAMES = {"margin": "MPa", "overflow_level": "m", "silence": "s", "low": "%", "share": ""}
NAN = float("nan")


class Fixed:
    """Inputs that are written down: {name: [values of subjects]}; of pumps a list of lists."""

    def __init__(self, values: dict[str, Any], there: Any = None, wide: bool = False) -> None:
        self.values, self.there, self.wide = values, there, wide

    def number(self, name: str) -> Array:
        found = np.asarray(self.values[name], dtype=float)
        return found[:, None, :] if found.ndim == 2 else found[None, :]

    def recall(self, key: str) -> Array:
        return self.number(key)

    def spread(self, mark: str) -> tuple[Fixed, Array]:
        return self, np.asarray(self.there, dtype=bool)[:, None, :]

    def members(self) -> tuple[Fixed, Array, int]:
        return self, np.asarray(self.values["area"]), 2


def compiled(text: str, result: Any = "truth") -> Expression:
    return compile_expression(text, POINTS, NAMES, result)


def answer(text: str, result: Any = "truth", there: Any = None, **values: Any) -> list[float]:
    named = {key.replace("_in_", "."): value for key, value in values.items()}
    found = compiled(text, result).run(Fixed(named | values.get("points", {}), there))
    return [float(value) for value in np.asarray(found).reshape(-1)]


def test_a_low_pressure_is_true_false_or_unknown() -> None:
    points = {"{z}.P_OUT": [0.3, 0.5, NAN, 0.3], "{z}.P_SET": [0.4, 0.4, 0.4, NAN]}
    assert answer("{z}.P_OUT < {z}.P_SET - margin", points=points, margin=[0.05] * 4) == [
        1, -1, 0, 0,
    ]  # fmt: skip


KLEENE = {
    ("and", 1, 0): 0, ("and", -1, 0): -1, ("and", 0, 0): 0, ("and", 1, 1): 1,
    ("or", 1, 0): 1, ("or", -1, 0): 0, ("or", -1, -1): -1, ("or", 0, 0): 0,
}  # fmt: skip


@pytest.mark.parametrize(("word", "a", "b"), KLEENE)
def test_unknown_decides_nothing_that_the_other_side_decides(word: str, a: int, b: int) -> None:
    value = {1: 1.0, -1: 0.0, 0: NAN}
    points = {"EN.FLOOD": [value[a]], "{t}.LL": [value[b]]}
    assert answer(f"EN.FLOOD == 1 {word} {{t}}.LL == 1", points=points) == [KLEENE[word, a, b]]
    swapped = {"EN.FLOOD": [value[b]], "{t}.LL": [value[a]]}
    assert answer(f"EN.FLOOD == 1 {word} {{t}}.LL == 1", points=swapped) == [KLEENE[word, a, b]]


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, NAN]), min_size=2, max_size=2))
def test_comparisons_agree_with_plain_python(pair: list[float]) -> None:
    a, b = pair
    points = {"PH.P_MAIN": [a], "{z}.P_OUT": [b]}
    known = not (np.isnan(a) or np.isnan(b))
    for op, expected in (("<", a < b), ("<=", a <= b), (">", a > b), (">=", a >= b),
                         ("==", a == b), ("!=", a != b)):  # fmt: skip
        truth = answer(f"PH.P_MAIN {op} {{z}}.P_OUT", points=points)
        assert truth == [(1 if expected else -1) if known else 0], op
        negated = answer(f"not (PH.P_MAIN {op} {{z}}.P_OUT)", points=points)
        assert negated == [-truth[0]]


def test_chains_arithmetic_and_functions() -> None:
    points = {"{z}.P_OUT": [0.2, 0.9], "{t}.LEVEL": [0.3, 1.2]}
    assert answer("0.1 <= {z}.P_OUT < 0.5", points=points) == [1, -1]
    assert answer("percent({t}.LEVEL, overflow_level)", "number", points=points,
                  overflow_level=[2.4, 2.4]) == [12.5, 50.0]  # fmt: skip
    assert answer("min({z}.P_OUT + 0.15, 0.9 * 1.0)", "number", points=points) == [
        pytest.approx(0.35), 0.9,
    ]  # fmt: skip
    assert answer("abs(-{z}.P_OUT)", "number", points=points) == [0.2, 0.9]


def test_a_quotient_by_zero_is_unknown() -> None:
    points = {"{z}.P_OUT": [1.0, 1.0], "{z}.P_SET": [0.0, 2.0]}
    assert answer("{z}.P_OUT / {z}.P_SET < 1", points=points) == [0, 1]


def test_pumps_that_are_not_there_do_not_count() -> None:
    run: dict[str, list[list[float]]] = {"{z}.P{n}.RUN": [[1, 0, NAN], [0, 0, 1], [9, 9, 1]]}
    there = [[1, 1, 1], [1, 1, 1], [0, 0, 1]]
    assert answer("any_pump({z}.P{n}.RUN == 1)", there=there, points=run) == [1, -1, 1]
    assert answer("all_pumps({z}.P{n}.RUN == 0)", there=there, points=run) == [-1, 1, -1]
    count = answer("count_pumps({z}.P{n}.RUN == 1)", "number", there, points=run)
    assert count[:2] == [1, 0] and np.isnan(count[2])
    run["{z}.P{n}.RUN"][2][0] = NAN  # station 0 has no third pump to be in doubt about
    assert answer("count_pumps({z}.P{n}.RUN == 1) == 1", there=there, points=run)[0] == 1
    power = {"{z}.P{n}.P": [[1.5, 2, NAN], [0.5, 2, 1], [NAN, NAN, 1]]}
    total = answer("sum_pumps({z}.P{n}.P)", "number", there, points=power)
    assert total[:2] == [2.0, 4.0] and np.isnan(total[2])


def test_stations_of_an_area_are_counted() -> None:
    text = "count_stations(silence > 60) >= share * 2"
    inputs = {"silence": [90, 10, 61, 99, NAN], "area": [0, 0, 1, 1, 1], "share": [1.0, 1.0]}
    assert compiled(text).area
    # the area's own parameter has one number an area, a station's attribute one a station
    assert answer(text, **inputs) == [-1, 1]


def test_an_expression_says_what_it_needs() -> None:
    found = compiled("since({z}.P_OUT < 0.1) > 30 and any_pump({z}.P{n}.RUN == 1)")
    assert found.points == {"{z}.P_OUT"} and found.spread_points == {"{z}.P{n}.RUN"}
    assert found.marks == {"z"} and not found.area
    assert [(m.key, m.verb) for m in found.memories] == [("since({z}.P_OUT < 0.1)", "since")]
    assert compiled("{z}.P{n}.P", "number").marks == {"z", "n"}
    assert compiled("{z}.P{n}.P * 2", "number").unit == "kW"
    assert compiled("{z}.P_OUT / {z}.P_SET", "number").unit == ""


REFUSED = {
    "PH.P_MIAN < 0.2": (1, "no such point: 'PH.P_MIAN'"),
    "PH.P_MAIN < 0.2 and 压力.出水 < 1": (21, "no such point"),
    "PH.P_MAIN < limit": (13, "no such parameter: 'limit'"),
    "PH.P_MAIN < PH.Q_IN": (1, "units differ: MPa and m³/h"),
    "EN.FLOOD == 1 and PH.P_MAIN + PH.Q_IN > 0": (19, "units differ: MPa and m³/h"),
    "PH.P_MAIN < low": (1, "units differ: MPa and %"),
    "PH.P_MAIN > EN.FLOOD": (1, "units differ: MPa and a pure number"),
    "max({z}.P_OUT, {t}.LEVEL) > 1": (16, "a tank and a zone are different places"),
    "PH.P_MAIN / 0 > 1": (13, "a division by zero"),
    "PH.P_MAIN / (2 - 2) > 1": (14, "a division by zero"),
    "sqrt(PH.P_MAIN) > 1": (1, "no such function: 'sqrt'"),
    "__import__('os').system('ls')": (1, "no such function: '__import__('os').system'"),
    "abs(PH.P_MAIN, 2) > 1": (1, "takes 1 plain arguments"),
    "max(*PH.P_MAIN) > 1": (1, "takes 2 to 9 plain arguments"),
    "PH.P_MAIN": (1, "the whole must be true or false"),
    "not PH.P_MAIN": (5, "true or false is wanted here"),
    "PH.P_MAIN and EN.FLOOD == 1": (1, "true or false is wanted here"),
    "(PH.P_MAIN > 1) + 1 > 0": (2, "a number is wanted here"),
    "PH.P_MAIN > 'x'": (13, "is not a number"),
    "PH.P_MAIN > True": (13, "is not a number"),
    "2 > 1": (1, "two constants are compared"),
    "PH.P_MAIN in (1, 2)": (14, "Tuple isn't possible"),
    "PH.P_MAIN ** 2 > 1": (1, "Pow isn't possible"),
    "[PH.P_MAIN > x for x in y]": (1, "ListComp isn't possible"),
    "lambda: 1": (1, "Lambda isn't possible"),
    "any_pump(PH.P_MAIN > 1)": (1, "names no point with {n}"),
    "any_pump(any_pump({z}.P{n}.RUN == 1))": (10, "can't stand inside another"),
    "count_stations(PH.P_MAIN > 1) > 2": (16, "attributes only"),
    "PH.P_MAIN <": (11, "can't be read here"),
    " ": (1, "is empty"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_wrong_is_refused_with_its_place(text: str) -> None:
    place, why = REFUSED[text]
    with pytest.raises(ExpressionError) as caught:
        compiled(text)
    assert why in str(caught.value)
    assert caught.value.place == place


def test_a_number_is_not_taken_for_a_truth() -> None:
    with pytest.raises(ExpressionError, match="the whole must be a number"):
        compiled("PH.P_MAIN > 1", "number")

"""Windows of alarm conditions against plain lists of samples; restarts; modes, hours, the usual."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.alarm_engine import Engine
from analytics.alarm_inputs import Definition, Place
from analytics.alarm_rings import REACH, STEP_MS, STEPS, THIN
from analytics.alarm_usual import DAY_TYPES, SLOTS
from analytics.alarm_worth import MODES, mode_bits
from analytics.expressions import ExpressionError, compile_expression

NAN = float("nan")
POINTS = {"P": "MPa", "{z}.Q": "m³/h", "{z}.P{n}.RUN": "", "{t}.LEVEL": "m"}
NAMES = {"low": "MPa"}
WINDOW = 120
VERBS = ("mean", "std", "lowest", "highest", "span", "rate", "gain", "jitter", "missing")


def engine(rules: list[Definition], codes: list[str], places: list[Place], n: int = 1) -> Engine:
    return Engine(rules, places, {c: np.ones(n, dtype=bool) for c in codes}, range(n))


def rule(id: str, when: str, on_s: float = 0, off_s: float = 0, **more: Any) -> Definition:
    return Definition(
        id, compile_expression(when, POINTS, NAMES), round(on_s * 1000), round(off_s * 1000), 2,
        constants={"low": np.array([0.5])}, **more,
    )  # fmt: skip


def reads(value: float) -> Callable[[Any], NDArray[np.float64]]:
    """What the engine reads where the only point has this value."""
    return lambda columns: np.array([[value]])


def plain(verb: str, samples: list[tuple[int, float]], seconds: float) -> float:
    """What a window says after the last of these samples; NaN where it isn't known."""
    length = round(seconds * 1000)
    step = max(STEP_MS, length // STEPS)
    reach = math.ceil(length / step)
    samples, all_samples = samples[:1], samples
    thin = 0 if verb == "missing" else step // THIN
    for one in all_samples[1:]:
        if one[0] - samples[-1][0] >= thin:
            samples.append(one)
    now_ms, now = samples[-1]
    here = now_ms // step
    kept: list[tuple[int, float]] = []
    rises, last, before = [], NAN, None
    squares: list[tuple[int, float]] = []
    for ms, told in samples:
        if before is not None and ms // step - before // step > reach:
            last = NAN  # what lies further apart than the window isn't compared
        before = ms
        value = float(math.isnan(told)) if verb == "missing" else told
        if math.isnan(value):
            continue
        squares.append((ms, 0.0 if math.isnan(last) else (value - last) ** 2))
        if not math.isnan(last):
            rises.append((ms, max(value - last, 0.0)))
        last = value
        kept.append((ms, value))
    inside = [(ms, v) for ms, v in kept if ms // step >= here - reach]
    if verb == "gain":
        return sum(v for ms, v in rises if ms // step >= here - reach) if inside else NAN
    finished = [ms // step for ms, _ in inside if ms // step < here]
    if not finished or here - finished[0] < REACH * reach:
        return NAN
    values = [v for _, v in inside]
    if verb == "rate":
        ms, first = inside[0]
        return (now - first) * length / (now_ms - ms)
    if verb == "span":
        return max(values) - min(values)
    if verb == "jitter":
        return math.sqrt(
            sum(v for ms, v in squares if ms // step >= here - reach) / len(values) / 2
        )
    plainly = {"mean": np.mean, "missing": np.mean, "std": np.std, "lowest": min, "highest": max}[
        verb
    ]
    return float(plainly(values))  # type: ignore[operator]


series = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 2, 2, 3, 7, 20, 60, 200]),
        st.one_of(st.floats(-5, 50), st.just(NAN), st.just(3.0)),
    ),
    min_size=2,
    max_size=120,
)


@pytest.mark.parametrize("verb", VERBS)
@settings(max_examples=80, deadline=None)
@given(steps=series, seconds=st.sampled_from([15, 60, 120, 600, 1800]))
def test_a_window_says_what_its_samples_say(
    verb: str, steps: list[tuple[int, float]], seconds: float
) -> None:
    text = f"{verb}(P, {seconds}) > {0.1 if verb == 'missing' else 'low'}"
    told = engine([rule("R", text)], ["P"], [Place()])
    ms, samples = 1_700_000_000_000, list[tuple[int, float]]()
    for at, (gap, value) in enumerate(steps):
        ms += gap * 1000
        samples.append((ms, value))
        told.step(np.array([ms]), np.array([True]), reads(value))
        if at == len(steps) // 2:  # a restart changes nothing
            state = told.state()
            told = engine([rule("R", text)], ["P"], [Place()])
            told.restore(state)
        ring = told._windows._rings[0]
        found = float(ring.said[0, 0])
        wanted = plain(verb, samples, seconds)
        assert found == pytest.approx(wanted, abs=1e-5, nan_ok=True), samples


@settings(max_examples=40, deadline=None)
@given(steps=series)
def test_a_restart_in_the_middle_of_a_window_gives_the_same_transitions(
    steps: list[tuple[int, float]],
) -> None:
    def run(restart: bool) -> list[Any]:
        def make() -> Engine:
            return engine([rule("R", f"mean(P, {WINDOW}) > low", 10, 10)], ["P"], [Place()])

        told, ms, found = make(), 1_700_000_000_000, []
        for gap, value in steps:
            ms += gap * 1000
            found += told.step(np.array([ms]), np.array([True]), reads(value))
            if restart:
                state = told.state()
                told = make()
                told.restore(state)
        return [(t.kind, t.ms, t.raw_ms) for t in found]

    assert run(True) == run(False)


def test_a_state_from_before_there_were_windows_is_taken() -> None:
    told = engine([rule("R", "mean(P, 60) > low")], ["P"], [Place()])
    state = {k: v for k, v in told.state().items() if not k.startswith("window")}
    told.restore(state)


REFUSED = {
    "mean(P, 9) > low": "column 9: mean() looks back over 10 to 604800 s",
    "low < std(P, 604801)": "column 14: std() looks back",
    "mean(P, low) > low": "column 9: mean() looks back",
    "mean(P > low, 60) > low": "column 6: a number is wanted",
    "mean(mean(P, 60), 60) > low": "column 6: mean() can't stand inside",
    "any_pump(mean({z}.P{n}.RUN, 60) > 1)": "column 10: mean() can't stand inside",
    "mean({z}.Q, 60) > low": "column 1: units differ",
    "mean(P) > low": "column 1: mean() takes 2 plain arguments",
    "usual(P + low, 99) < P": "column 7: usual() is known of a point only",
    "usual(P, 101) < P": "column 10: a percentile",
    "usual({z}.Q, 99) < P": "column 1: units differ",
    "mean(P / 0, 60) > low": "column 10: a division by zero",
    "mean(PX, 60) > low": "column 6: no such parameter",
    "sum_zones({z}.P{n}.RUN) > 1": "column 11: '{z}.P{n}.RUN': a pump can't be named",
    "maybe(P)": "column 7: true or false is wanted",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_makes_no_sense_is_refused_with_its_column(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, POINTS, NAMES)
    assert REFUSED[text] in str(caught.value)


def feed(told: Engine, ms: int, values: dict[str, float], **live: float) -> list[str]:
    arrays = {name: np.array([value]) for name, value in live.items()}
    found = told.step(
        np.array([ms]), np.array([True]),
        lambda columns: np.array([[values.get(code, NAN)] for code in told.codes]), arrays,
    )  # fmt: skip
    return [t.kind for t in found]


def test_zones_are_summed_for_a_tank() -> None:
    places = [Place(tank=1), Place(zone="L"), Place(zone="M")]
    points = {"T1.LEVEL": 2.0, "L.Q": 3.0, "M.Q": 4.0}
    told = engine(
        [rule("R", "{t}.LEVEL > 1 and sum_zones({z}.Q) > 6")], list(points), places
    )  # one cell: the tank
    assert feed(told, 1000, points) == ["raised"]
    assert feed(told, 2000, points | {"M.Q": 2.0}) == ["cleared"]


def test_maybe_is_false_where_a_point_is_lacking() -> None:
    told = engine([rule("R", "P > low or maybe({z}.Q > 2)")], ["P"], [Place(zone="L")])
    assert feed(told, 1000, {"P": 0.4}) == []
    assert feed(told, 2000, {"P": 0.6}) == ["raised"]
    assert feed(told, 3000, {"P": 0.4}) == ["cleared"]


def test_in_another_mode_nothing_is_raised_and_what_is_active_may_clear() -> None:
    told = engine([rule("R", "P > low", modes=mode_bits(["auto", "sleep"]))], ["P"], [Place()])
    manual, auto = MODES.index("manual"), MODES.index("auto")
    assert feed(told, 1000, {"P": 0.6}, mode=manual) == []
    assert feed(told, 2000, {"P": 0.6}, mode=auto) == ["raised"]
    assert feed(told, 3000, {"P": 0.6}, mode=manual) == []
    assert feed(told, 4000, {"P": 0.4}, mode=manual) == ["cleared"]


@pytest.mark.parametrize(("hours", "hour", "raised"), [
    ((7, 22), 6.9, False), ((7, 22), 7, True), ((7, 22), 22, False),
    ((22, 7), 23, True), ((22, 7), 3, True), ((22, 7), 12, False),
])  # fmt: skip
def test_a_rule_is_meant_at_its_hours(hours: Any, hour: float, raised: bool) -> None:
    told = engine([rule("R", "P > low", hours=hours)], ["P"], [Place()])
    assert (feed(told, 1000, {"P": 0.6}, hour=hour) == ["raised"]) is raised


def test_what_is_usual_is_unknown_until_it_was_learnt() -> None:
    told = engine([rule("R", "{z}.Q > usual({z}.Q, 99) + 1")], ["L.Q"], [Place(zone="L")])
    assert told.usuals.wanted == {("L.Q", 99.0)}
    assert feed(told, 1000, {"L.Q": 50.0}, slot=40) == []
    table = np.full((DAY_TYPES * SLOTS, 1), NAN)
    table[40], table[41] = 10.0, 60.0
    told.usuals.learn({("L.Q", 99.0): table})
    assert feed(told, 2000, {"L.Q": 50.0}, slot=40) == ["raised"]
    assert feed(told, 3000, {"L.Q": 50.0}, slot=41) == ["cleared"]
    assert feed(told, 4000, {"L.Q": 50.0}, slot=42) == []


@pytest.mark.parametrize("verb", VERBS)
@settings(max_examples=5, deadline=None, phases=(Phase.generate,))
@given(seed=st.integers(0, 10**6), gap=st.sampled_from([2, 7, 60]))
def test_a_station_comes_to_the_same_bits_alone_and_among_others(
    verb: str, seed: int, gap: int
) -> None:
    n, chance = 10, np.random.default_rng(seed)
    text = f"{verb}(P, 120) > {0.1 if verb == 'missing' else 'low'}"
    places = [Place()]
    told = Engine([rule("R", text)], places, {"P": np.ones(n, dtype=bool)}, range(n))
    alone = [engine([rule("R", text)], ["P"], places) for _ in range(n)]
    for k in range(1, 400 // gap + 20):
        values = np.where(chance.random(n) < 0.1, NAN, chance.random(n))
        fresh = chance.random(n) < chance.choice([0.1, 0.6, 1.0])
        ms = np.full(n, 1_700_000_000_000 + k * gap * 1000) + chance.integers(0, 900, n)
        told.step(ms, fresh, partial(np.take, values[None], axis=1))
        for at in np.flatnonzero(fresh).tolist():
            alone[at].step(ms[at : at + 1], np.array([True]), reads(values[at]))
    for at, one in enumerate(alone):
        wanted, state = one.window_state(), told.window_state()
        for name in ("said", "number", "last", "count"):
            known = state[f"window_0_{name}"][..., at]
            np.testing.assert_array_equal(known, wanted[f"window_0_{name}"][..., 0])


@pytest.mark.parametrize("verb", VERBS)
def test_windows_that_are_alike_say_what_each_says_alone(verb: str) -> None:
    """Windows of one verb and length go together, each with its own places; one that is new after
    a restart begins, the others go on."""
    first = rule("A", f"{verb}(P, 60) > {0.1 if verb == 'missing' else 'low'}")
    second = rule(
        "B", f"{verb}({{z}}.Q, 60) > 1" if verb != "missing" else "missing({z}.Q, 60) > 0"
    )
    places, n = [Place(), Place("L"), Place("H")], 3
    low = np.array([True, True, False])
    present = {"P": np.ones(n, bool), "L.Q": low, "H.Q": ~low}
    alone = [Engine([one], places, present, range(n)) for one in (first, second)]
    both = Engine([first, second], places, present, range(n))
    chance = np.random.default_rng(5)

    def said(one: Engine) -> dict[str, list[float]]:
        state = one.window_state()
        names = [str(name) for name in state["window_name"][1:]]
        return {name: state[f"window_{k}_said"].tolist() for k, name in enumerate(names)}

    def go(samples: int, begin: int) -> None:
        values = chance.normal(5, 3, (samples, 3, n))
        values[chance.random(values.shape) < 0.2] = NAN
        for k, now in enumerate(values):
            ms = np.full(n, 1_700_000_000_000 + (begin + k) * 2000)
            fresh = chance.random(n) < 0.9
            for one in (*alone, both):
                at = [["H.Q", "L.Q", "P"].index(code) for code in one.codes]
                one.step(ms, fresh, partial(np.take, now[at], axis=1))

    go(50, 0)
    wanted = said(alone[0]) | said(alone[1])
    assert [list(map(repr, one)) for one in said(both).values()] == [
        list(map(repr, wanted[name])) for name in said(both)
    ]
    state, both = alone[0].state(), Engine([first, second], places, present, range(n))
    both.restore(state)
    go(5, 50)
    name = next(iter(said(alone[0])))
    assert repr(said(both)[name]) == repr(said(alone[0])[name])

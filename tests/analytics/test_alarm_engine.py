"""The alarm engine: the golden example, delays, places, and a slow reference to agree with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.alarm_engine import Engine, Transition
from analytics.alarm_inputs import Definition, Place
from analytics.array_logic import Array
from analytics.expressions import compile_expression

NAN = float("nan")
POINTS = {"P": "", "X.P": "MPa", "X.DOOR": "", "X.ACCESS": "", "{z}.P": "MPa", "{z}.P{n}.FAULT": ""}
NAMES = {"low": "MPa", "band": "MPa", "lower": "MPa", "age": "s", "silence": "s", "least": ""}


def rule(id: str, when: str, on_s: float, off_s: float, **more: Any) -> Definition:
    def compiled(text: str | None, result: Any = "truth") -> Any:
        return None if text is None else compile_expression(text, POINTS, NAMES, result)

    return Definition(
        id=id,
        when=compiled(when),
        on_ms=int(on_s * 1000),
        off_ms=int(off_s * 1000),
        level=more.pop("level", 2),
        clear=compiled(more.pop("clear", None)),
        worse=compiled(more.pop("worse", None)),
        value=compiled(more.pop("value", None), "number"),
        limit=compiled(more.pop("limit", None), "number"),
        **more,
    )


def constants(n: int, **values: float) -> dict[str, Array]:
    return {name: np.full(n, value) for name, value in values.items()}


class City:
    """An engine of n stations with named points; `feed` gives one sample to some of them."""

    def __init__(
        self, rules: Sequence[Definition], places: Sequence[Place], codes: Sequence[str], n: int = 1
    ) -> None:
        self.n, self.codes = n, list(codes)
        present = {code: np.ones(n, dtype=bool) for code in codes}
        self.make: Callable[[], Engine] = lambda: Engine(rules, places, present, range(10, 10 + n))
        self.engine = self.make()

    def feed(self, samples: dict[int, tuple[int, dict[str, float]]]) -> list[Transition]:
        """station -> (ms, point -> value)"""
        ms, fresh = np.zeros(self.n, dtype=np.int64), np.zeros(self.n, dtype=bool)
        for station, (at, _) in samples.items():
            ms[station], fresh[station] = at, True

        def read(columns: Array) -> Array:
            return np.array(
                [[samples[int(c)][1].get(code, NAN) for c in columns] for code in self.engine.codes]
            ).reshape(len(self.engine.codes), len(columns))

        return self.engine.step(ms, fresh, read)

    def restart(self) -> None:
        state = self.engine.state()
        self.engine = self.make()
        self.engine.restore(state)


def events(city: City, code: str, values: Sequence[float], step_s: float = 5) -> list[Any]:
    found = []
    for i, value in enumerate(values):
        at = int(i * step_s * 1000)
        found += [(t.ms // 1000, t.kind) for t in city.feed({0: (at, {code: value})})]
    return found


LOW = {"when": "X.P < low", "clear": "X.P >= low + band"}


def test_golden_example_of_delay_and_deadband() -> None:
    """G22: below 0.39 from t=10 on, at 25 active; 0.41 is reached at 50 and held to 65."""
    signal = [
        0.41, 0.4, 0.385, 0.384, 0.386, 0.383, 0.39, 0.4, 0.405, 0.409, 0.412, 0.415, 0.416, 0.414,
    ]  # fmt: skip
    low = rule("R", **LOW, on_s=15, off_s=15, constants=constants(1, low=0.39, band=0.02))
    city = City([low], [Place()], ["X.P"])
    assert events(city, "X.P", signal) == [(25, "raised"), (65, "cleared")]


def test_a_good_sample_starts_the_on_delay_anew_and_an_unknown_one_stops_its_clock() -> None:
    low = rule("R", **LOW, on_s=15, off_s=15, constants=constants(1, low=1, band=0))
    # in the last, unknown at 10 and 15, the time from 10 to 20 does not count
    for signal, at in (
        ([0, 0, 0, 0], 15),
        ([0, 0, 0, 1, 0, 0, 0, 0], 35),
        ([0, 0, NAN, NAN, 0, 0, 0], 25),
    ):
        assert events(City([low], [Place()], ["X.P"]), "X.P", signal) == [(at, "raised")]


def test_unknown_for_too_long_suspends_and_does_not_raise() -> None:
    low = rule("R", **LOW, on_s=15, off_s=15, constants=constants(1, low=1, band=0))
    known = [0, 0, 0]  # a sample holds 5 s: 15 s counted, then 65 s or 60 s unknown; 60 may be
    city = City([low], [Place()], ["X.P"])
    assert events(city, "X.P", known + [NAN] * 13 + [0, 0, 0, 0]) == [(95, "raised")]
    city = City([low], [Place()], ["X.P"])
    assert events(city, "X.P", known + [NAN] * 12 + [0, 0, 0, 0]) == [(75, "raised")]


def test_what_is_active_stays_active_while_nothing_is_known() -> None:
    low = rule("R", **LOW, on_s=5, off_s=5, constants=constants(1, low=1, band=0))
    city = City([low], [Place()], ["X.P"])
    signal = [0, 0, *[NAN] * 40, 2, 2, 2]
    assert events(city, "X.P", signal) == [(5, "raised"), (215, "cleared")]


def test_an_older_sample_and_the_same_sample_again_change_nothing() -> None:
    low = rule("R", **LOW, on_s=10, off_s=5, constants=constants(1, low=1, band=0))
    city = City([low], [Place()], ["X.P"])
    assert not city.feed({0: (20_000, {"X.P": 0})})
    assert not city.feed({0: (5_000, {"X.P": 2})})
    assert not city.feed({0: (20_000, {"X.P": 2})})
    assert city.feed({0: (30_000, {"X.P": 0})})[0].raw_ms == 20_000


def test_value_limit_and_peak_are_those_of_the_moment() -> None:
    low = rule(
        "R", **LOW, on_s=5, off_s=5, value="X.P", limit="low", lowest=True,
        constants=constants(1, low=1, band=0),
    )  # fmt: skip
    city = City([low], [Place()], ["X.P"])
    found = [
        t for i, value in enumerate([0.9, 0.8, 0.1, 0.7, 1.5, 1.6])
        for t in city.feed({0: (i * 5000, {"X.P": value})})
    ]  # fmt: skip
    raised, cleared = found
    assert (raised.ms, raised.raw_ms, raised.value, raised.limit) == (5000, 0, 0.8, 1)
    assert (cleared.value, cleared.peak) == (1.6, 0.1)


def test_level_steps_up_once_the_second_limit_has_held() -> None:
    low = rule(
        "R", **LOW, on_s=10, off_s=5, worse="X.P < lower", worse_ms=10_000, worse_level=1,
        constants=constants(1, low=1, band=0, lower=0.5),
    )  # fmt: skip

    def levels(signal: list[float]) -> list[tuple[int, str, int]]:
        city = City([low], [Place()], ["X.P"])
        return [
            (t.ms // 1000, t.kind, t.level) for i, value in enumerate(signal)
            for t in city.feed({0: (i * 5000, {"X.P": value})})
        ]  # fmt: skip

    assert levels([0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.8]) == [(10, "raised", 2), (25, "worsened", 1)]
    # bad from the start: the worse level at once, and it isn't taken back before it clears
    assert levels([0.4, 0.4, 0.4, 0.8, 2, 2, 0.8, 0.8, 0.8]) == [
        (10, "raised", 1), (25, "cleared", 1), (40, "raised", 2),
    ]  # fmt: skip


def test_an_unknown_second_limit_makes_nothing_worse_and_stops_its_clock() -> None:
    low = rule("R", "X.P < low", 0, 5, worse="X.DOOR == 1", worse_ms=12_000, worse_level=1,
               constants=constants(1, low=1))  # fmt: skip
    city = City([low], [Place()], ["X.P", "X.DOOR"])
    found = []
    for i, door in enumerate([1, 1, NAN, NAN, 1, 1, 1]):
        found += city.feed({0: (i * 5000, {"X.P": 0, "X.DOOR": door})})
    # 0-5 counts, 5-15 (up to an unknown one) doesn't, 15-25 does
    assert [(t.ms // 1000, t.kind) for t in found] == [(0, "raised"), (25, "worsened")]


def test_age_counts_from_the_first_crossing() -> None:
    low = rule("R", when="X.P < low", worse="age >= 20", on_s=5, off_s=5, worse_level=1,
               constants=constants(1, low=1))  # fmt: skip
    city = City([low], [Place()], ["X.P"])
    assert events(city, "X.P", [0] * 7) == [(5, "raised"), (20, "worsened")]
    city = City([low], [Place()], ["X.P"])
    assert events(city, "X.P", [0, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0])[0] == (45, "raised")


def test_each_pump_of_each_zone_is_a_place_and_missing_ones_are_none() -> None:
    places = [Place(), Place("L"), Place("H"), *[Place(z, n) for z in "LH" for n in (1, 2)]]
    fault = rule(
        "R", "{z}.P{n}.FAULT == 1", 0, 0, worse_level=1,
        worse="count_pumps({z}.P{n}.FAULT == 0) == 0",
    )  # fmt: skip
    present = {
        "L.P1.FAULT": np.array([True, True]),
        "L.P2.FAULT": np.array([True, False]),
        "H.P1.FAULT": np.array([False, True]),
    }
    engine = Engine([fault], places, present, [7, 8])
    found = engine.step(
        np.array([1000, 1000]), np.array([True, True]),
        lambda columns: np.ones((3, len(columns))),
    )  # fmt: skip
    assert {(t.place.code, t.subject) for t in found} == {
        ("L.P1", 0), ("L.P2", 0), ("L.P1", 1), ("H.P1", 1),
    }  # fmt: skip
    assert {t.level for t in found} == {1}
    engine = Engine([fault], places, present, [7, 8])
    values = {"L.P1.FAULT": [1, 1], "L.P2.FAULT": [0, NAN], "H.P1.FAULT": [NAN, 0]}
    found = engine.step(
        np.array([1000, 1000]), np.array([True, True]),
        lambda columns: np.array([values[code] for code in engine.codes], dtype=float),
    )  # fmt: skip
    # station 0 has a healthy spare in the zone, station 1 only this pump there
    assert {(t.place.code, t.subject, t.level) for t in found} == {("L.P1", 0, 2), ("L.P1", 1, 1)}


DOOR = rule(
    "R", "30 < since(X.DOOR == 1) <= 60 and ago(X.ACCESS == 1) > since(X.DOOR == 1)", 0, 30,
    clear="X.DOOR == 0",
)  # fmt: skip


def visit(door: Callable[[int], bool], card: Callable[[int], bool], city: City | None = None,
          gap: Callable[[int], bool] = lambda t: False) -> list[Any]:  # fmt: skip
    """Two minutes before to ten minutes after an opening at 0, every 2 s."""
    city = city or City([DOOR], [Place()], ["X.DOOR", "X.ACCESS"])
    found = []
    for t in range(-120, 600, 2):
        if not gap(t):
            sample = {"X.DOOR": float(door(t)), "X.ACCESS": float(card(t))}
            found += [(e.ms // 1000, e.kind) for e in city.feed({0: (t * 1000 + 10**9, sample)})]
    return [(at - 10**6, kind) for at, kind in found]


def test_a_door_opened_without_a_card_is_found_even_when_it_was_shut_at_once() -> None:
    nobody = lambda t: False  # noqa: E731
    assert visit(lambda t: 0 <= t < 8, nobody) == [(32, "raised"), (64, "cleared")]
    assert visit(lambda t: 0 <= t < 300, nobody) == [(32, "raised"), (330, "cleared")]


@pytest.mark.parametrize("card", [-20, 0, 25])
def test_a_card_within_half_a_minute_of_the_opening_makes_the_visit_good(card: int) -> None:
    shown = lambda t: card <= t < card + 30  # noqa: E731
    assert visit(lambda t: 0 <= t < 500, shown) == []


def test_a_card_long_before_the_opening_does_not_help_and_a_gap_proves_nothing() -> None:
    assert visit(lambda t: 0 <= t < 100, lambda t: -90 <= t < -60)[0] == (32, "raised")
    # the door opened while the link was down: nobody knows whether a card was shown
    assert visit(lambda t: 0 <= t < 100, lambda t: False, gap=lambda t: -40 < t < 20) == []


def test_memories_outlive_a_restart() -> None:
    city = City([DOOR], [Place()], ["X.DOOR", "X.ACCESS"])
    for t in range(0, 20, 2):
        city.feed({0: (t * 1000, {"X.DOOR": float(t >= 4), "X.ACCESS": 0.0})})
    city.restart()
    found = [
        e for t in range(20, 60, 2)
        for e in city.feed({0: (t * 1000, {"X.DOOR": 1.0, "X.ACCESS": 0.0})})
    ]  # fmt: skip
    assert [(e.ms, e.kind) for e in found] == [(36_000, "raised")]


def test_areas_count_their_stations() -> None:
    area = rule(
        "R", "count_stations(silence > 60) >= least", 0, 5,
        clear="count_stations(silence > 60 and silence < 100 + age) < 1",
        constants=constants(2, least=2),
    )  # fmt: skip
    engine = Engine([area], [Place()], {}, [1, 2], areas=np.array([0, 0, 1, 1, 1]))

    def step(ms: int, *silence: float) -> list[tuple[int, str]]:
        found = engine.step(
            np.full(2, ms), np.ones(2, bool), lambda c: np.zeros((0, len(c))),
            {"silence": np.array(silence)},
        )  # fmt: skip
        return [(t.subject, t.kind) for t in found]

    assert step(1000, 90, 10, 61, 10, 70) == [(1, "raised")]
    assert step(3000, 90, 90, 61, 10, 70) == [(0, "raised")]
    assert step(9000, 90, 90, 1, 1, 500) == []  # the old 500 s began before the alarm
    assert step(14_000, 90, 90, 1, 1, 505) == [(1, "cleared")]


class Reference:
    """One cell of `LOW` with a second limit, the way one would tell it to a person."""

    def __init__(self, on: int, off: int, worse: int, hold: int = 10_000) -> None:
        self.delay = {False: on, True: off, "worse": worse}
        self.hold, self.active, self.worse = hold, False, False
        self.last: int | None = None
        self.last_known = True
        self.uncounted = 0
        self.timer: int | None = None  # counted ms of the timer that runs
        self.worse_timer: int | None = None

    def feed(self, now: int, value: float, low: float, band: float, lower: float) -> str:
        passed = 0 if self.last is None else now - self.last
        self.last = now
        counts = self.last_known and passed <= self.hold
        self.uncounted = 0 if counts and self.last_known else self.uncounted + passed
        if self.timer is not None:
            self.timer += passed if counts else 0
            if self.uncounted > max(2 * self.delay[self.active], 60_000):
                self.timer = None
        known = not np.isnan(value)
        if self.worse_timer is not None:
            self.worse_timer += passed if counts and known else 0
            if self.uncounted > max(2 * self.delay["worse"], 60_000):
                self.worse_timer = None
        self.last_known = known
        if not known:
            return ""
        self.uncounted = 0
        waiting_for = value >= low + band if self.active else value < low
        self.timer = (self.timer or 0) if waiting_for else None
        self.worse_timer = (self.worse_timer or 0) if value < lower else None
        bad = self.worse_timer is not None and self.worse_timer >= self.delay["worse"]
        if self.timer is not None and self.timer >= self.delay[self.active]:
            self.active, self.timer = not self.active, None
            self.worse = self.active and bad
            if not self.active:
                self.worse_timer = None
            return ("raised worse" if bad else "raised") if self.active else "cleared"
        if self.active and bad and not self.worse:
            self.worse = True
            return "worsened"
        if not self.active and self.timer is None:
            self.worse_timer = None
        return ""


STEP = st.tuples(
    st.sampled_from([1000, 2000, 2000, 5000, 9000, 11_000, 40_000, 70_000]),
    st.sampled_from([0.2, 0.2, 0.8, 0.8, 1.05, 1.5, 1.5, NAN]),
)


@settings(max_examples=150, deadline=None)
@given(
    delays=st.tuples(*[st.sampled_from([0, 2, 10, 45]) for _ in range(3)]),
    signals=st.lists(st.lists(STEP, min_size=1, max_size=40), min_size=3, max_size=3),
    restarts=st.sets(st.integers(0, 40)),
)
def test_the_engine_agrees_with_the_reference_and_outlives_restarts(
    delays: tuple[int, int, int], signals: list[list[tuple[int, float]]], restarts: set[int]
) -> None:
    on, off, worse = delays
    numbers = {"low": 1.0, "band": 0.1, "lower": 0.5}
    low = rule("R", **LOW, on_s=on, off_s=off, worse="X.P < lower", worse_ms=worse * 1000,
               worse_level=1, constants=constants(3, **numbers))  # fmt: skip
    other = rule("Q", "X.P > low", 3, 3, constants=constants(3, low=1.0))
    city = City([other, low], [Place()], ["X.P"], n=3)
    slow = [Reference(on * 1000, off * 1000, worse * 1000) for _ in range(3)]
    clock = [0, 0, 0]
    for i in range(40):
        if i in restarts:
            city.restart()
        samples, expected = {}, {}
        for station, signal in enumerate(signals):
            if i < len(signal):
                clock[station] += signal[i][0]
                samples[station] = (clock[station], {"X.P": signal[i][1]})
                expected[station] = slow[station].feed(clock[station], signal[i][1], **numbers)
        found = {
            t.subject: t.kind + (" worse" if t.kind == "raised" and t.level == 1 else "")
            for t in city.feed(samples)
            if t.rule == "R"
        }
        assert found == {station: event for station, event in expected.items() if event}


def test_state_of_rules_and_stations_that_are_no_more_is_left_out() -> None:
    low = rule("R", **LOW, on_s=10, off_s=5, constants=constants(2, low=1, band=0))
    places, here = [Place()], {"X.P": np.array([True, True])}
    first = Engine([low], places, here, [1, 2])
    read = lambda columns: np.zeros((1, len(columns)))  # noqa: E731
    first.step(np.array([0, 0]), np.ones(2, bool), read)
    new = rule("S", "X.P > low", 0, 0, constants=constants(2, low=1))
    gone = Engine([new, low], places, here, [2, 3])
    gone.restore(first.state())
    found = gone.step(np.array([10_000, 10_000]), np.ones(2, bool), read)
    assert [(t.rule, t.subject) for t in found] == [("R", 0)]


def test_align_makes_the_engine_active_where_the_records_say_so_and_nowhere_else() -> None:
    low = rule("R", **LOW, on_s=0, off_s=5, constants=constants(2, low=1, band=0))
    city = City([low], [Place()], ["X.P"], n=2)
    assert len(city.feed({0: (0, {"X.P": 0}), 1: (0, {"X.P": 2})})) == 1
    city.engine.align({("R", "", 11): (0, False, NAN)})
    # station 0 is active no more and raises anew; station 1 is, and clears after its delay
    found = city.feed({0: (2000, {"X.P": 0}), 1: (2000, {"X.P": 2})})
    assert [(t.subject, t.kind) for t in found] == [(0, "raised")]
    found = city.feed({0: (7000, {"X.P": 0}), 1: (7000, {"X.P": 2})})
    assert [(t.subject, t.kind) for t in found] == [(1, "cleared")]

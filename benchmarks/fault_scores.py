"""How faults are scored: what has to detect each, within what time, and the figures of many draws.

Pure functions over what was injected (`Draw`) and what the alarm engine said (`Seen`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
PHONED = 3
"""Levels up to this one are told to somebody; level 4 is only listed."""


@dataclass(frozen=True)
class Expect:
    """What detects a fault. `rules`: any of them; `within`: s by severity after it shows."""

    rules: tuple[str, ...]
    within: tuple[float, float, float]
    never: tuple[str, ...] = ()
    """Beginnings of rules that must not be raised by it: then it isn't detected."""
    most: int | None = None
    """More notifications than this: not detected."""
    sooner: Mapping[str, float] = field(default_factory=dict)
    """s that a rule has where it has less than the others."""
    urgent: bool = False
    """Belongs to the faults that a rule of level 1 has to find."""

    def limit(self, rule: str, severity: int) -> float:
        """s that this rule has."""
        within = self.within[severity - 1]
        return min(self.sooner.get(rule, within), within)


def _all(seconds: float) -> tuple[float, float, float]:
    return seconds, seconds, seconds


EXPECTED: dict[str, Expect] = {
    "F01": Expect(("R-LK-03", "R-LK-01"), _all(3 * DAY)),
    "F02": Expect(("R-LK-02", "R-HY-12", "R-HY-01"), (2100.0, 2100.0, 120.0), urgent=True),
    "F03": Expect(("R-PU-11",), _all(14 * DAY)),
    "F04": Expect(("R-HY-11",), _all(2 * DAY)),
    "F05": Expect(("R-TK-06", "R-TK-04", "R-TK-02"), _all(120.0)),
    "F06": Expect(("R-HY-13", "R-HY-15"), _all(HOUR)),
    "F07": Expect(("R-DQ-01", "R-TK-05"), _all(10 * DAY)),
    "F08": Expect(("R-CM-05", "R-HY-04"), _all(12 * MINUTE)),
    "F09": Expect(("R-CM-05",), _all(HOUR), never=("R-HY",)),
    "F10": Expect(("R-PU-01", "R-PU-05"), _all(10.0)),
    "F11": Expect(("R-PU-02", "R-HY-02"), _all(60.0), urgent=True),
    "F12": Expect(("R-EL-01",), _all(10.0), urgent=True),
    "F13": Expect(("R-EL-02",), _all(30.0)),
    "F14": Expect(("R-CM-01",), _all(180.0)),
    "F15": Expect(("R-CM-06",), _all(300.0)),
    "F16": Expect(("R-CM-02",), _all(90.0)),
    "F18": Expect(("R-DQ-02",), _all(DAY)),
    "F19": Expect(("R-TK-04", "R-EN-02"), _all(120.0), urgent=True),
    "F20": Expect(("R-EN-01",), _all(10.0), urgent=True),
    "F21": Expect(("R-SE-01", "R-SE-03"), _all(35.0), sooner={"R-SE-03": 5.0}, urgent=True),
    "F22": Expect(("R-WQ-01",), _all(30 * MINUTE)),
    "F23": Expect(("R-WQ-03",), _all(10 * MINUTE)),
    "F24": Expect(("R-WQ-06",), _all(15 * MINUTE), urgent=True),
    "F25": Expect(("R-WQ-07",), _all(12 * MINUTE), never=("R-WQ-01",)),
    "F26": Expect(("R-HY-15",), _all(2 * HOUR)),
    "F27": Expect(("R-HY-05",), _all(20 * MINUTE)),
    "F28": Expect(("R-HY-06",), _all(5.0)),
    "F29": Expect(("R-HY-08",), _all(300.0)),
    "F30": Expect(("R-HY-09",), _all(10.0), urgent=True),
    "F31": Expect(("R-DQ-03",), _all(7 * DAY)),
    "F32": Expect(("R-SE-03", "R-PU-01", "R-EN-01"), _all(300.0), most=1),
    "F33": Expect(("R-LK-04",), _all(30 * DAY)),
}
"""F17 asks for right totals and for no alarm: tests of the counters hold that."""


@dataclass(frozen=True)
class Draw:
    """One fault that was injected."""

    code: str
    severity: int
    stations: frozenset[int]
    """Ids: one, or all of an area."""
    district: int
    begin: int
    """ms UTC"""
    shows: int | None
    """ms UTC at which its signature was there to be seen; None = it never was."""
    end: int
    """ms UTC up to which it was watched."""


@dataclass(frozen=True)
class Verdict:
    """What the diagnosis of an alarm is worth."""

    rank: int
    """Of the true cause from 1, 0 = not among them."""
    brier: float


@dataclass(frozen=True)
class Seen:
    """One alarm of the engine."""

    rule: str
    station: int | None
    """None = the district's."""
    district: int
    ms: int
    """UTC, when it was raised."""
    level: int = 1
    told: tuple[int, ...] = ()
    """ms of the notifications that it caused."""
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a draw."""

    draw: Draw
    delay: float | None
    """s from when it showed to the alarm; None = not detected."""
    told: int
    """Notifications at its stations while it was watched."""
    cause: int | None = None
    """Rank from 1 of the true cause, 0 = not among them; None = nothing diagnoses."""
    brier: float | None = None


def outcome(draw: Draw, alarms: Iterable[Seen], expected: Mapping[str, Expect]) -> Outcome:
    """Match a draw with the alarms at its stations, or of its district where it struck several."""
    expect = expected[draw.code]
    mine = [a for a in alarms if _belongs(draw, a)]
    told = sum(draw.begin <= ms <= draw.end for a in mine for ms in a.told)
    raised = [a for a in mine if draw.begin <= a.ms <= draw.end]
    found = [
        (max(0.0, (a.ms - draw.shows) / 1000.0), a)
        for a in raised
        if draw.shows is not None
        and a.rule in expect.rules
        and a.ms - draw.shows <= 1000.0 * expect.limit(a.rule, draw.severity)
    ]
    wrong = any(a.rule.startswith(beginning) for a in raised for beginning in expect.never)
    loud = expect.most is not None and told > expect.most
    if wrong or loud or not found:
        return Outcome(draw, None, told)
    delay, first = min(found, key=lambda one: one[0])
    said = first.verdict
    if said is None:
        return Outcome(draw, delay, told)
    return Outcome(draw, delay, told, said.rank, said.brier)


def _belongs(draw: Draw, alarm: Seen) -> bool:
    if alarm.station is None:
        return len(draw.stations) > 1 and alarm.district == draw.district
    return alarm.station in draw.stations


@dataclass
class Row:
    """The draws of one fault."""

    code: str
    outcomes: list[Outcome] = field(default_factory=list)

    def shown(self, least: int = 1, most: int = 3) -> list[Outcome]:
        """Those that could be seen, of these severities."""
        return [
            o
            for o in self.outcomes
            if o.draw.shows is not None and least <= o.draw.severity <= most
        ]

    def recall(self, least: int = 1, most: int = 3) -> float | None:
        """Share detected; None without a draw that could be seen."""
        some = self.shown(least, most)
        return sum(o.delay is not None for o in some) / len(some) if some else None

    @property
    def delays(self) -> list[float]:
        return [o.delay for o in self.shown() if o.delay is not None]

    def cause(self, first: int) -> float | None:
        """Share whose true cause is among the first ones; not detected = wrong; None where
        nothing diagnoses."""
        some = self.shown()
        if not some or all(o.cause is None for o in some):
            return None
        right = sum(
            o.delay is not None and o.cause is not None and 1 <= o.cause <= first for o in some
        )
        return right / len(some)


def rows(outcomes: Iterable[Outcome]) -> dict[str, Row]:
    """Outcomes by fault, in the order of their codes."""
    found: dict[str, Row] = {}
    for one in sorted(outcomes, key=lambda o: (o.draw.code, o.draw.severity)):
        found.setdefault(one.draw.code, Row(one.draw.code)).outcomes.append(one)
    return found


def figures(found: Mapping[str, Row], expected: Mapping[str, Expect]) -> dict[str, float | None]:
    """The figures of the whole library: means over faults, so that one with many draws doesn't
    weigh more. notifications: P90 over events of which anybody was told."""
    known = [row for code, row in found.items() if code in expected]
    told = [o.told for row in known for o in row.shown() if o.told]
    return {
        "level1.recall": mean(row.recall() for row in known if expected[row.code].urgent),
        "severity2.recall": mean(row.recall(2, 3) for row in known),
        "notifications_per_event_p90": percentile(told, 90),
        "cause.top1": mean(row.cause(1) for row in known),
        "cause.top3": mean(row.cause(3) for row in known),
        "cause.brier": mean(mean(o.brier for o in row.shown()) for row in known),
    }


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that are known; None where none is."""
    some = [v for v in values if v is not None]
    return sum(some) / len(some) if some else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that so many per cent don't exceed (nearest rank); None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(share / 100.0 * len(values)) - 1)]

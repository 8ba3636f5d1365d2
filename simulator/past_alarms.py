"""Past alarms and their work orders, as people and the collector would have left them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.alarms import Alarms
from data.catalogue.rules import rules
from data.catalogue.work_orders import templates
from data.stations import EVERYWHERE, StationRow
from data.work_orders import WorkOrders
from simulator.draws import key, normal, pick, uniform
from simulator.living import midnight_of
from simulator.parameters import Parameters, parameters
from simulator.past_events import Raised, raised

DAYS = 45
JOIN = timedelta(minutes=30)
SETTLE = timedelta(seconds=10)
ANSWER = {1: 2.0, 2: 6.0, 3: 20.0, 4: 60.0}
"""Median minutes until somebody acknowledges, by level."""
TAKE = {1: 6.0, 2: 18.0}
"""Median minutes until somebody takes the order."""
DESK, CREW = ("dispatcher", "district_manager", "engineer"), ("inspector", "engineer")
DESK_SHARES, CREW_SHARES = (0.82, 0.10, 0.08), (0.85, 0.15)
NOTHING_FOUND = 0.08
OUTCOMES = {
    "PU": ("repaired", "replaced", "adjusted"), "HY": ("repaired", "external", "adjusted"),
    "TK": ("repaired", "replaced", "adjusted"), "WQ": ("adjusted", "external", "repaired"),
    "EL": ("external", "repaired", "external"), "EN": ("repaired", "external", "replaced"),
    "SE": ("external", "adjusted", "repaired"), "CM": ("external", "repaired", "replaced"),
}  # fmt: skip
"""By the rule's kind, the likeliest first."""
OUTCOME_SHARES = (0.55, 0.25, 0.20)
Row = dict[str, Any]


@dataclass
class _Order:
    """An order in the making with the alarms that it is about."""

    station: int
    made: datetime
    row: Row
    events: list[Row] = field(default_factory=list)
    alarms: list[int] = field(default_factory=list)


def write(
    alarms: Alarms, orders: WorkOrders, rows: Sequence[StationRow], seed: int, born_ms: int,
    zone: ZoneInfo,
) -> Iterator[int]:  # fmt: skip
    """Write what is missing of the last DAYS days before the birth, a day with each step; yields
    the number of its alarms. A day that has alarms is left as it is."""
    shape = parameters(rows, seed)
    born = datetime.fromtimestamp(born_ms / 1000, UTC)
    birth = born.astimezone(zone).toordinal()
    for day in range(birth - DAYS + 1, birth + 1):  # orders are numbered in the order of time
        start, end = (_at(midnight_of(d, zone)) for d in (day, day + 1))
        if alarms.history(EVERYWHERE, start, min(end, born), limit=1):
            yield 0
        else:
            yield _day(alarms, orders, rows, shape, day, midnight_of(day, zone), born)


def _day(
    alarms: Alarms, orders: WorkOrders, rows: Sequence[StationRow], shape: Parameters,
    day: int, midnight: int, born: datetime,
) -> int:  # fmt: skip
    stories = [_Story(alarm, shape.seed) for alarm in raised(rows, shape, day, midnight)]
    keep = [story.row["closed_at"] < born for story in stories]
    for i, story in enumerate(stories):
        parent = story.alarm.parent
        keep[i] = keep[i] and (parent is None or keep[parent])
    place = np.cumsum(keep) - 1
    kept = [story for story, stays in zip(stories, keep, strict=True) if stays]
    for story in kept:
        if story.alarm.parent is not None:
            story.row["parent"] = int(place[story.alarm.parent])
    made = _orders(kept, shape.seed, born)
    ids = orders.save([order.row for order in made])
    for order, id in zip(made, ids, strict=True):
        for number in order.alarms:
            kept[number].row["work_order_id"] = id
    orders.record(
        [{**event, "work_order_id": id} for order, id in zip(made, ids, strict=True)
         for event in order.events]
    )  # fmt: skip
    alarms.save(
        [story.row for story in kept],
        events=[{**event, "new": i} for i, story in enumerate(kept) for event in story.events],
    )
    return len(kept)


class _Story:
    """The life of one alarm: its row and its journal."""

    def __init__(self, alarm: Raised, seed: int) -> None:
        self.alarm = alarm
        rule = rules()[alarm.rule]
        self.draws = _draws(alarm, seed)
        raw = _at(alarm.begin)
        self.active = raw + timedelta(seconds=rule.on_s)
        self.cleared = _at(alarm.end) + timedelta(seconds=rule.off_s)
        self.events: list[Row] = []
        self.row: Row = {
            "rule": alarm.rule, "rule_version": rule.version,
            "station_id": None if alarm.row is None else alarm.row.id,
            "district_id": alarm.district, "place": alarm.place, "point": alarm.point,
            "level": alarm.level, "state": "closed", "raw_at": raw, "active_at": self.active,
            "cleared_at": self.cleared, "value": alarm.value, "limit": alarm.limit,
            "peak": alarm.value, "count": alarm.count, "acknowledged_at": None,
            "acknowledged_by": "", "work_order_id": None, "parent_id": None, "note": "",
        }  # fmt: skip
        self._say(self.active, "unacknowledged")
        if alarm.parent is not None:
            self._say(self.active + timedelta(seconds=1), "suppressed")
            self._close(self.cleared)
        else:
            self._people(rule.latched)

    def _people(self, latched: bool) -> None:
        by = DESK[int(pick(DESK_SHARES, self.draws[0]))]
        wait = ANSWER[self.alarm.level] * float(np.exp(0.8 * self.draws[1]))
        seen = self.active + timedelta(minutes=wait)
        self.row |= {"acknowledged_at": seen, "acknowledged_by": by}
        if seen < self.cleared:
            self._say(seen, "acknowledged", by)
            if not latched:
                self._close(self.cleared)
                return
            self._say(self.cleared, "latched")
        elif latched:
            self._say(self.cleared, "latched")
            self._say(seen, "latched", by)
        else:
            self._say(self.cleared, "returned")
            self._close(seen, by)
            return
        rest = timedelta(minutes=8.0 * float(np.exp(0.7 * self.draws[2])))
        self._close(max(seen, self.cleared) + rest, by)

    def _close(self, at: datetime, by: str = "") -> None:
        self.row["closed_at"] = at
        self._say(at, "closed", by)

    def _say(self, at: datetime, state: str, by: str = "") -> None:
        self.events.append({"at": at, "state": state, "username": by, "note": ""})


def _orders(stories: Sequence[_Story], seed: int, born: datetime) -> list[_Order]:
    """Orders in the order of their making; a further alarm of a station joins a young one."""
    found: list[_Order] = []
    young: dict[int, _Order] = {}
    for number in sorted(range(len(stories)), key=lambda n: stories[n].active):
        story = stories[number]
        alarm, template = story.alarm, rules()[story.alarm.rule].template
        if alarm.level > 2 or alarm.parent is not None or alarm.row is None or template is None:
            continue
        order = young.get(alarm.row.id)
        if order is None or story.active - order.made > JOIN:
            order = _order(alarm.row, story, template, born)
            young[alarm.row.id] = order
            found.append(order)
        order.alarms.append(number)
    return found


def _order(row: StationRow, story: _Story, template: str, born: datetime) -> _Order:
    """One order, as far as work had come when the city went live."""
    plan, draws, level = templates()[template], story.draws, story.alarm.level
    made = story.active + SETTLE
    by, desk = CREW[int(pick(CREW_SHARES, draws[3]))], DESK[int(pick(DESK_SHARES, draws[4]))]
    if template == "WT-14":
        by = "water_quality"
    taken = made + timedelta(minutes=TAKE[level] * float(np.exp(0.7 * draws[5])))
    started = taken + timedelta(minutes=12.0 + 30.0 * float(draws[6]))
    work = timedelta(minutes=15.0 + 75.0 * float(draws[7]))
    finished = max(started + work, story.cleared + timedelta(minutes=6.0))
    closed = finished + timedelta(hours=1.0 + 14.0 * float(draws[8]))
    desk = desk if desk != by else DESK[0]  # nobody reviews his own work
    steps = [("assigned", taken, by), ("in_progress", started, by),
             ("review", finished, by), ("closed", closed, desk)]  # fmt: skip
    steps = [step for step in steps if step[1] < born]
    done = {state for state, _, _ in steps}
    order: Row = {
        "station_id": row.id, "district_id": row.district_id, "template": template,
        "level": level, "state": steps[-1][0] if steps else "new", "created_at": made,
        "respond_by": _due(made, plan.respond_hours), "restore_by": _due(made, plan.restore_hours),
        "taken_at": taken if "assigned" in done else None,
        "started_at": started if "in_progress" in done else None,
        "finished_at": finished if "review" in done else None,
        "closed_at": closed if "closed" in done else None,
        "assignee": by if steps else "",
        "outcome": _outcome(story) if "review" in done else "",
    }  # fmt: skip
    events = [{"at": at, "state": state, "username": who, "note": ""} for state, at, who in steps]
    return _Order(row.id, made, order, events)


def _outcome(story: _Story) -> str:
    if story.draws[9] < NOTHING_FOUND:
        return "no_fault_found"
    kind = story.alarm.rule[2:4]
    return OUTCOMES[kind][int(pick(OUTCOME_SHARES, story.draws[10]))]


def _draws(alarm: Raised, seed: int) -> NDArray[np.float64]:
    """Uniform draws of this alarm; 1, 2 and 5 are normal."""
    own = key(f"{alarm.row.code if alarm.row else alarm.district}.{alarm.rule}.{alarm.place}")
    at = alarm.begin // 1000
    draws = uniform(seed, "past", own, at, np.arange(11))
    draws[[1, 2, 5]] = normal(seed, "past", own, at, np.arange(3))
    return draws


def _due(made: datetime, hours: float | None) -> datetime | None:
    return None if hours is None else made + timedelta(hours=hours)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)

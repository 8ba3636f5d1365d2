"""What the alarm rules would have said of the past: outages as the rows of the past show them,
and the chance faults of `chance`, which are too short to be seen in rows of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data.catalogue.rules import rules
from data.stations import StationRow
from simulator.chance import incidents
from simulator.draws import key, uniform
from simulator.faults import Fault
from simulator.outages import carrier_outage, lost_links, power_failures
from simulator.parameters import Parameters

MINUTE = 60_000
LONG = 30
"""Minutes of silence that make an offline station graver."""
CODES = (4.0, 1.0, 6.0)
"""Drive codes of a trip (F10) by severity."""
VALVE = (50.0, 100.0, 100.0)
"""Between position and command, %, of a stuck inlet valve (F05) by severity."""
DRAINED, FULL = 75, 60
"""Minutes after which a valve stuck shut or open is felt in the tank."""


@dataclass(frozen=True)
class Raised:
    """An alarm of the past. Times are UTC ms: begin and end of its condition."""

    rule: str
    row: StationRow | None
    """None for an alarm of a whole district."""
    district: int
    place: str
    begin: int
    end: int
    level: int
    value: float | None = None
    limit: float | None = None
    parent: int | None = None
    """Place in the day's list of the alarm that explains this one."""
    count: int = 1

    @property
    def point(self) -> str:
        """The code that the rule watches at this place."""
        template = rules()[self.rule].point
        zone, _, pump = self.place.partition(".P")
        return template.replace("{z}", zone).replace("{n}", pump).replace("{t}", self.place)


def raised(rows: Sequence[StationRow], shape: Parameters, day: int, midnight: int) -> list[Raised]:
    """Alarms that began on the local day `day`, which began at `midnight` ms UTC; parents stand
    before their children."""
    found = list(_carrier(rows, shape, day, midnight))
    blind = {alarm.row.id for alarm in found if alarm.row}
    power, links = power_failures(shape, day), lost_links(shape, day)
    for i in np.flatnonzero(power.any).tolist():
        begin, end = (midnight + round(at[i] * MINUTE) for at in (power.begin, power.end))
        found += _dark(rows[i], begin, end, len(found))
    for i in np.flatnonzero(links.any).tolist():
        if rows[i].id not in blind:
            begin, end = (midnight + round(at[i] * MINUTE) for at in (links.begin, links.end))
            found += _silent(rows[i], begin, end, None)
    by_code = {row.code: row for row in rows}
    for fault in incidents(rows, shape.seed, day, midnight):
        found += _fault(by_code[fault.station], fault, shape.seed, len(found))
    return found


def _alarm(
    rule: str, row: StationRow, place: str, begin: int, end: int | None, level: int | None = None,
    value: float | None = None, limit: float | None = None, parent: int | None = None,
) -> Iterator[Raised]:  # fmt: skip
    """The alarm, unless its condition was over before the rule's delay."""
    known = rules()[rule]
    if end is not None and end - begin > known.on_s * 1000:
        yield Raised(rule, row, row.district_id, place, begin, end,
                     known.level if level is None else level, value, limit, parent)  # fmt: skip


def _dark(row: StationRow, begin: int, end: int, at: int) -> Iterator[Raised]:
    yield from _alarm("R-EL-01", row, "", begin, end, value=0.0)
    for zone in row.sets if row.tanks else ():
        limit = 0.5 * zone.setpoint
        late = begin + 20_000
        yield from _alarm("R-HY-02", row, zone.zone, late, end, None, 0.0, limit, at)


def _silent(row: StationRow, begin: int, end: int, parent: int | None) -> Iterator[Raised]:
    limit = rules()["R-CM-01"].params["limit"].of(row.type)
    level = 2 if end - begin > LONG * MINUTE else None
    late = begin + round(limit * 1000)
    yield from _alarm("R-CM-01", row, "", late, end, level, limit, limit, parent)


def _carrier(
    rows: Sequence[StationRow], shape: Parameters, day: int, midnight: int
) -> Iterator[Raised]:
    """A carrier's failure: one alarm a district, the stations' own behind it."""
    area = carrier_outage(shape.seed, day)
    if area is None:
        return
    begin, end = (midnight + round(at * MINUTE) for at in area[:2])
    links = lost_links(shape, day)
    hit = [
        row for i, row in enumerate(rows)
        if links.any[i] and links.begin[i] == area[0] and links.end[i] == area[1]
    ]  # fmt: skip
    place = 0
    for district in sorted({row.district_id for row in hit}):
        mine = [row for row in hit if row.district_id == district]
        children = [child for row in mine for child in _silent(row, begin, end, place)]
        yield Raised("R-CM-06", None, district, "", begin + MINUTE, end, rules()["R-CM-06"].level,
                     float(len(mine)), min(10.0, 0.2 * len(rows)), count=len(children))  # fmt: skip
        yield from children
        place += 1 + len(children)


def _fault(row: StationRow, fault: Fault, seed: int, at: int) -> Iterator[Raised]:
    begin, end, severity = fault.begin, fault.end, fault.severity - 1
    draw = uniform(seed, "past.place", key(row.code), begin // MINUTE, np.arange(2))
    zone = row.sets[int(draw[0] * len(row.sets))]
    minutes = 0 if end is None else (end - begin) // MINUTE
    if fault.code == "F10":
        place = f"{zone.zone}.P{1 + int(draw[1] * zone.pumps)}"
        yield from _alarm("R-PU-01", row, place, begin, end, value=1.0)
        yield from _alarm("R-PU-05", row, place, begin, end, value=CODES[severity], parent=at)
    elif fault.code == "F02" and severity > 0:
        low = zone.setpoint - 0.06 - 0.03 * severity
        yield from _alarm(
            "R-HY-01", row, zone.zone, begin, end, value=low, limit=zone.setpoint - 0.05
        )
    elif fault.code == "F05" and row.tanks:
        yield from _alarm("R-TK-06", row, "T1", begin, end, None, VALVE[severity], 10.0)
        top = row.overflow_level or 0.0
        if severity == 1 and minutes > DRAINED:
            late = begin + DRAINED * MINUTE
            yield from _alarm("R-TK-02", row, "T1", late, end, None, 0.11 * top, 0.12 * top)
        if severity == 2 and minutes > FULL:
            yield from _alarm("R-TK-04", row, "T1", begin + FULL * MINUTE, end, None, top, top)
    elif fault.code == "F22" and severity == 2:
        yield from _alarm("R-WQ-01", row, "", begin + 90 * MINUTE, end, 1, 0.05, 0.10)
    elif fault.code == "F20":
        yield from _alarm("R-EN-01", row, "", begin + 5 * MINUTE, end, value=1.0)
    elif fault.code == "F21":
        if severity > 0:
            yield from _alarm("R-SE-03", row, "", begin, end, value=1.0)
        parent = at if severity > 0 else None
        yield from _alarm("R-SE-01", row, "", begin + 30_000, end, value=1.0, parent=parent)

"""Household meters by day: readings at any time become volumes of local days.

Readings of one meter lie hours or days apart and come at another time than midnight, so a day's
volume is interpolated between the readings around it; what no reading covers is put in from the
meter's own mean and counted as imputed. L9 in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.counters import MISSING, CounterState, Limits, advance

KINDS = ("household", "public", "fire")
CAP = {"household": 5_000.0, "public": 60_000.0, "fire": 200_000.0}
"""Greatest credible increase, litres an hour."""
OWN_PACE = 4.0
"""... or so many times the meter's own usual pace, if that is more."""
MODULUS = 100_000_000
"""Litres after which a meter of five digits begins again: 100,000 m³."""
DAY_MS = 86_400_000
MEAN_DAYS = 30
FORGOTTEN = 35
"""Days after which a meter that nobody read any more is no meter of this compound."""
STOPPED_DAYS = 7
STOPPED_LITRES = 20.0
"""A meter is stopped when it shows no use for 7 days and used more than this a day before,"""
STOPPED_STEPS = 3
"""... and so many steps of its register were due in that time: one of whole cubic metres may rest
for ten days in a small home."""


@dataclass(frozen=True)
class Readings:
    """Rows of any order. station int, meter and kind text, ts UTC ms, litres int."""

    station: np.ndarray
    ts: np.ndarray
    meter: np.ndarray
    kind: np.ndarray
    litres: np.ndarray

    def __len__(self) -> int:
        return len(self.ts)


Table = dict[str, np.ndarray]


def household_days(readings: Readings, days: Sequence[tuple[int, int]]) -> Table:
    """One row a station and day: station, at (place in `days`), metered, public, fire (m³),
    meters, read (whole day between readings), imputed (m³), stopped.

    days: [start, end) of local days, ms UTC. readings: also those of FORGOTTEN days before and
    after, else a day at the edge is imputed. A day on which a station has no meter has no row.
    """
    if not len(readings) or not days:
        return {name: np.empty(0) for name in _COLUMNS}
    one = _meters(readings)
    parts = [_day(one, start, end, place) for place, (start, end) in enumerate(days)]
    return {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}


_COLUMNS = ("station", "at", "metered", "public", "fire", "meters", "read", "imputed", "stopped")


@dataclass(frozen=True)
class _Meters:
    """Accepted increases, meter after meter. Arrays [k] of steps and [m] of meters."""

    station: np.ndarray
    kind: np.ndarray
    """[m] place in KINDS."""
    first: np.ndarray
    last: np.ndarray
    """[m] time of the first and last reading."""
    of: np.ndarray
    """[k] meter of a step"""
    begin: np.ndarray
    end: np.ndarray
    volume: np.ndarray
    """[k] litres."""
    digit: np.ndarray
    """[m] litres of a step of the register: what divides all increases; 0 where nothing moved."""


def _meters(readings: Readings) -> _Meters:
    """Sort, drop what was read twice, and judge each reading against the one before (M1)."""
    names = np.char.add(np.char.add(readings.station.astype(str), "|"), readings.meter.astype(str))
    _, code = np.unique(names, return_inverse=True)
    order = np.lexsort((readings.ts, code))
    code, ts, litres = code[order], readings.ts[order], readings.litres[order].astype(np.int64)
    same = np.zeros(len(code), bool)
    same[1:] = (code[1:] == code[:-1]) & (ts[1:] == ts[:-1])
    code, ts, litres, order = code[~same], ts[~same], litres[~same], order[~same]
    start = np.flatnonzero(np.diff(code, prepend=-1))
    count = np.diff(np.append(start, len(code)))
    station = readings.station[order][start]
    kinds = readings.kind[order][start].astype(str)
    kind = np.select([kinds == name for name in KINDS], range(len(KINDS)), 0)
    m = len(start)
    cap = np.maximum(
        np.array([CAP[name] for name in KINDS])[kind], OWN_PACE * _pace(code, ts, litres, m)
    )
    limits = Limits(
        cap, np.full(m, MODULUS, np.int64),
        np.full(m, 1, np.int64), DAY_MS,
    )  # fmt: skip
    state = CounterState.new((m,))
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    for rank in range(int(count.max())):
        there = count > rank
        at = np.where(there, start + rank, 0)
        now = np.where(there, ts[at], 0)
        before = state.ms
        state, increase, _ = advance(state, limits, np.where(there, litres[at], MISSING), now)
        moved = there & (increase != MISSING) & (state.ms == now) & (now > before)
        who = np.flatnonzero(moved)
        found.append((who, before[who], now[who], increase[who]))
    of, begin, end, volume = (np.concatenate([f[i] for f in found]) for i in range(4))
    last = ts[start + count - 1]
    return _Meters(
        station, kind, ts[start], last, of, begin, end, volume.astype(float), _digit(of, volume, m)
    )


def _digit(of: np.ndarray, volume: np.ndarray, m: int) -> np.ndarray:
    found = np.zeros(m, np.int64)
    if len(of):
        order = np.argsort(of, kind="stable")
        who, first = np.unique(of[order], return_index=True)
        found[who] = np.gcd.reduceat(volume[order].astype(np.int64), first)
    return found


def _pace(code: np.ndarray, ts: np.ndarray, litres: np.ndarray, m: int) -> np.ndarray:
    """[m] median litres an hour between readings that follow each other: a meter may stand for
    many homes, and what is credible for it is told by itself. 0 where under 3 are known."""
    step, elapsed = np.diff(litres), np.diff(ts)
    usable = (code[1:] == code[:-1]) & (step >= 0) & (elapsed > 0)
    who, rate = code[1:][usable], step[usable] * 3_600_000.0 / elapsed[usable]
    order = np.lexsort((rate, who))
    who, rate = who[order], rate[order]
    count = np.bincount(who, minlength=m)
    first = np.cumsum(count) - count
    some = count >= 3
    found = np.zeros(m)
    found[some] = rate[first[some] + (count[some] - 1) // 2]
    return found


def _overlap(one: _Meters, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """([m] litres, [m] ms covered) of [start, end), each step spread evenly over its time."""
    inside = np.clip(np.minimum(one.end, end) - np.maximum(one.begin, start), 0, None)
    some = inside > 0
    part = one.volume[some] * inside[some] / (one.end[some] - one.begin[some])
    m = len(one.station)
    return np.bincount(one.of[some], part, m), np.bincount(one.of[some], inside[some], m)


def _day(one: _Meters, start: int, end: int, place: int) -> Table:
    litres, covered = _overlap(one, start, end)
    month, known = _overlap(one, end - MEAN_DAYS * DAY_MS, end)
    alive = (one.first < end) & (one.last >= start - FORGOTTEN * DAY_MS)
    rate = np.where(known > 0, month / np.maximum(known, 1), 0.0)
    missing = np.where(alive, (end - start) - covered, 0.0)
    imputed = np.where(missing > 60_000, rate * missing, 0.0)
    week, week_known = _overlap(one, end - STOPPED_DAYS * DAY_MS, end)
    back = end - STOPPED_DAYS * DAY_MS
    before, before_known = _overlap(one, back - MEAN_DAYS * DAY_MS, back)
    used = np.where(before_known > 0, before / np.maximum(before_known, 1) * DAY_MS, 0.0)
    whole = week_known >= 0.9 * STOPPED_DAYS * DAY_MS
    due = used * STOPPED_DAYS >= STOPPED_STEPS * one.digit
    stopped = alive & whole & (week <= 0) & (used > STOPPED_LITRES) & due & (one.kind == 0)
    stations, row = np.unique(one.station[alive], return_inverse=True)

    def summed(values: np.ndarray, which: np.ndarray | None = None) -> np.ndarray:
        chosen = values[alive] if which is None else np.where(which, values, 0.0)[alive]
        return np.bincount(row, chosen, len(stations))

    total = (litres + imputed) / 1000.0
    return {
        "station": stations, "at": np.full(len(stations), place),
        "metered": summed(total, one.kind == 0), "public": summed(total, one.kind == 1),
        "fire": summed(total, one.kind == 2), "meters": summed(np.ones(len(total))),
        "read": summed((missing <= 60_000).astype(float)), "imputed": summed(imputed / 1000.0),
        "stopped": summed(stopped.astype(float)),
    }  # fmt: skip


def scan(hours: np.ndarray, days: int = 7) -> np.ndarray:
    """bool[m]: homes that never stood still: no hour without use in the last `days` of hourly
    volumes [m, h], i.e. an indoor leak. A home with under 90 % known hours isn't judged."""
    recent = hours[:, -24 * days :]
    known = ~np.isnan(recent)
    enough = (
        known.mean(axis=1) >= 0.9 if recent.shape[1] == 24 * days else np.zeros(len(hours), bool)
    )
    return np.asarray(enough & ~(np.where(known, recent, 1.0) <= 0.0).any(axis=1))

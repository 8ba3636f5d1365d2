"""Trials for benchmarks: some pump houses with planted troubles, as seen and as they truly are.

    seen, truth = trial(seed=9, stations=compounds(9, 20), days=60, step=900.0,
                        troubles=[Planted(station=3, code="F01", day=40, severity=2)])

`seen` is made of gauges with noise by the collector's own fact code; `truth` no analysis may read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from data.stations import StationRow
from simulator import city
from simulator.gauges import SeenDays
from simulator.history_blocks import blocks, in_line
from simulator.history_days import span_of, station_days, steady_days
from simulator.history_rows import Made
from simulator.outages import lost_links
from simulator.planted import Plan, Planted
from simulator.quasi import DAY, Quasi
from simulator.quasi_meters import Counters, counted
from simulator.trial_truth import Truth, Witness
from simulator.types import Floats, Ints

__all__ = ["Observed", "Planted", "Truth", "compounds", "trial"]

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2025, 3, 3)
"""The first day unless told: a Monday, no holiday near."""
CELLS = 400_000
"""Stations x steps that are computed at once."""
TABLES = ("station_day", "pump_day", "set_day")
Table = dict[str, np.ndarray]


@dataclass(frozen=True)
class Observed:
    """What a platform would know. Stations keep their order in `rows`."""

    rows: tuple[StationRow, ...]
    dates: np.ndarray
    """[days] datetime64[D], local."""
    step: float
    tables: dict[str, Table]
    """station_day, pump_day, set_day: columns as in the lake, `station` is the id of a row."""
    values: dict[str, Floats]
    """By code [stations, days x steps], in the point's unit, NaN where offline or no such point;
    CODE.inc of a counter is its increase; meters begin at 0."""


def compounds(
    seed: int, count: int, homes: tuple[int, int] = (100, 2000), type: str = ""
) -> tuple[StationRow, ...]:
    """The first `count` stations of the city of this seed with so many homes (of this type)."""
    found: list[StationRow] = []
    size = 0
    while len(found) < count:
        size += max(4 * count, 40)
        found = [
            row
            for row in city.stations(size, seed, 5020)
            if homes[0] <= row.households <= homes[1]
            and (row.type == type if type else row.type in ("TANK_VFD", "STACKED"))
        ]
    return tuple(found[:count])


def trial(
    seed: int,
    stations: int | Sequence[StationRow],
    days: int,
    step: float = 900.0,
    troubles: Sequence[Planted] = (),
    *,
    codes: Sequence[str] = (),
    tables: Sequence[str] = TABLES,
    first: date = FIRST,
) -> tuple[Observed, Truth]:
    """Let some stations live for `days` local days in steps of `step` s (60 to 3600, a part of an
    hour), with nothing wrong but `troubles`.

    stations: rows, or a number of `compounds`. tables, codes: what is made of it; fewer are
    quicker. The same arguments give
    the same trial. At 60 s steady windows are sought as in live data; a longer step with a pump
    running throughout is one window, read as long as a window is.
    """
    rows = tuple(compounds(seed, stations) if isinstance(stations, int) else stations)
    start, each = first.toordinal(), round(DAY / step)
    lined = in_line(blocks(rows, {row.id for row in rows}))
    at = np.array([rows.index(row) for block in lined for row in block.rows], np.int64)
    quasi = _quasi([rows[i] for i in at], seed, start, days, troubles, at)
    found: dict[str, list[Table]] = {name: [] for name in tables}
    values = {code: np.full((len(rows), days * each), np.nan) for code in codes}
    witness, meters = Witness(), dict[str, Floats]()
    for chunk in _chunks(days, each * len(rows)):
        made = [_made(quasi, start + day, step, meters) for day in chunk]
        for world in made:
            witness.note(world.day)
        steps = np.arange(chunk[0] * each, (chunk[-1] + 1) * each)
        for block in lined:
            seen = SeenDays(made, block, bool(codes))
            _add_tables(found, seen, step)
            for code, wide in values.items():
                series = _series(seen, code)
                if series is not None:
                    wide[np.ix_(at[block.stations], steps)] = series
    dates = np.datetime64(first, "D") + np.arange(days)
    joined = {name: _joined(some) for name, some in found.items()}
    truth = Truth.of(rows, at, quasi, start, witness, step)
    return Observed(rows, dates, step, joined, values), truth


def _quasi(
    rows: Sequence[StationRow],
    seed: int,
    start: int,
    days: int,
    troubles: Sequence[Planted],
    at: Ints,
) -> Quasi:
    """The city of these rows with nothing but the planted troubles; row i was number at[i]."""
    quasi = Quasi(rows, seed, start + days)
    quasi.exchanged[:] = 0
    back = {int(k): i for i, k in enumerate(at)}
    mine = [replace(t, station=back[t.station]) for t in troubles]
    quasi.ledger = Plan.of(quasi.shape, start, mine)
    return quasi


def _chunks(days: int, cells: int) -> list[range]:
    """Days that are made at once."""
    size = max(1, CELLS // max(cells, 1))
    return [range(begin, min(begin + size, days)) for begin in range(0, days, size)]


def _made(quasi: Quasi, day: int, step: float, meters: dict[str, Floats]) -> Made:
    """A day whose meters go on from `meters`, which are left where it ends."""
    world = quasi.day(day, step)
    count = counted(world)
    run = {}
    for name in (f.name for f in fields(count)):
        more = np.cumsum(getattr(count, name), axis=-1)
        run[name] = more + meters.get(name, np.zeros(1))[..., None]
        meters[name] = run[name][..., -1]
    return Made(
        day=world, date=np.datetime64(date.fromordinal(day), "D"), steps=world.steps,
        counted=count, readings=Counters(**run),
        online=1.0 - lost_links(quasi.shape, day).share(world.steps, DAY),
        span=span_of(date.fromordinal(day), ZONE),
    )  # fmt: skip


def _add_tables(found: dict[str, list[Table]], seen: SeenDays, step: float) -> None:
    if "station_day" in found:
        factor = max(1, round(900.0 / step))
        found["station_day"].append(station_days(seen, seen.slim(factor), factor))
    if {"pump_day", "set_day"} & set(found):
        for name, table in steady_days(seen, "set_day" in found).items():
            if name in found:
                found[name].append(table)


def _series(seen: SeenDays, code: str) -> Floats | None:
    """[n, m] of a code in its unit; None where this layout has no such point."""
    meter = code.removesuffix(".inc")
    if meter in seen.meters:
        values = seen.meters[meter][code.endswith(".inc")]
        return np.asarray(values * seen.block.resolution[meter])
    return seen.wide(code) if code in seen.block.column else None


def _joined(tables: Sequence[Table]) -> Table:
    return {name: np.concatenate([t[name] for t in tables]) for name in (tables or [{}])[0]}

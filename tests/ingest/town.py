"""A few pump houses without gateways: a test writes what they say straight into the matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from data.alarms import AlarmRow
from data.catalogue.flags import Flag
from data.catalogue.points import columns
from data.catalogue.rules import rules
from data.settings import Settings
from data.stations import EVERYWHERE, DistrictRow, SetRow, StationRow
from data.stores import Stores, open_stores
from ingest.alarming import Alarming
from ingest.derived import Derived
from ingest.fleet import Fleet

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HEALTHY = {
    "{z}.P_OUT": 0.5, "{z}.P_SET": 0.5, "{z}.P{n}.MODE": 2, "{t}.LEVEL": 1.8, "{t}.VALVE_POS": 50,
    "{t}.VALVE_CMD": 50, "WQ.CL_OUT": 0.4, "WQ.FLOWCELL": 1, "EL.MAINS_OK": 1, "SE.ARM": 1,
    "PH.Q_IN": 12, "PH.P_MAIN": 0.3, "{z}.P_IN": 0.02, "{z}.P_END": 0.2, "{t}.LEVEL2": 1.8,
    "{t}.UV": 1, "{t}.UV_I": 5200, "WQ.TURB": 0.2, "WQ.PH": 7.2, "WQ.COND": 180, "WQ.ORP": 620,
    "EL.UA": 228, "EL.UB": 228, "EL.UC": 228, "EL.PF": 0.93, "EL.UPS_SOC": 100, "EN.T": 20,
    "EN.RH": 65, "EN.NOISE": 45, "SE.CAM": 1, "SE.REC_DAYS": 92,
}  # fmt: skip


class Town:
    """`n` stations, half of them (or `first`) in the first of two districts, the last one rural;
    polled every 2 s."""

    def __init__(self, var: Path, n: int = 4, url: str = "", first: int | None = None) -> None:
        self.stores: Stores = open_stores(Settings(var=var, database_url=url), writer=True)
        ids = (1, 2)
        districts = [DistrictRow(i, f"D{i}", f"区{i}", f"District {i}", 24, 118, None) for i in ids]
        low = SetRow("L", 3, 1, 12, 300, 30.0, 0.5, 16.0, 52.0, 5.5, 11.0)
        west = n // 2 if first is None else first
        rows = [
            StationRow(
                id=0, code=f"S{i:02}", name_zh=f"泵房{i}", name_en=f"House {i}",
                district_id=1 if i < west else 2, type="RURAL" if i == n - 1 else "TANK_VFD",
                tanks=1, profile="chengshui", host="127.0.0.1", port=6000 + i, unit=1,
                households=300, overflow_level=2.5, sets=(low,),
            )
            for i in range(n)
        ]  # fmt: skip
        self.stores.stations.save(districts, rows)
        self.now = START
        self.silent: set[int] = set()
        self.dispatcher = self.stores.users.create(
            "lin", "Secret-1234", role="dispatcher", name_zh="林", name_en="Lin", at=START
        )
        self.start()

    def start(self, only: Iterable[int] | None = None) -> None:
        """A collector begins (anew), as after a crash: nothing is written down before."""
        stations = self.stores.stations.all()
        kept = range(len(stations)) if only is None else only
        before = getattr(self, "fleet", None)
        self.fleet = Fleet([stations[row] for row in kept])
        for line, column in enumerate(self.fleet.columns):
            has = [column in columns(station.layout) for station in self.fleet.stations]
            value = HEALTHY.get(column.point.code, 0) / float(column.point.resolution)
            if column.point.block != "derived":
                self.fleet.values[line, has] = round(value)
        if before is not None and only is None:
            self.fleet.values[:] = before.values
        self.fleet.flags[:] = self.fleet.judged[:] = Flag.GOOD
        self.derived = Derived(self.fleet)
        self.alarming = Alarming(self.stores, self.fleet, rules())

    def says(self, row: int, points: Mapping[str, float]) -> None:
        """A station's values from now on, in the points' units."""
        for code, value in points.items():
            line = self.fleet.line_of[code]
            step = float(self.fleet.columns[line].point.resolution)
            self.fleet.values[line, row] = round(value / step)

    def flag(self, row: int, code: str, flag: Flag) -> None:
        line = self.fleet.line_of[code]
        self.fleet.flags[line, row] = self.fleet.judged[line, row] = flag

    def run(self, seconds: int, step: int = 1) -> None:
        """Let time go by in steps of so many seconds; stations answer at even ones."""
        for _ in range(seconds // step):
            self.now += timedelta(seconds=step)
            ms = round(self.now.timestamp() * 1000)
            fresh = np.zeros(len(self.fleet.stations), dtype=bool)
            if (ms // 1000) % 2 == 0:
                fresh[:] = True
                fresh[list(self.silent)] = False
                self.fleet.fast_ms[fresh] = self.fleet.slow_ms[fresh] = ms - 40
                self.fleet.values[self.fleet.line_of["CM.PLC_HB"], fresh] += 1
            self.derived.update(ms)
            self.alarming.sample(ms, fresh)
            self.alarming.tick(ms)

    def open(self) -> list[AlarmRow]:
        return self.stores.alarms.open(EVERYWHERE)

    def states(self) -> dict[tuple[str, str, str], str]:
        """(station, rule, place) -> state of all open alarms; no two may be the same."""
        rows = self.open()
        found = {(r.station_code, r.rule, r.place): r.state for r in rows}
        assert len(found) == len(rows), rows
        return found

    def one(self, rule: str) -> AlarmRow:
        """The only alarm of this rule, open or not."""
        rows = [r for r in self.ever() if r.rule == rule]
        assert len(rows) == 1, rows
        return rows[0]

    def ever(self) -> list[AlarmRow]:
        later = self.now + timedelta(days=1)
        return self.stores.alarms.history(EVERYWHERE, START - timedelta(days=1), later, 10_000)

    def asks(self, verb: str, alarm: AlarmRow) -> int:
        """A dispatcher's wish; the id of the action."""
        return self.stores.actions.append(alarm.id, verb, self.dispatcher, self.now, note="seen")

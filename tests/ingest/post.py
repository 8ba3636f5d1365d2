"""Two pump houses whose answers arrive when a test says, through the collector's own parts: matrix,
alarms, lake, late data; on a clock that the test moves."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from data.catalogue.profiles import compile_block
from data.catalogue.rules import rules
from data.lake_writer import LakeWriter
from data.settings import Settings
from data.stations import EVERYWHERE, DistrictRow, SetRow, StationRow
from data.stores import open_stores
from ingest.alarming import Alarming
from ingest.fleet import Fleet
from ingest.flush import Flusher
from ingest.frames import BLOCKS, FAST, SLOW, Frame
from ingest.journal import MINUTE
from ingest.live import Live
from simulator.registers import Encoder
from tests.ingest.town import HEALTHY

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
T0 = round(START.timestamp() * 1000)
Journal = set[tuple[str, str, str, int, int, int, int | None, int]]
"""Station, rule, place, level of the condition, first crossing, raised, cleared, count; ms since
T0. What lifts an alarm by itself runs on the collector's clock and isn't compared."""


class Post:
    """Answers of stations 0 and 1; `poll` makes one, `deliver` lets some arrive."""

    def __init__(self, var: Path) -> None:
        self.stores = open_stores(Settings(var=var), writer=True)
        low = SetRow("L", 2, 1, 12, 300, 30.0, 0.5, 16.0, 52.0, 5.5, 11.0)
        rows = [
            StationRow(
                id=0, code=f"S{i}", name_zh="泵房", name_en="House", district_id=1,
                type="TANK_VFD", tanks=1, profile="chengshui", host="127.0.0.1", port=6000 + i,
                unit=1, households=300, overflow_level=2.5, sets=(low,),
            )
            for i in range(2)
        ]  # fmt: skip
        self.stores.stations.save([DistrictRow(1, "D", "区", "District", 24, 118, None)], rows)
        self.stations = self.stores.stations.all()
        self._plans = [
            compile_block(self.stations[0].profile, self.stations[0].layout, block)
            for block in BLOCKS
        ]
        writer = LakeWriter(self.stores.settings.lake, self.stores.manifest)
        self._flusher = Flusher(self.stores.lake, writer, self.stations)
        self.begin()

    def begin(self) -> None:
        """A collector begins (anew)."""
        fleet = Fleet(self.stations)
        self.alarming = Alarming(self.stores, fleet, rules())
        self._live = Live(fleet, self.alarming, self.stores.settings.live)

    def poll(self, at_ms: int, station: int, points: Mapping[str, float]) -> list[Frame]:
        """What a station answers at T0 + at_ms: fast, and once a minute slow before it."""
        blocks = (SLOW, FAST) if at_ms % MINUTE < 2000 else (FAST,)
        return [
            Frame(
                self.stations[station].id, block, T0 + at_ms - 10 * block, self._says(block, points)
            )
            for block in blocks
        ]

    def _says(self, block: int, points: Mapping[str, float]) -> bytes:
        plan = self._plans[block]
        values = [points.get(code, _healthy(code)) for code in plan.codes]
        words = Encoder(plan)(np.array(values)[:, None])
        return bytes(words[0].tobytes())

    def deliver(self, frames: Iterable[Frame], until_ms: int) -> None:
        """These arrive by T0 + until_ms, and that second is told."""
        until = T0 + until_ms
        some = list(frames)
        self._live.step([(some, until)], (), until)
        for minute in sorted({frame.ms // MINUTE * MINUTE for frame in some}):
            mine = [frame for frame in some if frame.ms // MINUTE * MINUTE == minute]
            self._flusher.flush(minute, mine)

    def settle(self, until_ms: int) -> int:
        """Let the clock go on without answers until what came late is judged; when that was."""
        while self.alarming.late.busy:
            until_ms += 61_000
            self.deliver((), until_ms)
            self.alarming.late.landed(datetime.fromtimestamp((T0 + until_ms) / 1000, UTC))
            time.sleep(0.02)
        self.deliver((), until_ms + 1000)
        return until_ms + 1000

    def journal(self) -> Journal:
        """Alarms on the stations' own clock, as far as they were so."""
        later = datetime.fromtimestamp(T0 / 1000 + 400 * 86_400, UTC)
        found = set()
        for one in self.stores.alarms.history(EVERYWHERE, datetime(2020, 1, 1, tzinfo=UTC), later):
            notes = {event.note for event in self.stores.alarms.events(one.id)}
            if rules()[one.rule].clock == "platform" or "withdrawn" in notes:
                continue
            cleared = None if one.cleared_at is None else _ms(one.cleared_at)
            found.add((
                one.station_code, one.rule, one.place, one.level + one.lifted, _ms(one.raw_at),
                _ms(one.active_at), cleared, one.count,
            ))  # fmt: skip
        return found

    def close(self) -> None:
        self.alarming.late.close()
        self.stores.close()


def _healthy(code: str) -> float:
    for template, value in HEALTHY.items():
        if template.split(".")[-1] == code.rsplit(".", maxsplit=1)[-1]:
            return value
    return 0.0


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000) - T0

"""Lays corrections and exchanges of meters over the lake; undoes them. X1 in docs/methods.md.

For each station and span: 1-min rows anew, then quarters, hours and days from them, one commit.
The rows as they were stand beside (datasets got_*), so undoing brings the same numbers back.
Runs in the thread that flushes, before rollups; one station's span at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from data.catalogue.points import point
from data.corrections import CorrectionRow, Corrections
from data.database import RecordsError
from data.groups import groups
from data.lake import Lake
from data.lake_patch import StationLake
from data.lake_writer import Change, LakeWriter
from data.meter_exchanges import ExchangeRow, MeterExchanges
from data.parquet import GOT
from data.station_rows import StationRow
from ingest.corrected_days import days_anew
from ingest.corrected_rows import Exchanged, Laid, StationRows, differs, marked
from ingest.corrected_tiers import LOOK_BACK, TIERS, Made, Tiers
from ingest.registers import MISSING
from ingest.rollups import MINUTE, Cadence

log = structlog.get_logger(__name__)
AFTER = 3
"""Readings after a counter's span that are counted anew: enough for one to be believed again."""
SETTLE = timedelta(minutes=3)
"""After the end of a span: until then its last minute may not be in the lake yet."""
LATE = timedelta(days=4)
"""Spans that ended this long ago are watched for late data."""


class Corrector:
    """Belongs to the thread that writes live data."""

    def __init__(
        self,
        lake: Lake,
        writer: LakeWriter,
        stations: Iterable[StationRow],
        zone: ZoneInfo,
        corrections: Corrections,
        exchanges: MeterExchanges,
        cadence: Cadence,
    ) -> None:
        self._lake, self._writer, self._zone = lake, writer, zone
        self._corrections, self._exchanges, self._cadence = corrections, exchanges, cadence
        self._place = {s.id: (name, s) for name, rows in groups(stations).items() for s in rows}
        self._failed: set[tuple[int, int]] = set()
        self._seen = 0
        """Id of the newest 1-min piece that has been looked at for late data."""

    def run(self, now: datetime) -> int:
        """Lay over what waits and what late data have washed away; returns the spans made anew.

        Raises OSError when the disk is full; nothing half done is visible then.
        """
        spans: dict[int, list[tuple[int, int]]] = {}
        waiting = [c for c in self._corrections.waiting() if c.to_at + SETTLE <= now]
        exchanged = [e for e in self._exchanges.waiting() if e.at + SETTLE <= now]
        for row in waiting:
            spans.setdefault(row.station_id, []).append((_ms(row.from_at), _ms(row.to_at)))
        for new in exchanged:
            spans.setdefault(new.station_id, []).append((_ms(new.at), _ms(new.at) + 1))
        for id, span in self._washed(now):
            spans.setdefault(id, []).append(span)
        done = 0
        for id, some in spans.items():
            if id not in self._place:
                continue
            for low, high in some:
                done += self._guarded(id, low, high, now)
        good = self._place.keys() - {id for id, _ in self._failed}
        self._corrections.applied([c.id for c in waiting if c.station_id in good], now)
        self._exchanges.applied([e.id for e in exchanged if e.station_id in good], now)
        return done

    def _guarded(self, id: int, low: int, high: int, now: datetime) -> bool:
        """A span that can't be made is told once and left waiting: it must not hold up the lake."""
        if (id, low) in self._failed:
            return False
        try:
            self._station(id, low, high, now)
        except (OSError, RecordsError):
            raise
        except Exception:
            self._failed.add((id, low))
            log.exception("a correction can't be laid over the lake", station=id, start=low)
            return False
        return True

    def _washed(self, now: datetime) -> list[tuple[int, tuple[int, int]]]:
        """Spans of corrections that new pieces of minutes lie in."""
        active = [c for c in self._corrections.since(now - LATE) if c.applied_at is not None]
        if not active:
            return []
        pieces = self._lake.manifest.live("minute", span="piece")
        fresh = [p for p in pieces if p.id > self._seen]
        self._seen = max((p.id for p in pieces), default=self._seen)
        found = []
        for c in active:
            group = self._place.get(c.station_id, ("", None))[0]
            low, high = _ms(c.from_at), _ms(c.to_at)
            if any(
                p.group == group and p.from_ms < high and p.to_ms >= low - MINUTE for p in fresh
            ):
                found.append((c.station_id, (low, high)))
        return found

    def _station(self, id: int, low: int, high: int, now: datetime) -> None:
        name, station = self._place[id]
        rows = StationRows(name, station, self._cadence)
        own = StationLake(self._lake, name, id)
        laid = [_laid(c) for c in self._corrections.active(id)]
        exchanges = [_exchanged(e) for e in self._exchanges.of(id)]
        start, end = low - low % MINUTE, high + (-high) % MINUTE
        end = self._tail(own, rows, end)
        tiers = Tiers(own, rows, laid, exchanges)
        with self._writer.change(lambda: now) as change:
            for dataset, grain in TIERS:
                first, last = start - start % grain, end + (-end) % grain
                made = tiers.tier(dataset, grain, first, last)
                if made is not None:
                    _put(change, own, dataset, (first, last), made)
            flags = tiers.flags(start, end)
            if flags is not None:
                change.patch("flags", name, id, start, end, flags)
            days_anew(own, station, start, end, self._zone, tiers.made, change)
        log.info(
            "rows made anew", station=station.code, start=str(_time(start)), end=str(_time(end))
        )

    def _tail(self, own: StationLake, rows: StationRows, end: int) -> int:
        """The end of the span, with the readings after it that counters are counted by."""
        after = own.rows("minute", end, end + LOOK_BACK)
        ends = [end]
        for code in rows.counters:
            read = after["ts"][after[code] != MISSING] if code in after else after["ts"][:0]
            ends += [int(at) + MINUTE for at in read[:AFTER]]
        return max(ends)


def _put(change: Change, own: StationLake, dataset: str, span: tuple[int, int], made: Made) -> None:
    """The rows of one tier into the change, and aside those that they stand instead of."""
    if differs(made.old, made.new).any() or (marked(made.old) != marked(made.new)).any():
        change.patch(dataset, own.group, own.station, *span, made.new)
    if len(made.got["ts"]) or len(made.keep["ts"]):
        change.patch(f"{GOT}{dataset}", own.group, own.station, *span, made.keep)


def _laid(row: CorrectionRow) -> Laid:
    value = MISSING if row.value is None else round(row.value / float(point(row.point).resolution))
    return Laid(row.point, _ms(row.from_at), _ms(row.to_at), value)


def _exchanged(row: ExchangeRow) -> Exchanged:
    unit = float(point(row.point).resolution)
    return Exchanged(
        row.point, _ms(row.at), round(row.final_reading / unit), round(row.first_reading / unit)
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)

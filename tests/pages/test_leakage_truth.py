"""Leaks that are planted in the demo's past stand at the top of the page's ranking."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from data.database import Database
from data.lake_writer import LakeWriter
from data.settings import Settings
from data.station_rows import DistrictRow
from data.stores import open_stores
from pages.leakage_facts import LeakDesk
from simulator import city
from simulator.history_blocks import blocks
from simulator.history_files import Files
from simulator.history_past import Chunk, Past
from simulator.ledger import ledger
from simulator.parameters import parameters

ZONE = ZoneInfo("Asia/Shanghai")
BORN = datetime(2026, 6, 20, 7, 30, tzinfo=ZONE)
DAYS, HEALTHY, LEAKS = 180, 40, 10


def test_eight_of_ten_planted_leaks_are_at_the_top(sqlite: Database, tmp_path: Path) -> None:
    birth = BORN.toordinal()
    every = [r for r in city.stations(1600, 5, 5020) if 100 <= r.households <= 2000]
    known = ledger(parameters(every, 5), birth)
    first = known.first["leak"]
    leaking = np.flatnonzero((first <= birth) & (first > birth - DAYS + 40))[:LEAKS]
    healthy = np.flatnonzero(np.min(list(known.first.values()), axis=0) > birth)[:HEALTHY]
    assert len(leaking) == LEAKS
    rows = [every[i] for i in sorted([*leaking.tolist(), *healthy.tolist()])]
    stores = open_stores(Settings(var=tmp_path, session_key="0123456789abcdef0123", _env_file=None))
    districts = sorted({r.district_id for r in rows})
    stores.stations.save([DistrictRow(i, f"d{i}", f"{i}区", f"D{i}") for i in districts], rows)
    kept = [stores.stations.by_code(row.code) for row in rows]
    mine = [row for row in kept if row is not None]
    born = round(BORN.timestamp() * 1000)
    past = Past(blocks(mine, {r.id for r in mine}), 5, born, ZONE)
    files = Files(past, LakeWriter(stores.settings.lake, stores.manifest), born)
    for at in range(1, DAYS, 16):
        days = tuple(range(birth - at, max(birth - at - 16, birth - DAYS), -1))
        chunk = Chunk("hour", days)
        missing = files.missing(chunk)
        made = [r for rows in files.make(chunk, missing) for r in rows]
        files.commit(made)
    last = BORN.date() - timedelta(days=1)
    now = datetime.combine(last, datetime.max.time(), ZONE)
    shown = LeakDesk(stores).of(now, last - timedelta(days=29), last)
    order = np.argsort(-np.nan_to_num(shown.columns["score"]), kind="stable")
    top = {int(shown.city.ids[i]) for i in order[:LEAKS]}
    codes = {every[i].code: date.fromordinal(int(first[i])) for i in leaking.tolist()}
    rank = {row.code: row.id in top for row in mine if row.code in codes}
    missed = [code for code, found in rank.items() if not found]
    late = [
        (code, codes[code], shown.city.found.since(shown.city.row[row.id]))
        for row in mine
        if (code := row.code) in codes
    ]
    stores.close()
    assert len(missed) <= LEAKS - 8, f"not among the first {LEAKS}: {missed}"
    dated = [
        abs((shown.city.days[change.first] - began).days) <= 5
        for _, began, change in late
        if change is not None
    ]
    assert sum(dated) >= 8, late

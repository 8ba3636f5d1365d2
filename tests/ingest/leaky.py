"""A lake of fifty days in which one station begins to leak and a gauge of another drifts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from data.lake_writer import LakeWriter
from data.settings import Settings
from data.station_rows import StationRow
from data.stores import Stores, open_stores
from ingest.daily import EVERYONE
from ingest.days import bounds
from simulator.trial import Planted, compounds, trial
from tests.ingest.town import START

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, DAYS, ONSET = date(2025, 3, 3), 50, 46


def leaky(var: Path) -> tuple[Stores, list[StationRow]]:
    """Six stations; the third leaks from day ONSET on, a gauge of the fifth drifts."""
    stores = open_stores(Settings(var=var), writer=True)
    stations = [replace(row, id=i + 1) for i, row in enumerate(compounds(7, 6, (150, 700)))]
    troubles = [Planted(2, "F01", ONSET, 3, ramp=0.0), Planted(4, "F07", ONSET - 9, 3)]
    seen, _ = trial(7, stations, DAYS, 3600.0, troubles, first=FIRST)
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    for day in range(DAYS):
        span = bounds(FIRST + timedelta(days=day), ZONE)
        with writer.change(lambda: START) as change:
            for name, table in seen.tables.items():
                rows = table["day"] == np.datetime64(FIRST + timedelta(days=day), "D")
                part = {column: values[rows] for column, values in table.items()}
                change.replace(name, EVERYONE, span.start, span.start + 1, "piece", part)
    return stores, stations

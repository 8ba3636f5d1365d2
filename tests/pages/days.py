"""Days of stations in the lake, for pages that look whether there are any."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import numpy as np

from data.lake_writer import LakeWriter
from data.stores import Stores

DAY_S = 86_400.0


def write_days(
    stores: Stores, days: Iterable[date], stations: Iterable[int] | None = None,
    online: float = 1.0, coverage: float | None = None,
) -> None:  # fmt: skip
    """Rows of station_day: so much of each day `online` (and of it known, or `coverage`), 120 m³
    and 60 kWh."""
    ids = [s.id for s in stores.stations.all()] if stations is None else list(stations)
    pairs = [(day, id) for day in sorted(days) for id in ids]
    midnights = [datetime(d.year, d.month, d.day, tzinfo=stores.settings.zone) for d, _ in pairs]
    count = np.ones(len(pairs))
    table = {
        "station": np.array([id for _, id in pairs]),
        "ts": np.array([round(at.timestamp() * 1000) for at in midnights]),
        "day": np.array([np.datetime64(day, "D") for day, _ in pairs]),
        "F.expected_s": DAY_S * count, "F.online_s": online * DAY_S * count,
        "F.volume": 120.0 * count, "F.energy": 60.0 * count,
        "coverage": (online if coverage is None else coverage) * count,
        "mnf": 1.2 * count, "F.lost_s": 0.0 * count,
    }  # fmt: skip
    with LakeWriter(stores.settings.lake, stores.manifest).change(lambda: datetime.now(UTC)) as one:
        one.write("station_day", "all", "piece", table)


def past(stores: Stores, count: int, end: int = 1) -> list[date]:
    """`count` days, the last of them `end` days ago by the site's clock."""
    today = datetime.now(UTC).astimezone(stores.settings.zone).date()
    return [today - timedelta(days=end + n) for n in range(count)]

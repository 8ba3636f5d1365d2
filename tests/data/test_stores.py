from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.database import DatabaseError
from data.settings import Settings
from data.stations import Stations
from data.stores import open_stores
from tests.data.conftest import DISTRICTS, NOW, station


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", database_url="")


def test_a_reader_waits_for_a_writer(settings: Settings) -> None:
    with pytest.raises(DatabaseError, match="start the collector first"):
        open_stores(settings)
    writer = open_stores(settings, writer=True)
    reader = open_stores(settings)
    writer.stations.save(DISTRICTS, [station(1)])
    writer.status.put("history", {"done": 1.0}, NOW)
    assert [row.code for row in reader.stations.all()] == ["S1"]
    assert reader.status.get("history") == ({"done": 1.0}, NOW)
    assert reader.snapshot.read() is None
    assert reader.manifest.live("fast") == []
    assert isinstance(reader.stations, Stations)
    reader.close()
    writer.close()


def test_work_orders_count_in_the_months_of_the_site(settings: Settings) -> None:
    stores = open_stores(settings, writer=True)
    stores.stations.save(DISTRICTS, [station(1)])
    midnight = NOW.replace(month=12, day=1, hour=0, minute=5, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert stores.work_orders.create(1, "WT-01", 2, None, midnight).number == "W-2612-0001"
    stores.close()

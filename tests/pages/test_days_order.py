"""Day facts of every station: a small table at once, a large one as a job of itself."""

from __future__ import annotations

import base64
from collections import defaultdict
from datetime import UTC, date, datetime
from threading import Event
from typing import Any

import numpy as np
import pytest
from dash._callback_context import context_value
from dash._utils import AttributeDict

from components.page import View
from data.catalogue.words import text
from data.lake_writer import LakeWriter
from data.rights import Refused
from data.stores import Stores
from ingest.jobs import Runner
from pages import days_order
from tests.pages.conftest import view_of

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 3)


@pytest.fixture
def view(stores: Stores) -> View:
    ids = [s.id for s in stores.stations.all()]
    days = [np.datetime64(FIRST) + n for n in range(3) for _ in ids]
    rows = {
        "station": np.array(ids * 3, np.int32),
        "ts": np.array([int(d.astype("datetime64[ms]").astype(int)) - 28_800_000 for d in days]),
        "day": np.array(days, "datetime64[D]"),
        "F.volume": np.arange(3.0 * len(ids)),
    }
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write("station_day", "all", "month", rows)], at=datetime.now(UTC))
    return view_of(stores, "engineer")


def taken(stores: Stores, view: View) -> Any:
    asked = AttributeDict(triggered_inputs=[], updated_props=defaultdict(dict))
    before = context_value.set(asked)
    try:
        told = days_order.take(stores, view, "全市", stores.stations.all(), FIRST, LAST, "csv")
        return told, json_of(asked)
    finally:
        context_value.reset(before)


def json_of(asked: Any) -> str:
    return str(dict(asked.updated_props))


def test_few_rows_come_at_once_and_many_as_a_job_with_the_same_rows(
    stores: Stores, view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, _ = taken(stores, view)
    lines = base64.b64decode(sent["content"]).decode("utf-8-sig").splitlines()
    count = 3 * len(stores.stations.all())
    assert len(lines) == count + 1
    assert lines[0].startswith("编号,泵房,日期,供水量 (m³),用电量 (kWh)")
    assert stores.jobs.of(view.user, view.now) == ()
    monkeypatch.setattr(days_order, "AT_ONCE", count - 1)
    sent, said = taken(stores, view)
    assert not isinstance(sent, dict)
    assert text("zh", "days_order.ordered", rows=f"{count:,}", most=f"{count - 1:,}") in said
    Runner(stores, Event()).step()
    [job] = stores.jobs.of(view.user, datetime.now(UTC))
    path = stores.files.path(job.file)
    assert job.state == "done" and path is not None
    assert path.read_text("utf-8-sig").splitlines() == lines


def test_more_than_a_file_holds_is_refused(
    stores: Stores, view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days_order, "MOST_ROWS", 2)
    with pytest.raises(Refused, match="too_many_rows"):
        taken(stores, view)
    with pytest.raises(Refused, match="nothing_chosen"):
        days_order.take(stores, view, "全市", [], FIRST, LAST, "csv")

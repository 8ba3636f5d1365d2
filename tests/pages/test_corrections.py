"""The page of corrections: who may, what is refused, what is previewed, the list, its file."""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from dash._callback_context import context_value
from dash._utils import AttributeDict
from openpyxl import load_workbook

from analytics.corrected import marked, preview
from analytics.results import Quality, Reason, figure
from data.catalogue.words import text
from data.lake_writer import LakeWriter
from data.rights import Forbidden, Refused
from data.stores import Stores
from pages import corrections
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

NOW = datetime.now(UTC).replace(microsecond=0)
ASKED = {"sel": "st:XM-0001", "point": "L.Q_OUT"}


def fill(stores: Stores) -> None:
    """The last hour of one station, minute by minute: 12.0 m³/h."""
    station = stores.stations.by_code("XM-0001")
    assert station is not None
    first = int((NOW - timedelta(minutes=60)).timestamp()) // 60 * 60_000
    ts = first + np.arange(58) * 60_000
    table = {"station": np.full(58, station.id), "ts": ts, "polls": np.full(58, 30),
             "seconds": np.full(58, 60.0), "L.Q_OUT": np.full(58, 1_200_00)}  # fmt: skip
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write("minute", f"{station.layout.key}-00", "piece", table)], at=NOW)


def typed(stores: Stores, ago: int) -> str:
    at = (NOW - timedelta(minutes=ago)).astimezone(stores.settings.zone)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def saved(stores: Stores, role: str = "engineer", value: object = 9.5, missing: object = (),
          why: str = "水表冻结") -> object:  # fmt: skip
    view = view_of(stores, role)
    with pressed():
        return corrections.save(
            stores, view, 1, typed(stores, 40), typed(stores, 20), value, missing, why, ASKED
        )


@contextmanager
def pressed(button: str = "corrections-save") -> Iterator[None]:
    """As if a button had been clicked, with room for what the callback sets beside its output."""
    asked = AttributeDict(
        triggered_inputs=[{"prop_id": f"{button}.n_clicks", "value": 1}],
        updated_props=defaultdict(dict),
    )
    before = context_value.set(asked)
    try:
        yield
    finally:
        context_value.reset(before)


def test_a_correction_from_form_to_list(stores: Stores) -> None:
    fill(stores)
    view = view_of(stores, "engineer", **ASKED)
    page = drawn(corrections.layout(stores, view))
    assert text("zh", "corrections.form") in page and "XM-0001" in page
    id = saved(stores)
    [row] = stores.corrections.all(view.scope)
    assert (row.id, row.point, row.value, row.state) == (id, "L.Q_OUT", 9.5, "waiting")
    assert "水表冻结" in drawn(corrections.refresh(stores, view, None, None, ASKED))
    [audit] = [a for a in stores.audit.recent() if a.verb == "correction.make"]
    assert audit.subject == "XM-0001 L.Q_OUT"
    with pressed(f'{{"index":{id},"type":"corrections-undo"}}'):
        corrections.undo(stores, view, [1])
    assert stores.corrections.all(view.scope)[0].state == "undoing"


def test_before_and_after_are_seen_first(stores: Stores) -> None:
    fill(stores)
    view = view_of(stores, "engineer", **ASKED)
    params = {**ASKED, "from": "now-1h", "to": "now"}
    chart, told = corrections.show(
        stores, view, 1, typed(stores, 40), typed(stores, 20), 9.5, [], params
    )
    assert "12.0 → 9.5 m³/h" in told
    assert text("zh", "corrections.is") in drawn(chart)
    assert stores.corrections.waiting() == (), "looking changes nothing"
    _, told = corrections.show(
        stores, view, 1, typed(stores, 40), typed(stores, 20), None, ["1"], params
    )
    assert "12.0 → — m³/h" in told


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"value": None}, "bad_number"), ({"value": 1e9}, "out_of_range"),
        ({"why": " "}, "why_empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(stores: Stores, change: dict[str, object], reason: str) -> None:
    with pytest.raises(Refused) as caught:
        saved(stores, **change)  # type: ignore[arg-type]
    assert caught.value.reason == reason
    assert text("zh", f"refused.{reason}", **caught.value.values)


def test_times_are_checked(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    for start, end, reason in (
        ("x", typed(stores, 1), "bad_time"),
        (typed(stores, 5), typed(stores, 9), "span_empty"),
        (typed(stores, 5), typed(stores, -60 * 24), "span_future"),
        (typed(stores, 60 * 24 * 40), typed(stores, 9), "span_long"),
    ):
        with pressed(), pytest.raises(Refused, match=reason):
            corrections.save(stores, view, 1, start, end, 1.0, [], "x", ASKED)


def test_only_engineers_and_administrators_correct(stores: Stores) -> None:
    for role in ("dispatcher", "water_quality"):
        with pytest.raises(Forbidden):
            saved(stores, role)
        page = drawn(corrections.layout(stores, view_of(stores, role, **ASKED)))
        assert text("zh", "corrections.nobody") in page
    saved(stores, "administrator")


def test_a_district_sees_its_own(stores: Stores) -> None:
    saved(stores)  # XM-0001 is in district 2
    manager = view_of(stores, "district_manager", **ASKED)
    assert stores.corrections.all(manager.scope) == ()
    assert "湖滨1期" not in drawn(corrections.layout(stores, manager))


def test_the_file_of_the_list(stores: Stores) -> None:
    saved(stores)
    view = view_of(stores, "engineer")
    with pressed('{"index":"xlsx","type":"corrections-export"}'):
        sent = corrections.take_away(stores, view, [1], {})
    sheet, about = load_workbook(io.BytesIO(base64.b64decode(sent["content"]))).worksheets
    assert sheet["G2"].value == 9.5
    facts = {row[0].value: row[1].value for row in about.iter_rows()}
    for key in ("definition", "filter", "units", "rows", "made", "by", "scope"):
        assert facts[text("zh", f"export.{key}")]


def test_the_dragged_span_goes_into_the_form(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    ends = ["2026-11-22 14:05:00.5", "2026-11-22T14:02:31"]
    assert corrections.take_span(stores, view, {"range": {"x": ends}}) == (
        "2026-11-22 14:02:31", "2026-11-22 14:05:00",
    )  # fmt: skip


def test_an_exchange_is_recorded(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    asked = {"sel": "st:XM-0001", "point": "EL.E"}
    with pressed():
        corrections.exchange(stores, view, 1, typed(stores, 30), 1200, 0, "换表", asked)
    [row] = stores.meter_exchanges.waiting()
    assert (row.point, row.final_reading, row.first_reading) == ("EL.E", 1200.0, 0.0)
    page = drawn(corrections.refresh(stores, view, None, None, asked))
    assert "1,200" in page and text("zh", "corrections.states.waiting") in page
    with pressed(f'{{"index":{row.id},"type":"corrections-undo-exchange"}}'):
        corrections.undo_exchange(stores, view, [1])
    [gone] = stores.meter_exchanges.all(view.scope)
    assert (gone.state, gone.undone_by, gone.note) == ("undoing", view.user.username, "换表")
    with pressed('{"index":"csv","type":"corrections-export"}'):
        sent = corrections.take_away(stores, view, [1], {})
    told = base64.b64decode(sent["content"]).decode("utf-8-sig")
    assert "1200 → 0 kWh; 换表" in told and text("zh", "corrections.states.undoing") in told
    with pytest.raises(Refused, match="no_such_counter"):
        corrections.exchange(stores, view, 1, typed(stores, 30), 1200, 0, "换表", ASKED)


def test_a_figure_says_that_it_holds_corrections() -> None:
    good = figure(1.0, "kWh/m³", "E2.5")
    told = marked(good, 900.0, 2)
    assert (told.quality, told.reasons, told.version) == (
        Quality.ESTIMATED, (Reason.CORRECTED,), 3,
    )  # fmt: skip
    assert marked(good, 0.0) == good and marked(good, None) == good


def test_a_preview_touches_its_span_only() -> None:
    found = preview(np.arange(5) * 10, np.array([1.0, 2, np.nan, 4, 5]), 10, 40, 7.0)
    assert found.after.tolist() == [1, 7, 7, 7, 5]
    assert (found.before_mean, found.after_mean, found.before_range) == (3.0, 7.0, (2.0, 4.0))


def test_what_an_exchange_would_count_is_told_first(stores: Stores) -> None:
    station = stores.stations.by_code("XM-0001")
    assert station is not None
    unit = 100  # EL.E in steps of 0.01 kWh
    first = int((NOW - timedelta(minutes=60)).timestamp()) // 60 * 60_000
    ts = first + np.arange(58) * 60_000
    meter = np.where(np.arange(58) < 30, 5000 + np.arange(58), np.arange(58) - 30.0) * unit
    table = {"station": np.full(58, station.id), "ts": ts, "polls": np.full(58, 1),
             "seconds": np.full(58, 60.0), "EL.E": meter.astype(np.int64)}  # fmt: skip
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write("minute", f"{station.layout.key}-00", "piece", table)], at=NOW)
    view, asked = view_of(stores, "engineer"), {"sel": "st:XM-0001", "point": "EL.E"}
    at = datetime.fromtimestamp((first + 30 * 60_000) / 1000, stores.settings.zone)
    when = at.strftime("%Y-%m-%d %H:%M:%S")
    told = corrections.counted(stores, view, 1, when, 5030, 0, asked)
    assert told == text(
        "zh", "corrections.exchange_effect", last="5,029.0", following="0.0", amount="1.0",
        unit="kWh",
    )  # fmt: skip
    odd = corrections.counted(stores, view, 1, when, 4000, 0, asked)
    assert odd.endswith(text("zh", "corrections.exchange_doubt"))
    early = corrections.counted(stores, view, 1, typed(stores, 60 * 24 * 9), 5030, 0, asked)
    assert early == text("zh", "corrections.exchange_unknown")

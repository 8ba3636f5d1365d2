"""The cockpit opens with its figures, and what all see alike is made once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.formats import midnight
from data.station_rows import EVERYWHERE
from data.stores import Stores
from pages import cockpit, cockpit_ready
from pages.cockpit_ready import OPENS, Ready
from pages.kept import Kept, Renewer
from tests.pages.conftest import view_of
from tests.pages.test_cockpit import text_of, write_quarters
from tests.pages.test_kept import Hand


@pytest.fixture
def town(stores: Stores) -> Stores:
    now = datetime.now(UTC)
    write_quarters(stores, midnight(now, stores.settings.zone, 1), now, 10.0)
    return stores


def counted(stores: Stores, clock: Callable[[], float] = time.monotonic) -> tuple[Ready, list[str]]:
    """Panels that note the role they are made for."""
    made: list[str] = []

    def facts(stores: Stores, view: Any, *desks: Any) -> tuple[Any, ...]:
        made.append(view.user.role)
        return cockpit.show_facts(stores, view, *desks)

    return Ready(stores, facts, cockpit.show_lists, clock), made


def test_a_page_opens_with_figures_once_they_are_known(town: Stores) -> None:
    view = view_of(town, "executive")
    assert "kpi-value" not in text_of(cockpit.layout(town, view)).split(cockpit.WORK)[0]
    chart, tiles, *_ = cockpit.ready_of(town).facts(view)
    assert len(chart.data) == 2
    opened = text_of(cockpit.layout(town, view))
    assert tiles.count("kpi-value") >= 6
    assert opened.count("kpi-value") >= tiles.count("kpi-value")
    assert "aria-busy" not in opened.split(cockpit.ORDERS)[0].split(cockpit.ENERGY)[1].split(">")[0]


def waited(look: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not look() and time.monotonic() < end:
        time.sleep(0.05)
    assert look()


def test_panels_are_made_once_for_all_who_see_the_same(town: Stores) -> None:
    ready, made = counted(town)
    view, manager = view_of(town, "executive"), view_of(town, "district_manager")
    for viewer in (view, manager):  # what is told later makes them anew
        waited(lambda: ready._later.of(viewer.scope, viewer.now))  # noqa: B023
    first = ready.facts(view)
    assert ready.facts(replace(view, now=view.now + timedelta(seconds=5))) is first
    assert made == ["executive"]
    ready.facts(manager)
    assert ready.facts(view_of(town, "executive", "en"))[1] != first[1]
    assert made == ["executive", "district_manager", "executive"]


def test_a_district_manager_is_given_nothing_of_the_city(town: Stores) -> None:
    ready, _ = counted(town)
    city = " ".join(ready.lists(view_of(town, "executive")))
    own = " ".join(ready.lists(view_of(town, "district_manager")))
    assert "湖滨1期" in city
    assert "湖滨1期" not in own


def test_a_page_opens_at_once_with_what_was_last_made_unless_that_is_old(town: Stores) -> None:
    clock = Hand()
    ready, made = counted(town, clock)
    view = view_of(town, "executive")
    _, *facts = ready.facts(view)
    lists = ready.lists(view)
    ready._desk._kept.clear()
    for seconds, known in ((0.9 * OPENS, tuple(facts)), (1.1 * OPENS, ())):
        clock.at = seconds
        assert ready.first(view) == (known, lists)
    assert ready.first(view_of(town, "district_manager"))[0] == ()
    assert made == ["executive"]


def test_what_could_not_be_read_is_not_kept(town: Stores) -> None:
    ready, made = counted(town)
    for file in town.settings.lake.rglob("*.parquet"):
        file.write_bytes(b"not a Parquet file")
    view = view_of(town, "executive")
    for _ in range(2):
        assert 'class="state failed"' in ready.facts(view)[1]
    assert len(made) == 2


def test_facts_are_there_before_anybody_asks(town: Stores) -> None:
    renewer = Renewer(rest=0.0)
    ready, _ = counted(town)
    try:
        ready.keep(EVERYWHERE, renewer)
        waited(lambda: ready._desk._kept._found(EVERYWHERE))
    finally:
        assert renewer.stop()


def test_what_was_kept_while_the_past_was_made_is_forgotten_once_it_is_whole(
    town: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cockpit_ready, "BEAT", 0.05)
    town.status.put("history", {"done": False, "share": 0.4}, datetime.now(UTC))
    renewer, page = Renewer(rest=0.0), Kept(300.0)
    ready, _ = counted(town)
    assert page("days", lambda: "none yet") == "none yet"
    try:
        ready.keep(EVERYWHERE, renewer)
        waited(lambda: ready._desk._kept._found(EVERYWHERE))
        assert page("days", lambda: "all") == "none yet"
        town.status.put("history", {"done": True, "share": 1.0}, datetime.now(UTC))
        waited(lambda: page("days", lambda: "all") == "all")
    finally:
        assert renewer.stop()

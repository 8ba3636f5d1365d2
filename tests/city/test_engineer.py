"""An engineer's morning in a city with a past: from the worst station to the order that mends it.

Worst kWh/(m³·MPa) of the city -> its pump outside the preferred region -> the biggest part of its
energy gap -> files, whose numbers are those on the screen -> work order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page

from data.stores import Stores, open_stores
from deploy.city import City, wait_for
from tests.city.conftest import STATIONS, Window, settings

PATIENCE = 90_000
"""ms that a busy machine gets for a page."""


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city with a past and a cockpit; nothing is live, for analyses end with yesterday."""
    made = City(tmp_path_factory.mktemp("past"), stations=STATIONS)
    made.run("-m", "simulator", "prepare")
    made.start("history", "-m", "simulator.history")
    opened = open_stores(settings(made))
    try:
        wait_for(lambda: made.programs["history"].poll() is not None, 600, "the past is there")
        assert made.programs.pop("history").returncode == 0, made.log("history")[-2000:]
        made.cockpit()  # only now: what its workers keep of half a past would differ from a file
        wait_for(made.answers, 60, "the cockpit answers")
        yield made
    finally:
        opened.close()
        made.stop_all()


@pytest.fixture
def stores_of_past(past: City) -> Iterator[Stores]:
    opened = open_stores(settings(past))
    yield opened
    opened.close()


@pytest.fixture
def desk(browser: Browser, past: City) -> Iterator[Window]:
    context = browser.new_context(
        viewport={"width": 1920, "height": 1600}, locale="zh-CN", accept_downloads=True
    )
    context.set_default_timeout(PATIENCE)
    made = Window(context.new_page(), context, past)
    made.watch()
    yield made
    made.close()


def rows_on_screen(page: Page, fields: tuple[str, ...], most: int) -> list[list[str]]:
    """The cells of the first rows of the page's grid."""
    page.wait_for_selector(".ag-row[row-index='0'] .ag-cell")
    return [
        [page.inner_text(f".ag-row[row-index='{n}'] .ag-cell[col-id='{f}']").strip()
         for f in fields]
        for n in range(most)
    ]  # fmt: skip


def taken(page: Page, name: str, folder: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Presses an Excel button by the name of its table: heads and rows of the file."""
    with page.expect_download() as waiting:
        page.click(f'button[id*=\'"index":"{name}|xlsx"\']')
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    try:
        book = load_workbook(path, read_only=True)
    except BadZipFile as problem:
        raise AssertionError(f"{path.name} is no workbook") from problem
    table, about = book.worksheets
    assert any(row for row in about.iter_rows(values_only=True)), "definitions beside the numbers"
    lines = list(table.iter_rows(values_only=True))
    return [str(head) for head in lines[0]], lines[1:]


def seen(text: str) -> float | None:
    """A number as the screen writes it."""
    plain = text.replace(",", "").replace("−", "-").strip()
    return None if plain in ("", "—") else float(plain)


def same(on_screen: str, in_file: Any, decimals: int) -> bool:
    shown = seen(on_screen)
    if shown is None or in_file is None:
        return shown is None and in_file is None
    return abs(shown - float(in_file)) <= 0.5001 / 10.0**decimals


def test_from_the_worst_station_to_the_order(
    desk: Window, stores_of_past: Stores, tmp_path: Path
) -> None:
    page = desk.page
    desk.sign_in("engineer")

    # the worst kWh/(m³·MPa) of the city
    page.goto(f"{desk.city.url}/energy?rank=eh")
    fields = ("n", "name", "eh", "peer_eh", "excess", "extra")
    ranked = rows_on_screen(page, fields, 10)
    worst = [seen(row[2]) for row in ranked]
    assert None not in worst
    assert worst == sorted(worst, key=lambda v: -(v or 0.0)), "the worst come first"
    heads, lines = taken(page, "ranking", tmp_path)
    assert len(lines) <= STATIONS
    at = {key: next(i for i, h in enumerate(heads) if h.startswith(f"{word}"))
          for key, word in HEADS.items()}  # fmt: skip
    for row, line in zip(ranked, lines, strict=False):
        assert row[1] == line[at["name"]]
        for place, key in ((2, "eh"), (3, "peer_eh"), (4, "excess")):
            assert same(row[place], line[at[key]], 3), f"{row[1]}: {key} on screen and in the file"
    code = str(lines[0][at["code"]])

    # its pumps: one that runs outside its zone
    page.click(".ag-row[row-index='0'] .ag-cell[col-id='pumps'] a")
    page.wait_for_url(re.compile(rf"/pumps\?.*{code}"))
    page.wait_for_selector(".pumps-set tbody tr")
    of_set = [
        [cell.strip() for cell in line]
        for line in page.eval_on_selector_all(
            ".pumps-set tbody tr", "all => all.map(r => [...r.cells].map(c => c.innerText))"
        )
    ]
    preferred = {row[0]: float(row[2].rstrip("%")) for row in of_set if row[2] != "—"}
    away = min(preferred, key=lambda name: preferred[name])
    assert preferred[away] < 70, f"a pump of {code} outside its zone: {preferred}"
    said = page.inner_text(".pumps-verdict")
    assert "偏离高效区" in said or "只有部分时间" in said
    _, rows = taken(page, "set", tmp_path)
    assert all(same(row[2].rstrip("%"), line[2], 0) for row, line in zip(of_set, rows, strict=True))

    # the biggest part of the gap, in words and in the file
    _, parts = taken(page, "gap", tmp_path)
    values = {str(line[0]): float(line[1]) for line in parts}
    used, *inner, enough = values.values()
    assert used - sum(inner) == pytest.approx(enough, abs=0.01), "parts add up"
    biggest = max(list(values)[1:-1], key=lambda name: values[name])
    finding = page.inner_text(".pumps-glance .soft")
    assert biggest in finding and f"{values[biggest]:,.0f} kWh" in finding

    # the order, with what was found
    page.click(".pumps-glance .order-box button")
    link = page.wait_for_selector(".pumps-glance .order-box a")
    assert link is not None
    number = (link.get_attribute("href") or "").rpartition("=")[2]
    order = stores_of_past.work_orders.by_number(number)
    assert order is not None and order.station_code == code
    assert said in (order.note or "") and biggest in (order.note or "")
    page.click(".pumps-glance .order-box a")
    page.wait_for_url(re.compile("/work-orders"))
    page.get_by_text(number).first.wait_for()
    assert not desk.console
    assert not desk.outside


HEADS = {
    "code": "编号",
    "name": "泵房",
    "eh": "单位扬程电耗",
    "peer_eh": "同类中位",
    "excess": "超压",
}
"""How the head row of the ranking's file begins these columns."""

"""One's own indicators in a living city: put in order by keys, kept, mailed as Excel; and a figure
that a role may not see, asked for by page, callback, API and report."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page
from sqlalchemy import update

from data.cards import Card
from data.catalogue.indicators import indicators
from data.stores import Stores
from data.subscription_tables import Report
from data.users import UserRow
from deploy.city import wait_for
from tests.city.conftest import STATIONS, Window
from tests.ingest.receivers import Mailbox, mail_server

NAMES = "all => all.map(e => e.innerText)"
LABELS = ".my-body > .my-cards .kpi-label"


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


def person(stores: Stores, role: str) -> UserRow:
    found = stores.users.get(role)
    assert found is not None
    return found


def reached(stores: Stores, user: UserRow, port: int) -> None:
    """An address of this person on a mail server."""
    now = datetime.now(UTC)
    url = f"mailto://127.0.0.1:{port}?mode=insecure&from=pump@example.cn&to={{address}}"
    id = stores.channels.save(person(stores, "administrator"), f"mail {port}", "mail", url, now)
    stores.contacts.add(user, user.username, id, f"{user.username}@example.cn", 1, now)


def due(stores: Stores, user: UserRow) -> None:
    """The reports of this person have fallen due."""
    with stores.db.session() as session:
        mine = Report.username == user.username
        session.execute(update(Report).where(mine).values(next_at=datetime.now(UTC)))


def rows_of(content: bytes) -> list[tuple[Any, ...]]:
    book = load_workbook(io.BytesIO(content))
    return list(book.worksheets[0].iter_rows(min_row=2, values_only=True))


def order_of(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(LABELS, NAMES)
    return found


def test_put_in_order_kept_and_mailed(window: Window, stores: Stores, mail: Mailbox) -> None:
    page, user = window.page, person(stores, "dispatcher")
    window.sign_in("dispatcher")
    page.goto(f"{window.city.url}/my-indicators?edit=1")
    page.wait_for_selector(".my-card")
    before = order_of(page)
    third = stores.subscriptions.of(user).cards[2]

    # twice forward by the keyboard alone: the focus goes with the card
    up = f'[data-step="up:{third.key}"]'
    page.focus(up)
    for place in (1, 0):
        page.keyboard.press("Enter")
        page.wait_for_function(
            f"n => [...document.querySelectorAll('{LABELS}')].findIndex(e => e.innerText === n)"
            f" === {place}",
            arg=before[2],
        )
        page.wait_for_function(
            "key => (document.activeElement.dataset.step || '').endsWith(key)", arg=third.key
        )
    moved = [before[2], *before[:2], *before[3:]]
    assert order_of(page) == moved

    # a card that the role may see is found and added
    page.fill(".my-add input[name=indicator]", f"K01 {indicators()['stations'].zh}")
    page.select_option(".my-add select[name=period]", "today")
    page.click("#my_indicators-add")
    page.wait_for_function(
        f"n => document.querySelectorAll('{LABELS}').length === n", arg=len(moved) + 1
    )
    page.reload()
    page.wait_for_selector(".my-card")
    shown = order_of(page)
    assert shown == [*moved, indicators()["stations"].zh]

    # without an address there is no report; with one it is ordered, made and mailed
    assert page.locator("#my_indicators-order").count() == 0
    reached(stores, user, mail.port)
    page.reload()
    page.select_option(".my-below select[name=every]", "day")
    page.click("#my_indicators-order")
    wait_for(lambda: bool(stores.reports.of(user)), 30, "the report is ordered")
    due(stores, user)
    wait_for(lambda: bool(mail.files), 180, "the report is mailed")
    rows = rows_of(mail.files[0][1])
    assert [row[1] for row in rows] == shown
    assert rows[-1][5] == STATIONS
    last = page.locator(".my-card").last.locator(".kpi-value").inner_text()
    assert last == f"{STATIONS}"
    wait_for(lambda: _sent(stores, user), 30, "it is noted")
    assert len(mail.mails) == 1

    stores.reports.cancel(user, stores.reports.of(user)[0][0].id, datetime.now(UTC))
    stores.subscriptions.reset(user, datetime.now(UTC))
    assert not window.console
    assert not window.outside


def _sent(stores: Stores, user: UserRow) -> bool:
    run = stores.reports.of(user)[0][1]
    return run is not None and run.state == "sent"


CRAFTED = """async (asked) => {
  const token = decodeURIComponent(document.cookie.match(/_csrf_token=([^;]+)/)[1]);
  const answer = await fetch('/_dash-update-component', {
    method: 'POST', headers: {'Content-Type': 'application/json', 'X-CSRFToken': token},
    body: JSON.stringify(asked)});
  return [answer.status, await answer.text()];
}"""


def test_a_forbidden_figure_by_no_way(window: Window, stores: Stores, mail: Mailbox) -> None:
    page, user = window.page, person(stores, "inspector")
    boss, now = person(stores, "executive"), datetime.now(UTC)
    row = indicators()["energy_cost"]
    cards = [Card(row.code, period="today"), Card("supply", period="today")]
    board = stores.boards.save(boss, "经营", cards, now)
    stores.boards.share(boss, board, ["all"], now)
    window.sign_in("inspector")

    # page
    page.goto(f"{window.city.url}/my-indicators?board={board}&edit=1")
    page.wait_for_selector(".my-card")
    assert order_of(page) == [indicators()["supply"].zh]
    assert row.zh not in page.inner_text("#shell-content")
    assert "另有 1 张卡片" in page.inner_text("#shell-content")

    # callback
    step = {"step": "add", "indicator": row.code, "period": "today", "compare": "prev"}
    asked = {
        "output": "my_indicators-body.children",
        "outputs": {"id": "my_indicators-body", "property": "children"},
        "inputs": [{"id": "my_indicators-step", "property": "data", "value": step}],
        "state": [{"id": "my_indicators-asked", "property": "data", "value": {}}],
        "changedPropIds": ["my_indicators-step.data"],
    }
    status, told = page.evaluate(CRAFTED, asked)
    assert status == 200 and "my-card" not in told
    assert "您的角色不能执行此操作" in json.dumps(json.loads(told), ensure_ascii=False)
    assert stores.subscriptions.of(user).preset

    # API, by session and by token
    path = f"{window.city.url}/api/v1/indicators/{row.code}/values"
    assert page.request.get(path).status == 403
    secret, _ = stores.api_tokens.create(user, "test", 1, now)
    key = {"Authorization": f"Bearer {secret}"}
    assert page.request.get(path, headers=key).status == 403

    # report of the shared board
    reached(stores, user, mail.port)
    stores.reports.order(user, board, "day", 7, True, now)
    due(stores, user)
    wait_for(lambda: bool(mail.files), 180, "the report is mailed")
    assert [line[0] for line in rows_of(mail.files[0][1])] == ["K07"]
    stores.boards.remove(boss, board, now)
    assert not window.outside

"""Money is for those who may see it: no page, callback, API, file or report gives it to another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from data.cards import Card
from data.catalogue.indicators import indicators
from data.rights import Forbidden, Refused
from data.stores import Stores
from pages import energy, leakage
from pages.api_routes import BASE, ROUTES
from pages.card_figures import figures_of
from pages.desk import desk_of
from pages.gate import callback_pages
from tests.pages.conftest import call, view_of
from tests.pages.days import past, write_days

Browser = Callable[[str], FlaskClient]
ROLES = ("inspector", "water_quality")
MONEY = [code for code, row in indicators().items() if "CNY" in row.unit or "yuan" in row.unit]
TODAY = datetime.now(UTC).date()
SPAN = (TODAY - timedelta(days=5), TODAY - timedelta(days=2))


def test_there_is_money_to_refuse() -> None:
    assert {"energy_cost", "leakage_cost"} <= set(MONEY)
    assert not [code for code in MONEY for role in ROLES if indicators()[code].allowed(role)]


@pytest.mark.parametrize("role", ROLES)
def test_no_callback_of_the_pages_of_money_answers(
    cockpit: Dash, browser: Browser, role: str
) -> None:
    client = browser(role)
    known = cockpit.callback_map
    asked = [out for out in known if {"energy", "leakage"} & callback_pages(out, known[out])]
    assert len(asked) >= 6
    for output in asked:
        inputs = [{**one, "value": 1} for one in known[output]["inputs"]]
        assert call(client, output, inputs).status_code == 403, output


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("code", MONEY)
def test_no_route_of_the_api_tells_it(
    stores: Stores, cockpit: Dash, browser: Browser, role: str, code: str
) -> None:
    write_days(stores, past(stores, 5))
    client, user = browser(role), stores.users.get(role)
    assert user is not None
    secret, _ = stores.api_tokens.create(user, "test", 9, datetime.now(UTC))
    key = {"Authorization": f"Bearer {secret}"}
    routes = [r.path for r in ROUTES if r.path.startswith("/indicators/{code}")]
    assert len(routes) == 3
    for path in routes:
        url = f"{BASE}{path.replace('{code}', code)}?from={SPAN[0]}&to={SPAN[1]}"
        assert client.get(url).status_code == 403
        bare = cockpit.server.test_client()
        assert bare.get(url, headers=key).status_code == 403
        assert bare.get(url, headers={**key, "Accept": "text/csv"}).status_code == 403
    listed = client.get(f"{BASE}/indicators").get_data(as_text=True)
    assert f'"{code}"' not in listed


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("code", MONEY)
def test_the_query_layer_gives_neither_figure_nor_table(
    stores: Stores, role: str, code: str
) -> None:
    write_days(stores, past(stores, 5))
    view, desk = view_of(stores, role), desk_of(stores)
    asked: list[Callable[[], Any]] = [
        lambda: desk.figure(view, code, *SPAN),
        lambda: desk.table(view, [code], *SPAN, by=("station",)),
        lambda: desk.table(view, ["supply", code], *SPAN, by=("day",)),
        lambda: desk.indicator(view, code),
    ]
    for ask in asked:
        with pytest.raises(Forbidden):
            ask()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("code", MONEY)
def test_neither_card_nor_board_nor_its_report_has_it(stores: Stores, role: str, code: str) -> None:
    write_days(stores, past(stores, 5))
    user, boss, now = stores.users.get(role), stores.users.get("executive"), datetime.now(UTC)
    assert user is not None
    assert boss is not None
    cards = [Card(code), Card("supply")]
    own = stores.boards.save(user, "自己的", cards, now)
    assert [card.indicator for card in stores.boards.shown(user, own).cards] == ["supply"]
    with pytest.raises(Refused):
        stores.boards.save(user, "只有钱", cards[:1], now)
    board = stores.boards.save(boss, "经营", cards, now)
    stores.boards.share(boss, board, ["all"], now)
    shown = stores.boards.shown(user, board)
    assert [card.indicator for card in shown.cards] == ["supply"]
    view = view_of(stores, role)
    assert [one.indicator.code for one in figures_of(stores, view, shown.cards)] == ["supply"]
    with pytest.raises(Forbidden):  # a card that came in by a way past the board
        figures_of(stores, view, cards)


@pytest.mark.parametrize("role", ROLES)
def test_the_pages_of_money_stay_shut(stores: Stores, browser: Browser, role: str) -> None:
    view = view_of(stores, role)
    assert not any(view.may_open(page.PAGE) for page in (energy, leakage))
    for path in ("/energy", "/leakage", "/energy?rank=saving", "/leakage?rank=recoverable"):
        assert browser(role).get(path).status_code == 403

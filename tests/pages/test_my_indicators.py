"""One's own indicators: cards, order, boards, files; no way leads to a forbidden figure."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import plotly.utils
import pytest
from dash import Dash
from flask.testing import FlaskClient
from openpyxl import load_workbook

from components.page import View
from data.cards import Card
from data.catalogue.indicators import indicators, offered
from data.rights import ROLES, Forbidden, NotFound
from data.stores import Stores
from pages import indicators as indicators_page
from pages import my_indicators as page
from pages.card_figures import figures_of
from pages.desk import desk_of
from tests.pages.conftest import view_of
from tests.pages.test_desk import DAY, TODAY, viewer, write_days

COST = Card("energy_cost")
OUTPUT = "my_indicators-body.children"


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


def fire(client: FlaskClient, output: str, inputs: list[Any], state: list[Any]) -> Any:
    """A callback as Dash's renderer fires it, or as somebody crafts it."""
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    element, _, name = output.rpartition(".")
    changed = inputs[0]["id"]
    changed = json.dumps(changed, separators=(",", ":")) if isinstance(changed, dict) else changed
    body = {
        "output": output, "outputs": {"id": element, "property": name}, "inputs": inputs,
        "state": state, "changedPropIds": [f"{changed}.{inputs[0]['property']}"],
    }  # fmt: skip
    answer = client.post(
        "/_dash-update-component", json=body, headers={"X-CSRFToken": cookie.decoded_value}
    )
    assert answer.status_code in (200, 204), answer.status_code
    return answer


def step(
    client: FlaskClient, verb: str, params: dict[str, str] | None = None, **fields: str
) -> str:
    """One step of a form; the whole answer as text."""
    asked = {"step": verb, **fields}
    inputs = [{"id": "my_indicators-step", "property": "data", "value": asked}]
    state = [{"id": "my_indicators-asked", "property": "data", "value": params or {}}]
    told: str = fire(client, OUTPUT, inputs, state).get_data(as_text=True)
    return told


def taken(client: FlaskClient, kind: str, params: dict[str, str]) -> bytes:
    """The bytes of a file of the page."""
    inputs = [
        {"id": {"index": one, "type": "my_indicators-export"}, "property": "n_clicks",
         "value": 1 if one == kind else None}
        for one in ("csv", "xlsx")
    ]  # fmt: skip
    if kind == "xlsx":
        inputs.reverse()
    state = [{"id": "my_indicators-asked", "property": "data", "value": params}]
    inputs_in_order = sorted(inputs, key=lambda i: i["id"]["index"])  # type: ignore[index]
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    body = {
        "output": "my_indicators-download.data",
        "outputs": {"id": "my_indicators-download", "property": "data"},
        "inputs": inputs_in_order, "state": state,
        "changedPropIds": [f'{{"index":"{kind}","type":"my_indicators-export"}}.n_clicks'],
    }  # fmt: skip
    answer = client.post(
        "/_dash-update-component", json=body, headers={"X-CSRFToken": cookie.decoded_value}
    )
    told: Any = answer.json
    return base64.b64decode(told["response"]["my_indicators-download"]["data"]["content"])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_role_finds_its_preset_and_may_add_its_own(
    stores: Stores, role: str, language: str
) -> None:
    shown = text_of(page.layout(stores, view_of(stores, role, language, edit="1")))
    for code, row in indicators().items():
        there = f'"{row.k} {row.name(language)}"' in shown
        assert there == (code in offered(role)), code


def test_a_card_tells_what_the_query_layer_tells(stores: Stores) -> None:
    write_days(stores, TODAY - 70 * DAY, 70)
    view = viewer(stores)
    cards = [
        Card("supply", period="7d", warn=1e9),
        Card("supply", place="d:east", period="30d"),
        Card("specific_energy", place="s:XM-0002", period="7d", bad=0.4),
        Card("interruption", period="yesterday"),
        Card("leakage_cost", period="7d"),
    ]
    whole, east, one, homes, reduced = figures_of(stores, view, cards)
    assert whole.span == (TODAY - 7 * DAY, TODAY - DAY)
    assert whole.compared == (TODAY - 14 * DAY, TODAY - 8 * DAY)
    assert whole.figure.value == pytest.approx(7 * 2100)
    assert whole.row.change == pytest.approx(0.0)
    assert (whole.verdict, whole.level) == ("", 0)
    assert east.figure.value == pytest.approx(30 * 1200)
    assert (east.place, whole.place) == ("东区", "全市")
    told = desk_of(stores).figure(view, "specific_energy", *one.span, stations=[2])
    assert one.figure == told
    assert (one.verdict, one.level) == ("bad", 2)
    assert homes.verdict == "missed"
    assert len(whole.row.course) == 30
    assert reduced.row.course == []


def test_steps_over_http_are_kept(stores: Stores, browser: Callable[[str], FlaskClient]) -> None:
    client = browser("inspector")
    user = stores.users.get("inspector")
    assert user is not None
    _, second, *_ = stores.subscriptions.of(user).cards
    step(client, f"up:{second.key}", {"edit": "1"})
    assert stores.subscriptions.of(user).cards[0] == second
    step(client, "add", indicator="K07 供水量", place="XM-0001", period="30d", compare="yoy",
         warn="", bad="12.5")  # fmt: skip
    added = stores.subscriptions.of(user).cards[-1]
    assert added == Card("supply", "s:XM-0001", "30d", "yoy", bad=12.5)
    step(client, f"pin:{added.key}")
    step(client, f"change:{added.key}", place="东区", period="7d", compare="prev", warn="−3")
    changed = stores.subscriptions.of(user).cards[-1]
    assert changed == Card("supply", "d:east", "7d", "prev", True, warn=-3.0)
    step(client, "save", name="早会")
    board = stores.boards.of(user)[0]
    assert board.name == "早会"
    step(client, f"share:{board.id}", role="engineer")
    step(client, "reset")
    assert stores.subscriptions.of(user).preset
    step(client, f"copy:{board.id}")
    assert stores.subscriptions.of(user).cards[-1] == changed
    said = step(client, "add", indicator="K07 供水量", place="月球", period="7d", compare="prev")
    assert "my_indicators-body" not in said
    assert len(stores.subscriptions.of(user).cards) == 5


def test_pinned_cards_stand_above_the_indicators(stores: Stores) -> None:
    view = view_of(stores, "inspector")
    stores.subscriptions.replace(view.user, [Card("supply", "d:east", pinned=True)], view.now)
    shown = text_of(indicators_page.layout(stores, view))
    assert shown.count('"my-card panel"') == 1
    stores.subscriptions.pin(view.user, "supply|d:east|7d", False, view.now)
    assert '"my-card panel"' not in text_of(indicators_page.layout(stores, view))


def test_the_file_has_the_cards(stores: Stores, browser: Callable[[str], FlaskClient]) -> None:
    write_days(stores, datetime.now(UTC).date() - 20 * DAY, 20)
    view = view_of(stores, "inspector")
    stores.subscriptions.replace(
        view.user, [Card("supply"), Card("online_rate", "d:west")], view.now
    )
    client = browser("inspector")
    lines = taken(client, "csv", {}).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("编号,指标,范围,起始日,截止日,数值,单位")
    book = load_workbook(io.BytesIO(taken(client, "xlsx", {})))
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2]) for row in rows] == [("K07", "全市"), ("K03", "西区")]
    shown = figures_of(stores, view, stores.subscriptions.of(view.user).cards)
    assert [row[5] for row in rows] == pytest.approx([one.figure.value for one in shown])


# What a role may not see: the page, a callback, the API, a shared board, a file, a job.


@pytest.fixture
def money(stores: Stores) -> int:
    """A board of the executive with one card for all and one that few may see, shared with all."""
    boss = view_of(stores, "executive")
    id = stores.boards.save(boss.user, "经营", [COST, Card("supply")], boss.now)
    stores.boards.share(boss.user, id, ["all"], boss.now)
    return id


def test_the_page_and_the_drawer_refuse(stores: Stores) -> None:
    view = view_of(stores, "inspector")
    for one in ([COST], [Card("supply"), COST]):
        with pytest.raises(Forbidden):
            figures_of(stores, view, one)
    with pytest.raises(Forbidden):
        desk_of(stores).figure(view, "energy_cost", TODAY, TODAY)
    with pytest.raises(Forbidden):
        desk_of(stores).table(view, ["supply", "energy_cost"], TODAY, TODAY)


def test_a_shared_board_leaves_out_and_says_so(
    stores: Stores, money: int, browser: Callable[[str], FlaskClient]
) -> None:
    name = indicators()["energy_cost"].zh
    shown = text_of(page.layout(stores, view_of(stores, "inspector", board=str(money))))
    assert "另有 1 张卡片" in shown
    assert name not in shown
    assert name in text_of(page.layout(stores, view_of(stores, "executive", board=str(money))))
    client = browser("inspector")
    table = taken(client, "csv", {"board": str(money)}).decode("utf-8-sig")
    assert "K07" in table and "K20" not in table
    book = load_workbook(io.BytesIO(taken(client, "xlsx", {"board": str(money)})))
    told = [
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    ]
    assert not [cell for cell in told if name in cell or "energy_cost" in cell]
    assert any("另有 1 张卡片" in cell for cell in told)
    step(client, f"copy:{money}")
    inspector = view_of(stores, "inspector").user
    assert [card.indicator for card in stores.subscriptions.of(inspector).cards] == ["supply"]


def test_a_board_that_isnt_shared_is_not_there(
    stores: Stores, money: int, browser: Callable[[str], FlaskClient]
) -> None:
    boss = view_of(stores, "executive")
    stores.boards.share(boss.user, money, ["district_manager"], boss.now)
    with pytest.raises(NotFound):
        page.layout(stores, view_of(stores, "inspector", board=str(money)))
    client = browser("inspector")
    for name in (f"copy:{money}", f"drop:{money}", f"share:{money}"):
        assert "my_indicators-body" not in step(client, name, role="all")
    assert stores.boards.get(boss.user, money).shared_with == ("district_manager",)
    answer = fire(client, OUTPUT,
                  [{"id": "my_indicators-step", "property": "data", "value": {"step": "reset"}}],
                  [{"id": "my_indicators-asked", "property": "data",
                    "value": {"board": str(money)}}])  # fmt: skip
    assert "经营" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("how", ["code", "number", "name"])
def test_a_crafted_callback_gets_nothing(
    stores: Stores, browser: Callable[[str], FlaskClient], how: str
) -> None:
    row = indicators()["energy_cost"]
    words = {"code": row.code, "number": f"{row.k} x", "name": row.zh}[how]
    client = browser("inspector")
    said = step(client, "add", indicator=words, period="7d", compare="prev")
    assert "my_indicators-body" not in said
    assert "您的角色不能执行此操作" in said
    user = view_of(stores, "inspector").user
    assert stores.subscriptions.of(user).preset
    for crafted in ("change:energy_cost||7d", "pin:energy_cost||7d", "up:energy_cost||7d"):
        assert "my_indicators-body" not in step(client, crafted, period="7d", compare="prev")


def test_the_api_refuses_session_and_token(
    stores: Stores, cockpit: Dash, browser: Callable[[str], FlaskClient]
) -> None:
    paths = ["/api/v1/indicators/energy_cost/values", "/api/v1/indicators/energy_cost/explain",
             "/api/v1/indicators/energy_cost/explain/rows"]  # fmt: skip
    routes = {str(rule) for rule in cockpit.server.url_map.iter_rules()}
    paths = [p for p in paths if p.replace("energy_cost", "<code>") in routes]
    assert len(paths) >= 2
    view = view_of(stores, "inspector")
    secret, _ = stores.api_tokens.create(view.user, "test", 30, datetime.now(UTC))
    client, program = browser("inspector"), cockpit.server.test_client()
    for path in paths:
        assert client.get(path).status_code == 403
        assert program.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code == 403
    listed = program.get("/api/v1/indicators", headers={"Authorization": f"Bearer {secret}"})
    told: Any = listed.json
    assert {item["code"] for item in told["items"]} == set(offered("inspector"))


def test_a_demoted_person_loses_the_card_everywhere(stores: Stores) -> None:
    view = view_of(stores, "executive")
    stores.subscriptions.replace(view.user, [COST, Card("supply")], view.now)
    stores.boards.save(view.user, "经营", [COST], view.now)
    board = stores.boards.of(view.user)[0]
    assert stores.boards.shown(view.user, board.id).left_out == 0
    demoted = View(user=replace(view.user, role="inspector"), zone=view.zone)
    assert "电费" not in text_of(page.layout(stores, demoted))
    assert stores.boards.shown(demoted.user, board.id).cards == ()

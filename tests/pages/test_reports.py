"""Reports from their order to the Excel file in the mail, through a real mail server."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from components.page import View
from data.cards import Card
from data.reports import ReportRow, RunRow
from data.stores import Stores
from data.tables import User
from data.users import UserRow
from ingest.reports import Reporting
from pages import report_maker
from pages.card_figures import figures_of, line_of
from tests.ingest.receivers import Mailbox, mail_server
from tests.pages.test_desk import DAY, write_days

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)
DUE = datetime(2026, 11, 22, 23, 0, 30, tzinfo=UTC)
"""Half a minute after 07:00 in Shanghai."""
SECOND = timedelta(seconds=1)
COST = Card("energy_cost")
Answer = list[tuple[ReportRow, RunRow | None]]


@pytest.fixture
def house(stores: Stores) -> Stores:
    """The town with its link, and facts of the days before."""
    write_days(stores, date(2026, 11, 2), 20)
    settings = stores.settings.model_copy(
        update={"public_url": "https://pump.example.cn/", "channel_schemes": ("mailto", "json")}
    )
    stores.channels._schemes = settings.channel_schemes
    return replace(stores, settings=settings)


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def boss(house: Stores) -> UserRow:
    found = house.users.get("executive")
    assert found is not None
    return found


def reached(stores: Stores, user: UserRow, port: int, address: str = "", rank: int = 1) -> None:
    admin = stores.users.get("administrator")
    assert admin is not None
    url = f"mailto://127.0.0.1:{port}?mode=insecure&from=pump@example.cn&to={{address}}"
    id = stores.channels.save(admin, f"mail {port}", "mail", url, NOW)
    to = address or f"{user.username}@example.cn"
    stores.contacts.add(user, user.username, id, to, rank, NOW)


def ordered(stores: Stores, user: UserRow, cards: list[Card], board: str = "") -> None:
    """Cards of a person, mailed each day at 07:00."""
    id = stores.boards.save(user, board, cards, NOW) if board else None
    if id is None:
        stores.subscriptions.replace(user, cards, NOW)
    stores.reports.order(user, id, "day", 7, True, NOW)


def last(stores: Stores, user: UserRow) -> tuple[ReportRow, RunRow]:
    ((row, run),) = stores.reports.of(user)
    assert run is not None
    return row, run


def become(stores: Stores, user: UserRow, **values: Any) -> None:
    with stores.db.session() as session:
        session.execute(update(User).where(User.id == user.id).values(**values))


def rows_of(content: bytes) -> list[tuple[Any, ...]]:
    book = load_workbook(io.BytesIO(content))
    return list(book.worksheets[0].iter_rows(min_row=2, values_only=True))


def test_the_mail_has_the_figures_of_the_page(house: Stores, boss: UserRow, mail: Mailbox) -> None:
    cards = [Card("supply"), Card("specific_energy", "d:east", "30d", warn=0.4), COST]
    reached(house, boss, mail.port)
    ordered(house, boss, cards)
    assert report_maker.step(house, DUE - 31 * SECOND) == 0, "not yet"
    assert report_maker.step(house, DUE) == 1
    assert Reporting(house).step(DUE) == 1
    ((to, subject, body),) = mail.mails
    assert to == ["executive@example.cn"]
    assert subject == "我的指标：2026-11-23 报表"
    assert "3 项指标" in body and "https://pump.example.cn/my-indicators" in body
    ((name, content),) = mail.files
    assert name == "pumphouse-2026-11-23.xlsx"
    view = View(user=boss, zone=house.settings.zone, now=DUE)
    shown = [line_of(view, one) for one in figures_of(house, view, cards)]
    assert shown[0][5] == pytest.approx(6 * 2100), "a day of the week has no facts"
    for line, row in zip(shown, rows_of(content), strict=True):
        assert len(line) == len(row)
        for told, read in zip(line, row, strict=True):
            number = isinstance(told, int | float)
            assert read == pytest.approx(told) if number else (read or None) == (told or None)
    report, run = last(house, boss)
    assert (run.state, run.error) == ("sent", "")
    assert report.next_at == DUE - 30 * SECOND + DAY
    assert house.report_files.path(run.file) is None, "the file goes when it is sent"


def test_in_the_language_of_the_person(house: Stores, boss: UserRow, mail: Mailbox) -> None:
    become(house, boss, language="en")
    reached(house, boss, mail.port)
    ordered(house, boss, [Card("supply")], "Morning")
    report_maker.step(house, DUE)
    Reporting(house).step(DUE)
    assert mail.mails[0][1] == "Morning: report of 2026-11-23"
    assert "my-indicators?board=1" in mail.mails[0][2]
    assert rows_of(mail.files[0][1])[0][1] == "Water supplied"


def test_nothing_is_mailed_twice(house: Stores, boss: UserRow, mail: Mailbox) -> None:
    reached(house, boss, mail.port)
    ordered(house, boss, [Card("supply")])
    for _ in range(2):  # two workers, and both again after a restart
        report_maker.step(house, DUE)
        Reporting(house).step(DUE)
    Reporting(house).step(DUE + 60 * SECOND)
    assert len(mail.mails) == 1
    report_maker.step(house, DUE + DAY)
    Reporting(house).step(DUE + DAY)
    assert len(mail.mails) == 2


def test_a_busy_server_is_tried_again(house: Stores, boss: UserRow, mail: Mailbox) -> None:
    reached(house, boss, mail.port)
    ordered(house, boss, [Card("supply")])
    mail.busy = 2
    report_maker.step(house, DUE)
    sender = Reporting(house)
    for after, state in ((0, "failed"), (5, "failed"), (10, "failed"), (30, "sent")):
        sender.step(DUE + after * SECOND)
        assert last(house, boss)[1].state == state
    assert len(mail.mails) == 1


def test_what_was_cut_off_goes_on_by_another_address(
    house: Stores, boss: UserRow, mail: Mailbox
) -> None:
    reached(house, boss, mail.port)
    reached(house, boss, mail.port, "second@example.cn", rank=2)
    ordered(house, boss, [Card("supply")])
    report_maker.step(house, DUE)
    run = last(house, boss)[1]
    assert house.reports.begin(run.id), "the collector stops here: the mail may have arrived"
    Reporting(house).step(DUE + SECOND)
    assert [to for to, *_ in mail.mails] == [["second@example.cn"]]
    report_maker.step(house, DUE + DAY)
    run = last(house, boss)[1]
    house.reports.begin(run.id)
    house.contacts.remove(boss, house.contacts.of("executive")[1].id, NOW)
    Reporting(house).step(DUE + DAY)
    assert (last(house, boss)[1].state, len(mail.mails)) == ("gave_up", 1)


def test_a_forbidden_indicator_is_in_no_report(house: Stores, boss: UserRow, mail: Mailbox) -> None:
    """By a shared board, and after the role was lost: before, between and after the making."""
    inspector = house.users.get("inspector")
    assert inspector is not None
    reached(house, inspector, mail.port)
    board = house.boards.save(boss, "经营", [COST, Card("supply")], NOW)
    house.boards.share(boss, board, ["all"], NOW)
    house.reports.order(inspector, board, "day", 7, True, NOW)
    report_maker.step(house, DUE)
    Reporting(house).step(DUE)
    assert [row[0] for row in rows_of(mail.files[0][1])] == ["K07"]
    assert "另有 1 张卡片" in mail.mails[0][2]

    reached(house, boss, mail.port)
    ordered(house, boss, [COST])
    report_maker.step(house, DUE)
    become(house, boss, role="inspector")
    Reporting(house).step(DUE)
    assert len(mail.mails) == 1, "made for an executive, who is none any more"
    assert (last(house, boss)[1].state, last(house, boss)[1].error) == ("dropped", "rights")
    assert not list(house.report_files.root.glob("*.xlsx"))
    report_maker.step(house, DUE + DAY)
    row, run = last(house, boss)
    assert (row.paused, run.state) == ("rights", "dropped")


@pytest.mark.parametrize("why", ["person", "board", "mail", "rights"])
def test_it_pauses_when_there_is_nothing_to_send(
    house: Stores, boss: UserRow, mail: Mailbox, why: str
) -> None:
    engineer = house.users.get("engineer")
    assert engineer is not None
    reached(house, engineer, mail.port)
    board = house.boards.save(boss, "经营", [Card("supply"), COST], NOW)
    house.boards.share(boss, board, ["engineer"], NOW)
    house.reports.order(engineer, board, "day", 7, True, NOW)
    breaks: dict[str, Callable[[], Any]] = {
        "person": lambda: become(house, engineer, enabled=False),
        "board": lambda: house.boards.share(boss, board, [], NOW),
        "mail": lambda: house.contacts.remove(engineer, house.contacts.of("engineer")[0].id, NOW),
        "rights": lambda: house.boards.save(boss, "经营", [COST], NOW),
    }
    breaks[why]()
    report_maker.step(house, DUE)
    Reporting(house).step(DUE)
    row, run = last(house, engineer)
    assert (row.paused, run.state, mail.mails) == (why, "dropped", [])
    assert report_maker.step(house, DUE + DAY) == 0
    told = [r.detail["why"] for r in house.audit.recent() if r.verb == "report.pause"]
    assert told == [why]

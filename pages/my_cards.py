"""Cards on the page of one's own indicators: tiles, the controls of each, and what those do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from components import formats
from components.attributes import data
from components.figure_text import figure_words
from components.ids import ident
from components.kpi import kpi
from components.page import View
from components.show_me import show_me
from components.spark import spark
from components.steps import Step, step_button, steps_form
from components.time_range import link
from data.cards import Card
from data.catalogue.boards import COMPARES, PERIODS
from data.catalogue.indicators import Indicator, indicators, offered
from data.rights import NotFound, Refused
from data.stores import Stores
from pages.card_figures import CardFigure, figures_of, place_words
from pages.guarded import Broken, attempt, failed, guard

PAGE_NAME = "my_indicators"
CODES, PLACES = ident(PAGE_NAME, "codes"), ident(PAGE_NAME, "places")
LISTED = 300
"""Stations, and compounds, that the list of places holds at most; of more a code is typed."""
PINNED = 4
"""Cards on top of the page of indicators."""
STEPS = ("add", "remove", "up", "down", "pin", "unpin", "change", "reset")


@guard()
def pinned_row(stores: Stores, view: View) -> Any:
    """The viewer's pinned cards, for the top of another page; nothing when none is pinned."""
    cards = stores.subscriptions.of(view.user).pinned[:PINNED]
    if not cards:
        return None
    return tiles(stores, view, cards, css="pinned")


@guard()
def tiles(
    stores: Stores, view: View, cards: Sequence[Card], edit: bool = False, css: str = ""
) -> html.Div:
    """A tile a card in their order, with controls where they are one's own."""
    made = [
        html.Div(
            [*_content(stores, view, card), _controls(view, card, n, len(cards)) if edit else None],
            className="my-card panel",
        )
        for n, card in enumerate(cards)
    ]
    return html.Div(made, className=f"my-cards {css}".strip())


def _content(stores: Stores, view: View, card: Card) -> list[Any]:
    """Figure and what is said of it; a card whose data can't be read says so by itself."""
    found = attempt(lambda: figures_of(stores, view, [card])[0])
    if not isinstance(found, Broken):
        return [_tile(view, found), _about(view, found)]
    name = indicators()[card.indicator].name(view.language)
    head = html.Div(html.Span(name, className="kpi-label"), className="kpi-head")
    place = place_words(stores, view, card.place)
    about = f"{place} · {view.text(f'range.{card.period}')}"
    return [
        html.Div([head, failed(view, found)], className="kpi panel failed"),
        html.Div(about, className="my-card-about", title=about),
    ]


def _tile(view: View, one: CardFigure) -> Any:
    row = one.indicator
    shown, unit = _number(view, row, one.figure.value)
    if one.figure.quality == "ESTIMATED":
        shown = f"~{shown}"
    known = any(v is not None for v in one.row.course)
    line: Any = html.Span(view.text("cards.no_course"), className="hint")
    if known:
        line = spark(one.row.course, level=one.level, height=34)
    compared = " … ".join(str(day) for day in one.compared)
    change = html.Span(one.change, title=compared)
    return kpi(
        row.name(view.language), unit, shown,
        [_yardstick(view, one), (view.text(f"cards.{one.card.compare}"), change)],
        line, one.level, _href(one), view.language, hint=row.definition(view.language),
        more=show_me(view, row.code, start=one.span[0], end=one.span[1], **_named(one.card)),
    )  # fmt: skip


def _number(view: View, row: Indicator, value: float | None) -> tuple[str, str]:
    """Value and unit; large ones by 万 or thousands."""
    if row.unit == "m³":
        return formats.volume(value, view.language)
    if value is None or abs(value) < 1_000_000:
        return formats.number(value, row.decimals), row.unit
    shown, group = formats.grouped(value, view.language)
    return shown, f"{group} {row.unit}"


def _yardstick(view: View, one: CardFigure) -> tuple[str, str]:
    """The reader's own limit before the target of the catalogue."""
    card, row = one.card, one.indicator
    for name, limit in (("warn", card.warn), ("bad", card.bad), ("target", one.row.target)):
        if limit is not None:
            up = row.better == "up" or (row.better is None and card.falling)
            sign = "≥" if up else "≤"
            return view.text(f"cards.{name}"), f"{sign} {formats.number(limit, row.decimals)}"
    return view.text("cards.before"), " ".join(_number(view, row, one.row.before.value)).strip()


def _about(view: View, one: CardFigure) -> html.Div:
    """Place, period, coverage; what is wrong with the figure."""
    told = one.figure
    words = [one.place, view.text(f"range.{one.card.period}")]
    if told.value is None:
        words += [view.text(f"reason.{reason}") for reason in told.reasons[:1]]
    elif told.coverage < 0.99:
        words.append(view.text("figure.coverage", share=formats.percent(100 * told.coverage, 1)))
    if one.verdict:
        own = one.verdict != "missed"
        words.append(view.text(f"cards.{'over_' if own else ''}{one.verdict}"))
    title = figure_words(told, view.language)
    return html.Div(" · ".join(words), className="my-card-about", title=title)


def _href(one: CardFigure) -> str:
    kind, _, code = one.card.place.partition(":")
    if kind == "s":
        return f"/stations/{code}"
    start, end = PERIODS[one.card.period]
    place = one.card.place if kind in ("c", "d") else ""
    until = "" if end == "now" else end
    return link("/indicators", {}, **{"from": start, "to": until, "scope": place})


def _named(card: Card) -> dict[str, str]:
    kind, _, code = card.place.partition(":")
    names = {"d": "district", "c": "compound", "s": "station"}
    return {names[kind]: code} if kind in names else {}


def _controls(view: View, card: Card, place: int, count: int) -> html.Div:
    """Order, pin, settings and removal of one card; each button says of which."""
    name = indicators()[card.indicator].name(view.language)

    def button(verb: str, sign: str, off: bool = False) -> html.Button:
        words = view.text(f"cards.do_{verb}", name=name)
        return html.Button(
            sign, type="button", className="button quiet", title=words, disabled=off,
            **data(step=f"{verb}:{card.key}"), **{"aria-label": words},
        )  # fmt: skip

    pin = ("unpin", "★") if card.pinned else ("pin", "☆")
    row = html.Div(
        [button("up", "↑", place == 0), button("down", "↓", place == count - 1), button(*pin),
         button("remove", "✕")], className="my-card-buttons",
    )  # fmt: skip
    save = html.Button(
        view.text("cards.save"), type="button", className="button",
        **data(step=f"change:{card.key}"),
    )  # fmt: skip
    form = html.Div([*_fields(view, card), save], className="my-card-form")
    settings = html.Details(
        [html.Summary(view.text("cards.settings"), className="button quiet"), form]
    )
    return html.Div([row, settings], className="my-card-controls", **data(into=_into()))


def _into() -> str:
    return ident(PAGE_NAME, "step")


def _fields(view: View, card: Card) -> list[Any]:
    periods = [(p, view.text(f"range.{p}")) for p in PERIODS]
    compares = [(c, view.text(f"cards.{c}")) for c in COMPARES]
    limits = [
        _field(view, name, _entry(name, "" if value is None else f"{value:g}"))
        for name, value in (("warn", card.warn), ("bad", card.bad))
    ]
    return [
        _field(view, "place", _entry("place", card.place.partition(":")[2], PLACES)),
        _field(view, "period", select("period", periods, card.period)),
        _field(view, "compare", select("compare", compares, card.compare)),
        *limits,
    ]


def _field(view: View, name: str, inside: Any) -> html.Label:
    return html.Label([html.Span(view.text(f"cards.{name}"), className="hint"), inside])


def select(name: str, options: Sequence[tuple[str, str]], chosen: str = "") -> html.Select:
    """A list to choose from: (value, words)."""
    entries = [html.Option(words, value=v, selected=v == chosen) for v, words in options]
    return html.Select(entries, name=name, className="field")


def _entry(name: str, value: str = "", offers: str = "") -> dcc.Input:
    named: dict[str, Any] = {"list": offers} if offers else {}
    return dcc.Input(name=name, value=value, type="text", **named)


def add_form(stores: Stores, view: View) -> html.Div:
    """What a new card is; the browser searches in what the role may see."""
    lang = view.language
    known = [html.Option(value=f"{r.k} {r.name(lang)}") for r in offered(view.user.role).values()]
    districts = stores.stations.districts(view.scope)
    places = [html.Option(d.name(lang), value=d.code) for d in districts]
    compounds = stores.stations.compounds(view.scope).values()
    if len(compounds) <= LISTED:
        places += [html.Option(c.name(lang), value=c.code) for c in compounds]
    stations = stores.stations.all(view.scope)
    if len(stations) <= LISTED:
        places += [html.Option(s.name(lang), value=s.code) for s in stations]
    fields = [
        _field(view, "indicator", _entry("indicator", "", CODES)),
        *_fields(view, Card("")),
        html.Datalist(known, id=CODES),
        html.Datalist(places, id=PLACES),
    ]
    return steps_form(PAGE_NAME, fields, [step_button(PAGE_NAME, "add", view, primary=True)])


def act(stores: Stores, view: View, step: Step) -> None:
    """Take a step with a card. Raises Forbidden, NotFound, Refused."""
    verb, _, key = step.name.partition(":")
    own, user, at = stores.subscriptions, view.user, view.now
    if verb == "add":
        own.add(user, _card(stores, view, _code(step.field("indicator")), step), at)
    elif verb == "remove":
        own.remove(user, key, at)
    elif verb in ("up", "down"):
        own.move(user, key, -1 if verb == "up" else 1, at)
    elif verb in ("pin", "unpin"):
        own.pin(user, key, verb == "pin", at)
    elif verb == "reset":
        own.reset(user, at)
    else:
        before = next((c for c in own.of(user).cards if c.key == key), None)
        if before is None:
            raise NotFound("card", key)
        changed = _card(stores, view, before.indicator, step, before.pinned)
        own.change(user, key, changed, at)


def _card(stores: Stores, view: View, code: str, step: Step, pinned: bool = False) -> Card:
    return Card(
        code, _place(stores, view, step.field("place")), step.field("period"),
        step.field("compare"), pinned, _limit(step.field("warn")), _limit(step.field("bad")),
    )  # fmt: skip


def _code(text: str) -> str:
    """A code of the catalogue from 'K07 供水量', a name or the code itself."""
    words = text.split(" ", 1)[0]
    for row in indicators().values():
        if text and (words == row.k or text in (row.code, row.zh, row.en)):
            return row.code
    return text


def _place(stores: Stores, view: View, text: str) -> str:
    """Code or name of a district, a compound or a station; '' = all in reach. Raises NotFound."""
    if not text:
        return ""
    known = stores.stations
    for kind, rows in (("d", known.districts(view.scope)), ("s", known.all(view.scope)),
                       ("c", known.compounds(view.scope).values())):  # fmt: skip
        for row in rows:
            if text in (f"{kind}:{row.code}", row.code, row.name_zh, row.name_en):
                return f"{kind}:{row.code}"
    raise NotFound("place", text)


def _limit(text: str) -> float | None:
    try:
        return float(text.replace("−", "-")) if text else None
    except ValueError:
        raise Refused("card_limit") from None

"""Indicators: where does each stand, how far from its target, better or worse than before?"""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html

from components import formats
from components.export import download, facts, file_buttons, file_name
from components.figure_text import figure_value
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import page_head
from components.panel import panel
from components.show_me import show_me
from components.spark import spark
from components.tables import Field, table
from components.time_range import days, time_bar, time_range
from data.stores import Stores
from pages.desk import desk_of
from pages.guarded import guard, unread, unread_words
from pages.indicator_keys import keys_panel, register_keys
from pages.indicator_rows import IndicatorRow, by_theme, rows_of
from pages.my_cards import pinned_row
from pages.reach import Reach, reach, reach_filters
from pages.standing import standing_page

PAGE = Page("indicators", "/indicators", "analyse", group="analyse")
DOWNLOAD, ASKED = ident("indicators", "download"), ident("indicators", "asked")
WORDS = {"quality": "indicators.water"}
"""Themes whose word isn't their own name."""


def layout(stores: Stores, view: View) -> Any:
    """Head, the viewer's pinned cards, a panel a theme, the keys for programs."""
    chosen, span, time = _asked(stores, view)
    panels = [
        panel(
            view.text(WORDS.get(theme, f"indicators.{theme}")),
            _table(view, chosen, group, span),
            css="flush",
        )
        for theme, group in by_theme(_rows(stores, view, chosen, span)).items()
    ]
    head = page_head(
        PAGE.title(view.language),
        view.text("indicators.question"),
        reach_filters(stores, view, chosen),
        time_bar(view, PAGE.name, PAGE.path, time, compare=False),
        file_buttons(PAGE.name),
    )
    return standing_page(
        stores, view, PAGE.path, chosen, span, [head],
        [],
        "indicators-page",
        [
            pinned_row(stores, view),
            html.Div(panels, className="indicator-panels"),
            keys_panel(stores, view),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Download(id=DOWNLOAD),
        ],
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Files on demand; keys are made and revoked."""
    app.callback(
        Output(DOWNLOAD, "data"),
        [Input(each("indicators", "export", kind), "n_clicks") for kind in ("csv", "xlsx")],
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(_file, stores))
    register_keys(app, stores)


def _asked(stores: Stores, view: View) -> tuple[Reach, tuple[Any, Any], Any]:
    """Stations, local days and time range that the URL asks for."""
    time = time_range(view.params, view.now, view.zone, "7d")
    return reach(stores, view), days(time, view.zone), time


def _rows(stores: Stores, view: View, chosen: Reach, span: tuple[Any, Any]) -> list[IndicatorRow]:
    whole = len(chosen.stations) == len(stores.stations.all(view.scope))
    return rows_of(desk_of(stores), view, *span, None if whole else chosen.ids)


@guard()
def _table(
    view: View, chosen: Reach, rows: list[IndicatorRow], span: tuple[Any, Any]
) -> html.Table:
    text = view.text
    fields = [
        Field("name", text("indicators.name"), width="30%"),
        Field("value", text("indicators.value"), right=True, width="24%"),
        Field("target", text("indicators.target"), right=True, width="13%", css="soft wide"),
        Field("change", text("indicators.change"), right=True, width="15%", css="soft"),
        Field("course", text("indicators.course"), width="18%", css="wide"),
    ]
    place = {"start": span[0], "end": span[1], **chosen.narrowed}
    made = [_row(view, row, place) for row in rows]
    return table(fields, made, text("indicators.title"), css="indicator-table")


def _row(view: View, row: IndicatorRow, place: dict[str, Any]) -> dict[str, Any]:
    known = row.indicator
    name = html.Span(
        [
            html.Span(
                known.name(view.language), className="name", title=known.definition(view.language)
            ),
            show_me(view, known.code, **place),
        ],
        className="indicator-name",
    )
    mark = html.Span(
        "◆", className="missed", title=view.text("indicators.missed")
    ) if row.missed else None  # fmt: skip
    course: Any = spark(row.course, height=22) if any(v is not None for v in row.course) else ""
    if "figure" not in row.lost and "course" in row.lost:
        course = unread(view, row.lost["course"], short=True)
    return {
        "name": name,
        "value": html.Span([mark, _shown(view, row)]),
        "target": _target(row),
        "change": _change(view, row),
        "course": course,
    }


def _change(view: View, row: IndicatorRow) -> Any:
    if "figure" not in row.lost and "before" in row.lost:
        return unread(view, row.lost["before"], short=True)
    if row.summed:
        return formats.percent(row.change, 1, signed=True)
    return formats.number(row.change, row.indicator.decimals, signed=True)


def _shown(view: View, row: IndicatorRow) -> Any:
    """The value, or why it can't be read; its bound only where coverage is under 99 %."""
    if "figure" in row.lost:
        return unread(view, row.lost["figure"])
    whole = row.figure.coverage >= 0.99
    known = row.figure.value is not None
    told = figure_value(row.figure, row.indicator.decimals, view.language, unit=known)
    if whole or not known:
        told.children = [c for c in told.children if getattr(c, "className", "") != "bound"]
        return told
    covered = view.text("figure.coverage", share=formats.percent(100 * row.figure.coverage, 1))
    return html.Span([told, html.Span(f" {covered}", className="hint")])


def _target(row: IndicatorRow) -> str:
    known = row.indicator
    if row.target is None:
        return ""
    sign = "≥" if known.better == "up" else "≤"
    return f"{sign} {formats.number(row.target, known.decimals)}"


def _file(
    stores: Stores, view: View, csv: int | None, xlsx: int | None, params: dict[str, str]
) -> Any:
    """The table as it stands on the page; of what can't be read it says why."""
    kind = (ctx.triggered_id or {}).get("index", "csv")
    view = View(view.user, view.language, view.theme, view.zone, view.now, params or {})
    chosen, span, _ = _asked(stores, view)
    rows = _rows(stores, view, chosen, span)
    names = ("code", "name", "theme", "value", "unit", "low", "high", "before", "target",
             "coverage", "quality", "version", "definition")  # fmt: skip
    heads = [view.text(f"indicators.{name}") for name in names]
    lines = [_line(view, row) for row in rows]
    about = facts(view, chosen.label, f"{span[0]} … {span[1]}")
    title = PAGE.title(view.language)
    return download(kind, file_name(view, title, chosen.label), heads, lines, about, title)


def _line(view: View, row: IndicatorRow) -> list[Any]:
    known, told = row.indicator, row.figure
    theme = view.text(WORDS.get(known.theme, f"indicators.{known.theme}"))
    quality = view.text(f"figure.{told.quality}")
    if row.lost:
        quality = unread_words(view, next(iter(row.lost.values())))
    return [
        known.k, known.name(view.language), theme, told.value, known.unit, told.low, told.high,
        row.before.value, row.target, round(told.coverage, 4), quality, known.version,
        known.definition(view.language),
    ]  # fmt: skip

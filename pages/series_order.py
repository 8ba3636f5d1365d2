"""Ordering series of many stations as a background job: points, period, step, kind of file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dash import dcc, html, set_props

from components.export import facts, file_name
from components.ids import ident
from components.page import View
from components.shell import NOTICE, notice
from data.catalogue.points import point, points
from data.jobs import GRAINS, SeriesTask, fact_rows
from data.rights import Refused
from data.series import source_point
from data.station_rows import StationRow
from data.stores import Stores

CODES = ("L.P_OUT", "L.P_IN", "L.Q_OUT", "PH.P_MAIN", "PH.Q_IN", "T1.LEVEL", "EL.P", "EL.E.inc",
         "WQ.CL_OUT", "WQ.TURB", "F.volume", "F.energy", "F.corrected_s")  # fmt: skip
FACTS = {"F.volume": "m³", "F.energy": "kWh", "F.corrected_s": "s"}
STEPS = ("quarter", "hour")
DAYS = (1, 7, 30, 90, 365)


def order_panel(view: View, page: str) -> html.Details:
    """A folded form; its parts are named `page-series-...`."""

    def pick(name: str, options: Sequence[tuple[Any, str]], value: Any) -> Any:
        listed = [{"value": v, "label": words} for v, words in options]
        kind = dcc.Checklist if isinstance(value, list) else dcc.RadioItems
        inside = kind(
            options=listed, value=value, id=ident(page, f"series-{name}"), className="check"
        )
        label = html.Span(view.text(f"series_order.{name}"), className="hint")
        return html.Div([label, inside], className="field")

    return html.Details(
        [
            html.Summary(view.text("series_order.title"), className="button quiet"),
            html.Div(
                [
                    html.P(view.text("series_order.hint"), className="hint"),
                    pick("codes", [(c, code_name(view, c)) for c in CODES], ["L.P_OUT", "L.Q_OUT"]),
                    pick("days", [(d, view.text("series_order.last", days=d)) for d in DAYS], 7),
                    pick("grain", [(g, view.text(f"series_order.{g}")) for g in STEPS], "hour"),
                    pick("format", [("csv", "CSV"), ("xlsx", "Excel")], "csv"),
                    html.Button(view.text("series_order.order"), id=ident(page, "series-order"),
                                className="button primary", type="button"),
                ],
                className="series-order-sheet",
            ),
        ],
        className="series-order",
    )  # fmt: skip


def code_name(view: View, code: str) -> str:
    """Name of a column with its unit in brackets."""
    if code in FACTS:
        return f"{view.text(f'series_order.{code[2:]}')} ({FACTS[code]})"
    found = source_point(code)
    row = found[0] if found else points()[point(code).code]
    tank = "1#" if view.language == "zh" else "1"
    name = (row.zh if view.language == "zh" else row.en).replace("{t}", tank)
    increase = view.text("series_order.increase") if code.endswith(".inc") else ""
    return f"{name}{increase} ({row.unit})" if row.unit else f"{name}{increase}"


def order(
    stores: Stores,
    view: View,
    stations: Sequence[StationRow],
    filters: str,
    codes: Sequence[str],
    days: int,
    grain: str,
    kind: str,
) -> int:
    """Queue the series of `stations` for the last `days`, and say so.

    Raises Refused: nothing_chosen, too_many_rows, too_many_jobs.
    """
    wanted = [code for code in CODES if code in codes]
    if not wanted or not stations or grain not in STEPS or days not in DAYS:
        raise Refused("nothing_chosen")
    step = GRAINS[grain]
    end = view.now - timedelta(seconds=view.now.timestamp() % step)
    start = end - timedelta(days=days)
    title = view.text("series_order.job", count=f"{len(stations):,}", days=days)
    low, high = (at.astimezone(view.zone).strftime("%Y-%m-%d %H:%M") for at in (start, end))
    told = facts(
        view, view.text("series_order.scope", count=f"{len(stations):,}"), f"{low} – {high}",
        definition=view.text("series_order.definition", grain=view.text(f"series_order.{grain}")),
        filters=filters,
    )  # fmt: skip
    task = SeriesTask(
        stations=[s.id for s in stations], codes=wanted, start=start.isoformat(),
        end=end.isoformat(), grain=grain,
        keys=[view.text(f"series_order.key_{k}") for k in ("code", "name", "time")],
        heads=[code_name(view, code) for code in wanted], facts=fact_rows(told),
        name=file_name(view, view.text("series_order.file")), format=kind, lang=view.language,
    )  # fmt: skip
    id = stores.jobs.order(view.user, title, task, view.now)
    set_props(NOTICE, {"children": notice(view.text("jobs.ordered", title=title), "good")})
    return id

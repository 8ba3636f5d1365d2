"""Elements of the system page made from its facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from components import formats
from components.glyphs import level_glyph
from components.kpi import kpi
from components.page import View
from components.states import empty
from components.tables import Field, grid, table
from data.stores import Stores
from pages import system_facts
from pages.system_facts import Collector

QUIET_S = 10.0
"""Seconds without a tick after which the collector counts as silent."""


def notice(view: View, c: Collector) -> Any:
    """The one thing that must not be missed: nobody is listening."""
    if c.age is not None and c.age <= QUIET_S:
        return None
    words = (
        view.text("system.never")
        if c.at is None
        else view.text(
            "system.quiet",
            age=formats.span(c.age),
            at=formats.day_clock(c.at, view.zone, view.now),
        )
    )
    return html.Div(
        [
            level_glyph(1, view.language, "unacknowledged", 18),
            html.B(words),
            html.Span(view.text("system.quiet_hint"), className="soft"),
        ],
        className="strip row-l1",
        role="alert",
    )


def tiles(view: View, stores: Stores, c: Collector) -> list[Any]:
    disk = system_facts.disk(stores)
    quiet = c.age is None or c.age > QUIET_S
    missed = c.fact("missed_cycles")
    full = disk.used_share > 0.9
    tiles = [
        (
            "system.age",
            "s",
            formats.number(c.age, 1),
            [(view.text("cockpit.target"), "≤ 2 s")],
            1 if quiet else 0,
        ),
        (
            "system.rate",
            view.text("unit.per_second"),
            formats.number(c.fact("samples_per_s")),
            [(view.text("system.polls"), formats.number(c.fact("polls_per_s")) + "/s")],
            0,
        ),
        (
            "system.online",
            view.text("unit.stations"),
            formats.number(c.fact("online")),
            [
                (view.text("system.of"), formats.number(c.fact("stations"))),
                (view.text("state.offline"), formats.number(c.fact("silent"))),
            ],
            0,
        ),
        (
            "system.missed",
            "",
            formats.number(missed),
            [
                (view.text("cockpit.target"), "0"),
                (view.text("system.timeouts"), formats.number(c.fact("timeouts"))),
            ],
            3 if missed else 0,
        ),
        (
            "system.commit",
            "ms",
            formats.number(c.fact("ack_p99_ms")),
            [
                (view.text("cockpit.target"), "≤ 1,100"),
                (view.text("system.median"), formats.number(c.fact("ack_p50_ms"))),
            ],
            0,
        ),
        (
            "system.disk",
            "",
            formats.size(disk.free),
            [
                (view.text("system.used"), formats.percent(100 * disk.used_share, 0)),
                (view.text("system.data"), formats.size(disk.ours)),
            ],
            2 if full else 0,
        ),
    ]
    return [
        kpi(view.text(word), unit, value, yardsticks, level=level, lang=view.language)
        for word, unit, value, yardsticks, level in tiles
    ]


def _pairs(view: View, rows: Sequence[tuple[str, str]]) -> html.Table:
    fields = [Field("name", "", css="soft"), Field("value", "", right=True, width="42%")]
    body = [{"name": view.text(word), "value": html.B(value)} for word, value in rows]
    return table(fields, body, view.text("system.title"), "pairs")


def collector(view: View, c: Collector) -> Any:
    if not c.facts:
        return empty(view.language, view.text("system.no_collector"))
    started = c.facts.get("started_at")
    rows = [
        (
            "system.started",
            formats.stamp(datetime.fromisoformat(str(started)), view.zone)
            if started
            else formats.MISSING,
        ),
        ("system.cpu", formats.percent(_times(c.fact("cpu_share"), 100), 1)),
        ("system.memory", formats.size(_times(c.fact("rss_mb"), 1e6))),
        (
            "system.lag",
            " / ".join(formats.number(c.fact(f"lag_p{q}_ms"), 1) for q in (50, 99)) + " ms",
        ),
        ("system.first_sweep", f"{formats.number(c.fact('first_sweep_s'), 1)} s"),
        ("system.journal", formats.size(c.fact("journal_bytes"))),
        ("system.minutes_waiting", formats.number(c.fact("minute_pending"))),
        ("system.exceptions", formats.number(c.fact("exceptions"))),
        ("system.lost_frames", formats.number(c.fact("journal_lost_frames"))),
    ]
    trouble = [str(c.facts["journal_error"])] if c.facts.get("journal_error") else []
    trouble += [f"{p.get('station')}: {p.get('why')}" for p in c.problems[:5]]
    return [_pairs(view, rows), *(html.P(line, className="text-l2 trouble") for line in trouble)]


def processes(view: View, stores: Stores) -> Any:
    fields = [
        Field("name", view.text("system.process")),
        Field("pid", "PID", right=True, width="70px", css="soft wide"),
        Field("cpu", "CPU", right=True, width="70px"),
        Field("memory", view.text("system.memory"), right=True, width="86px"),
        Field("age", view.text("system.runs"), right=True, width="60px", css="soft"),
    ]
    rows = [
        {
            "name": view.text(f"system.process_{p.kind}"),
            "pid": str(p.pid),
            "cpu": formats.percent(p.cpu, 1),
            "memory": formats.size(p.memory),
            "age": formats.span(p.age),
        }
        for p in system_facts.processes(stores.settings)
    ]
    return table(fields, rows, view.text("system.processes"))


def storage(view: View, stores: Stores) -> Any:
    fields = [
        Field("name", view.text("system.dataset")),
        Field("files", view.text("system.files"), right=True, width="70px"),
        Field("bytes", view.text("system.size"), right=True, width="90px"),
        Field("rows", view.text("system.rows"), right=True, width="110px", css="soft wide"),
        Field("latest", view.text("system.latest"), right=True, width="96px", css="soft"),
    ]
    rows = [
        {
            "name": view.text(f"system.dataset_{d.name}"),
            "files": formats.number(d.files) if d.files is not None else formats.MISSING,
            "bytes": formats.size(d.bytes),
            "rows": formats.number(d.rows),
            "latest": formats.day_clock(d.latest, view.zone, view.now),
        }
        for d in system_facts.datasets(stores)
    ]
    return table(fields, rows, view.text("system.storage"))


def history(view: View, stores: Stores) -> Any:
    """How far the demo's past has come."""
    found = stores.status.get("history")
    if found is None:
        return empty(view.language, view.text("system.no_history"))
    value, at = found
    share = min(max(float(value.get("share", 0.0)), 0.0), 1.0)
    return html.Div(
        [
            html.Div(
                html.Span(style={"width": f"{100 * share:.1f}%"}),
                className="progress-line",
                role="progressbar",
                **{
                    "aria-label": view.text("system.history"),
                    "aria-valuenow": f"{100 * share:.0f}",
                    "aria-valuemin": "0",
                    "aria-valuemax": "100",
                },
            ),
            html.Div(
                [
                    html.B(formats.percent(100 * share, 0)),
                    html.Span(str(value.get("text", "")), className="soft"),
                    html.Span(formats.day_clock(at, view.zone, view.now), className="hint right"),
                ],
                className="progress-words",
            ),
        ]
    )


def silent_grid(view: View, name: str) -> Any:
    columns = [
        {"field": "code", "headerName": view.text("system.code"), "maxWidth": 120},
        {
            "field": "name",
            "headerName": view.text("cockpit.station"),
            "cellRenderer": "StationLink",
            "flex": 2,
        },
        {"field": "district", "headerName": view.text("system.district"), "flex": 1},
        {"field": "address", "headerName": view.text("system.address"), "flex": 1},
        {"field": "profile", "headerName": view.text("system.profile"), "flex": 1},
        {"field": "last", "headerName": view.text("system.last_answer"), "flex": 1},
        {
            "field": "silence",
            "headerName": view.text("system.silence"),
            "type": "rightAligned",
            "maxWidth": 130,
        },
    ]
    return html.Div(grid(name, columns, [], view.language), className="silent-grid")


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor

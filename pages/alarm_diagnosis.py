"""Why an alarm: ranked causes, the check that tells them apart, the frozen evidence, solutions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from dash import dcc, html

from analytics.solution_worth import best
from components.causes import CauseItem, Strip, cause_bars, strips
from components.formats import day_clock, number, percent
from components.page import View
from data.alarms import AlarmRow
from data.catalogue.diagnosis import Symptom, matrix
from data.catalogue.points import columns
from data.catalogue.rules import Rule, rules
from data.diagnoses import CauseRow, DiagnosisRow
from data.station_rows import StationRow
from data.stores import Stores
from pages.alarm_answers import buttons
from pages.alarm_rows import print_of

SHOWN, LEAST = 3, 0.02
"""Causes that are listed, and the probability that one needs."""
WORDS = 4
"""Symptoms that are named for and against a cause."""
SLOTS = 90
"""Samples of a strip."""
WITNESSES = ("{z}.P_OUT", "{z}.Q_OUT", "PH.P_MAIN", "T1.LEVEL", "EL.P")
"""What the evidence shows beside the rule's own point."""


def causes(stores: Stores, view: View, row: AlarmRow) -> list[Any]:
    """The part of an alarm's pane that says why; what the rule says where nothing was found."""
    found = stores.diagnoses.latest(row.id, view.scope)
    if found is None or not found.causes:
        rule = rules().get(row.rule)
        return _of_rule(view, rule) if rule else []
    return [
        _head(stores, view, found),
        cause_bars([_item(view, cause, found) for cause in _worth(found)], view.language),
        *_separating(view, found),
        *_solutions(stores, view, found),
        *_evidence(stores, view, row, found),
    ]


def pane_print(stores: Stores, row: AlarmRow | None) -> str:
    """A short text that changes when anything that is shown of an alarm or its diagnosis does."""
    return f"{print_of([row])} {stores.diagnoses.newest(row.id)}" if row else print_of([])


def _worth(found: DiagnosisRow) -> list[CauseRow]:
    return [
        cause
        for n, cause in enumerate(found.causes[:SHOWN])
        if n == 0 or cause.probability >= LEAST
    ]


def _head(stores: Stores, view: View, found: DiagnosisRow) -> html.P:
    at = day_clock(found.made_at, view.zone, view.now)
    if found.made_by:
        people = {p.username: p.name(view.language) for p in stores.users.all()}
        name = people.get(found.made_by, found.made_by)
        said = view.text("diagnosis.made_by", at=at, version=found.version, name=name)
    else:
        said = view.text("diagnosis.made", at=at, version=found.version)
    return html.P(
        [html.B(view.text("diagnosis.title")), html.Span(f" {said}", className="hint")],
        className="detail-section",
    )


def _item(view: View, cause: CauseRow, found: DiagnosisRow) -> CauseItem:
    lang, fault = view.language, matrix().faults.get(cause.fault)
    return CauseItem(
        name=fault.text(lang) if fault else cause.fault,
        probability=cause.probability,
        supporting=[_symptom(view, code, found) for code in cause.supporting[:WORDS]],
        contradicting=[_symptom(view, code, found) for code in cause.contradicting[:WORDS]],
        check=fault.check.text(lang) if fault else "",
        remedy=fault.remedy.text(lang) if fault else "",
    )


def _symptom(view: View, code: str, found: DiagnosisRow) -> str:
    """The symptom in words, with the number that showed it; told as absent where it was."""
    row = matrix().symptoms.get(code)
    shown, value = found.findings.get(code, (None, None))
    words = row.text(view.language) if row else code
    if shown is False:
        words = view.text("diagnosis.not_shown", what=words)
    return words + _figure(row, value)


def _figure(row: Symptom | None, value: float | None) -> str:
    """The number where it has a unit; a bare share would puzzle."""
    if row is None or value is None or not row.unit:
        return ""
    decimals = 3 if row.unit.startswith(("MPa", "mg")) else 1
    return f" ({number(value, decimals)} {row.unit})"


def _separating(view: View, found: DiagnosisRow) -> list[Any]:
    """The check that would tell the first two causes apart."""
    row = matrix().symptoms.get(found.separating)
    if row is None:
        return []
    check = row.check or row
    words = [html.B(view.text("diagnosis.separating")), html.P(check.text(view.language))]
    return [html.Div([*words, *buttons(view)], className="separating")]


def _solutions(stores: Stores, view: View, found: DiagnosisRow) -> list[Any]:
    """What helped before, by probability of the fault and success."""
    posterior = {cause.fault: cause.probability for cause in _worth(found)}
    known = stores.solutions.list(list(posterior), ("reviewed",))
    chosen = best(known, posterior, SHOWN)
    if not chosen:
        return []
    lines = []
    for one in chosen:
        minutes = view.text("diagnosis.minutes", minutes=one.minutes)
        said = view.text("diagnosis.unused")
        if one.used:
            said = view.text("diagnosis.success", used=one.used, solved=one.solved)
        parts = one.parts(view.language)
        title = dcc.Link(
            one.title(view.language), href=f"/solutions?sel={one.id}", className="more"
        )
        tail = " · ".join(word for word in (minutes, parts, said) if word)
        lines.append(html.Li([title, html.Span(tail, className="soft")]))
    return [
        html.P(html.B(view.text("diagnosis.solutions")), className="detail-section"),
        html.Ul(lines, className="journal"),
    ]


def _evidence(stores: Stores, view: View, row: AlarmRow, found: DiagnosisRow) -> list[Any]:
    """The window that it was judged by, its neighbours and the last work there."""
    title = html.P(
        [
            html.B(view.text("diagnosis.evidence")),
            html.Span(f" {view.text('diagnosis.evidence_span')}", className="hint"),
        ],
        className="detail-section",
    )
    frame = stores.diagnoses.evidence(row.id, view.scope)
    station = stores.stations.get(row.station_id, view.scope) if row.station_id else None
    drawn: list[Any] = []
    if frame is not None and station is not None:
        told = {name: frame[name].to_numpy() for name in frame.columns if name != "at"}
        drawn = [strips(_strips(view, station, row, told))]
    return [title, *drawn, html.P(" · ".join(_facts(view, found)), className="hint")]


def _strips(
    view: View, station: StationRow, row: AlarmRow, told: Mapping[str, np.ndarray]
) -> list[Strip]:
    zone = row.place.split(".")[0] if row.place[:1] in ("L", "M", "H") else "L"
    codes = [row.point, *(code.replace("{z}", zone) for code in WITNESSES)]
    known = {column.code: column for column in columns(station.layout)}
    found = []
    for code in dict.fromkeys(codes):
        column, values = known.get(code), told.get(code)
        if column is None or values is None:
            continue
        values = np.asarray(values, float)
        thin = values[:: max(1, len(values) // SLOTS)].tolist()
        some = values[np.isfinite(values)]
        last = number(float(some[-1]) if len(some) else None, min(column.point.decimals, 2))
        found.append(Strip(column.name(view.language), thin, last, column.point.unit))
    return found


def _facts(view: View, found: DiagnosisRow) -> list[str]:
    """Neighbours at that minute, version of the rule, last order of the station."""
    words = [view.text("diagnosis.rule_version", version=found.rule_version)]
    near = found.around.get("near_silent")
    if near is not None:
        words.append(view.text("diagnosis.neighbours", share=percent(100.0 * near, 0)))
    if count := found.around.get("near_mains_low"):
        words.append(view.text("diagnosis.neighbours_mains", count=number(count)))
    last = found.maintenance
    if not last:
        return [*words, view.text("diagnosis.no_maintenance")]
    at = day_clock(datetime.fromisoformat(last["closed_at"]), view.zone, view.now)
    return [*words, view.text("diagnosis.maintenance", number=last["number"], at=at)]


def _of_rule(view: View, rule: Rule) -> list[Any]:
    """What the rule says of its causes, where nothing has been diagnosed."""
    lang = view.language
    return [
        html.P(html.B(view.text("alarms.causes")), className="detail-section"),
        html.Ol(
            [
                html.Li(
                    [
                        html.Span(cause.text(lang)),
                        html.P(
                            [cause.check.text(lang), " → ", cause.remedy.text(lang)],
                            className="hint",
                        ),
                    ]
                )
                for cause in rule.causes
            ],
            className="causes",
        ),
    ]

"""What a message says: title and body in the language of its reader."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from analytics.telling_terms import Notice
from data.alarms import AlarmRow
from data.catalogue.alarm_names import alarm_words
from data.catalogue.points import point
from data.catalogue.words import text

LISTED = 20
"""Alarms that a digest names; the rest is a count."""
Find = Callable[[int], AlarmRow | None]


def message(notice: Notice, find: Find, lang: str, zone: ZoneInfo, url: str) -> tuple[str, str]:
    """(title, body) of a message; `url` of the cockpit, '' = no link."""
    rows = [row for row in (find(id) for id in notice.alarms[: LISTED + 1]) if row is not None]
    if notice.kind == "digest":
        title = text(lang, "telling.digest", count=len(notice.alarms))
        lines = [_line(row, lang, zone) for row in rows[:LISTED]]
        left = len(notice.alarms) - len(lines)
        more = [text(lang, "telling.more", count=left)] if left > 0 else []
        return title, "\n".join([*lines, *more, *_link(url, None)])
    if not rows:
        return text(lang, f"telling.{notice.kind}"), ""
    first, children = rows[0], len(notice.alarms) - 1
    head = text(lang, f"telling.{notice.kind}")
    level, event = (
        text(lang, f"level.{notice.level}"),
        alarm_words(first.rule, first.place, lang),
    )
    title = f"[{head}] {level} · {_place(first, lang)} · {event}"
    lines = [_line(first, lang, zone)]
    if children > 0:
        lines.append(text(lang, "telling.children", count=children))
    if notice.kind in ("reminder", "escalated"):
        lines.append(text(lang, "telling.nobody"))
    return title[:200], "\n".join([*lines, *_link(url, first.id)])


def _place(row: AlarmRow, lang: str) -> str:
    return row.station(lang) or row.district(lang)


def _line(row: AlarmRow, lang: str, zone: ZoneInfo) -> str:
    """One alarm in a line: level, place, event, value, since."""
    since = row.active_at.astimezone(zone).strftime("%m-%d %H:%M:%S")
    parts = [
        text(lang, f"level.{row.level}"),
        _place(row, lang),
        alarm_words(row.rule, row.place, lang),
        _value(row),
    ]
    ended = [text(lang, "telling.over")] if row.cleared_at is not None else []
    return " · ".join([part for part in parts if part] + [since, *ended])


def _value(row: AlarmRow) -> str:
    try:
        of = point(row.point)
    except KeyError:
        return ""
    if row.value is None or of.digital:
        return ""
    return f"{row.value:.{of.decimals}f} {of.unit}".strip()


def _link(url: str, alarm: int | None) -> list[str]:
    if not url:
        return []
    return [f"{url.rstrip('/')}/alarms" + (f"?sel={alarm}" if alarm is not None else "")]

"""Numbers, units and times as a person reads them. Missing is an em dash, never 0."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from data.catalogue.words import text

MISSING = "—"


def number(value: float | None, decimals: int = 0, signed: bool = False) -> str:
    """`value` with thousand commas and a real minus sign; '—' for None and NaN."""
    if value is None or not math.isfinite(value):
        return MISSING
    shown = f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
    if not any(digit in shown for digit in "123456789"):  # −0.00 is 0.00
        shown = shown.lstrip("+-") if not signed else "±" + shown.lstrip("+-")
    return shown.replace("-", "−")


def percent(value: float | None, decimals: int = 1, signed: bool = False) -> str:
    """A share given in percent, with its sign of unit."""
    shown = number(value, decimals, signed)
    return shown if shown == MISSING else f"{shown}%"


def grouped(value: float | None, lang: str, decimals: int = 2) -> tuple[str, str]:
    """A large number and its group: from 10,000 on in 万 for zh, in thousands for en."""
    if value is None or not math.isfinite(value) or abs(value) < 10_000:
        return number(value, 0), ""
    step, group = (10_000, "万") if lang == "zh" else (1_000, "k")
    return number(value / step, decimals if lang == "zh" else 1), group


def volume(value: float | None, lang: str) -> tuple[str, str]:
    """Cubic metres as (number, unit): 万 m³ / 10³ m³ from 10,000 m³ on."""
    shown, group = grouped(value, lang)
    units = {"": "m³", "万": "万 m³", "k": "10³ m³"}
    return shown, units[group]


def span(seconds: float | None) -> str:
    """A duration in its largest unit: 45s, 6m, 3h, 2d."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    whole = max(0, int(seconds))
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def hours_minutes(seconds: float | None, signed: bool = False) -> str:
    """A duration as +1h12m or 38m, for deadlines."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    minutes = int(abs(seconds) // 60)
    sign = ("−" if seconds < 0 else "+") if signed else ""
    return f"{sign}{minutes // 60}h{minutes % 60:02d}m" if minutes >= 60 else f"{sign}{minutes}m"


def clock(at: datetime | None, zone: ZoneInfo, seconds: bool = False) -> str:
    """Time of day at the site."""
    if at is None:
        return MISSING
    return at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def day_clock(at: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """Time of day, with its date when that is not today: 14:02, 11-19 22:40, 2025-11-19 22:40."""
    if at is None:
        return MISSING
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    return local.strftime("%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d %H:%M")


def stamp(at: datetime | None, zone: ZoneInfo) -> str:
    """Date and time in full: 2026-11-22 14:02:31."""
    return MISSING if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def date_words(at: datetime, zone: ZoneInfo, lang: str) -> str:
    """Date and weekday for the header: 11月22日 周日 / Sun 22 Nov."""
    local = at.astimezone(zone)
    day = text(lang, f"weekday.{local.isoweekday()}")
    if lang == "zh":
        return f"{local.month}月{local.day}日 {day}"
    return f"{day} {local.strftime('%d %b')}"


def midnight(now: datetime, zone: ZoneInfo, days_back: int = 0) -> datetime:
    """Start of the site's day in UTC, some days back, by the calendar and not by 86,400 s."""
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=days_back)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def size(bytes_: float | None) -> str:
    """Bytes as 1.4 GB."""
    if bytes_ is None or not math.isfinite(bytes_):
        return MISSING
    for unit in ("B", "kB", "MB", "GB"):
        if abs(bytes_) < 1000:
            return f"{bytes_:.0f} {unit}" if unit in ("B", "kB") else f"{bytes_:.1f} {unit}"
        bytes_ /= 1000
    return f"{bytes_:.2f} TB"

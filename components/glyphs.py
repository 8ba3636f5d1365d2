"""Marks that carry meaning by shape, digit and colour: alarm levels, station states, icons."""

from __future__ import annotations

from dash import html

from components.svg import drawing, svg
from data.catalogue.words import text

# 24 box. The digit stands where the shape is widest; colours come from the tokens.
SHAPES = {
    1: '<rect x="3.5" y="3.5" width="17" height="17" rx="2.5"/>',
    2: '<path d="M12 2.6 22.2 20.6H1.8Z" stroke-linejoin="round"/>',
    3: '<path d="M12 1.8 22.2 12 12 22.2 1.8 12Z" stroke-linejoin="round"/>',
    4: '<circle cx="12" cy="12" r="9.2"/>',
}
DIGIT_Y = {1: 16.3, 2: 18.2, 3: 16.2, 4: 16.2}
RING = '<rect class="ring{css}" x="-3" y="-3" width="30" height="30" rx="6"/>'
OFFLINE = '<circle cx="12" cy="12" r="8"/><path d="M6.5 17.5l11-11"/>'
MAINTENANCE = '<rect x="4" y="4" width="16" height="16" rx="3"/><path d="M8.5 15.5l7-7"/>'
STATES = ("unacknowledged", "acknowledged", "latched", "returned", "suppressed", "shelved")


def level_markup(level: int, state: str = "acknowledged", size: int = 18) -> str:
    """SVG text of an alarm mark. `level` 1-4; `state` an alarm state (a ring when unacknowledged,
    outline only when returned, grey when shelved, dashed grey when suppressed).

    Under 12 px the digit is left out, the shape stays. Raises KeyError for another level.
    """
    digit = (
        f'<text x="12" y="{DIGIT_Y[level]}" text-anchor="middle" font-size="12.5">{level}</text>'
        if size >= 12
        else ""
    )
    # a ring of 3 and 4 stands still: a map has hundreds of them, and what moves is to be urgent
    ring = RING.format(css=" urgent" if level < 3 else "") if state == "unacknowledged" else ""
    body = f'<g class="glyph l{level} {state}">{SHAPES[level]}{digit}{ring}</g>'
    # the ring stands outside the box, so the box is larger by its room
    return (
        f'<svg class="sign" viewBox="-4.5 -4.5 33 33" width="{size * 33 / 24:.1f}" '
        f'height="{size * 33 / 24:.1f}">{body}</svg>'
    )


def level_glyph(level: int, lang: str, state: str = "acknowledged", size: int = 18) -> html.Span:
    """An alarm mark with its word for those who can't see it."""
    label = f"{text(lang, f'level.{level}')} · {text(lang, f'alarm_state.{state}')}"
    return drawing(level_markup(level, state, size), label, className="sign-box", title=label)


def offline_glyph(lang: str, size: int = 16) -> html.Span:
    """The slashed ring of a station that does not answer: a state of data, no alarm."""
    label = text(lang, "state.offline")
    return drawing(state_markup("offline", size), label, className="sign-box", title=label)


def state_markup(state: str, size: int = 16) -> str:
    """SVG text of 'normal' (a dot), 'offline' (slashed ring) or 'maintenance' (barred square)."""
    shapes = {
        "normal": '<circle class="dot" cx="12" cy="12" r="4"/>',
        "offline": f'<g class="outline">{OFFLINE}</g>',
        "maintenance": f'<g class="outline">{MAINTENANCE}</g>',
    }
    box = f'viewBox="0 0 24 24" width="{size}" height="{size}"'
    return f'<svg class="sign" {box}>{shapes[state]}</svg>'


ICONS = {
    "cockpit": '<path d="M4 17a8.5 8.5 0 1 1 16 0"/><path d="M12 14l4-5"/><path d="M3 20h18"/>',
    "map": '<path d="M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2z"/><path d="M9 4v14M15 6v14"/>',
    "station": '<path d="M3 20V10l9-6 9 6v10"/><path d="M9 20v-6a3 3 0 0 1 6 0v6"/>',
    "alarms": '<path d="M6 16v-5a6 6 0 1 1 12 0v5l2 2H4z"/><path d="M10 21h4"/>',
    "work_orders": '<rect x="5" y="4" width="14" height="17" rx="2"/>'
    '<path d="M9 4V2.5h6V4M9 10h6M9 14h6"/>',
    "system": '<circle cx="12" cy="12" r="3"/><path d="M12 3v3M12 18v3M3 12h3M18 12h3'
    'M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1"/>',
    "analyse": '<path d="M4 20V4M4 20h16"/><path d="M7 15l4-5 3 3 5-7"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4.5 21c.8-4 3.6-6 7.5-6s6.7 2 7.5 6"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l6 6"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "leave": '<path d="M10 4H5v16h5M15 8l4 4-4 4M19 12H9"/>',
    "moon": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2v3M12 19v3M2 12h3M19 12h3'
    'M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2"/>',
    "arrow": '<path d="M9 5l7 7-7 7"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "fit": '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
    "download": '<path d="M12 4v11M7 11l5 5 5-5M4 20h16"/>',
    "check": '<path d="M5 13l5 5 9-11"/>',
    "wrench": '<path d="M20 7a5 5 0 0 1-6.5 5L7 18.5 4.5 16 11 9.5A5 5 0 0 1 17 3l-3 3 1 3 3 1z"/>',
    "more": '<path d="M5 12h.01M12 12h.01M19 12h.01"/>',
}


def icon_markup(name: str, size: int = 20) -> str:
    """SVG text of a line icon in the colour of its surroundings."""
    return svg(24, 24, ICONS[name], "icon").replace(
        'width="24" height="24"', f'width="{size}" height="{size}"'
    )


def icon(name: str, size: int = 20, label: str = "") -> html.Span:
    """A line icon; decoration unless it has a `label`. Raises KeyError for an unknown name."""
    return drawing(icon_markup(name, size), label, className="icon-box")

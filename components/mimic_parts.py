"""Symbols of the mimic: pieces of SVG drawn once on the server and then kept alive by mimic.js.

A piece that changes says what it is (`data-kind`) and which point or place it shows (`data-bind`);
what inside it may change bears `data-slot`. The live feed patches text, attributes and classes of
these, never the drawing. All text is escaped by `tag`, so a name from a record cannot be markup.
Coordinates are user units; the drawing is shown at 0.9 or more, so 12.5 is the smallest text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from markupsafe import Markup, escape

Words = Mapping[str, str]
Points = Sequence[tuple[float, float]]

PUMP = 22.0
"""Radius of a pump."""
SPEED = 124.0
"""Length of a speed bar; full is 50 Hz."""


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """One element; a child that is plain text is escaped, one that is Markup is not.

    `class_` gives class, `data_of` gives data-bind; an attribute that is None is left out.
    """
    head = "".join(
        f' {_name(key)}="{_told(value)}"' for key, value in attributes.items() if value is not None
    )
    inside = "".join(map(escape, children))
    return Markup(f"<{name}{head}>{inside}</{name}>")  # noqa: S704


@cache
def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _told(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, int) else escape(value)


def group(*children: str, **attributes: object) -> Markup:
    return tag("g", *children, **attributes)


def text(x: float, y: float, *words: str, class_: str = "m-label", **more: object) -> Markup:
    return tag("text", *words, x=x, y=y, class_=class_, **more)


def value(
    x: float, y: float, code: str, unit: str, decimals: int, period: int = 2, **more: object
) -> Markup:
    """A live number with its unit, baseline at (x, y). `period`: seconds between its polls."""
    return tag(
        "text",
        tag("tspan", "—", data_slot="number"),
        tag("tspan", unit, class_="m-unit", dx=4 if unit else None),
        tag("tspan", "", class_="m-note", data_slot="note", dx=4),
        x=x, y=y, data_kind="value", data_bind=code, data_decimals=decimals, data_period=period,
        **{"class_": "m-value", **more},
    )  # fmt: skip


def labelled(
    x: float, y: float, label: str, code: str, unit: str, decimals: int, period: int = 2
) -> Markup:
    """A label at (x, y) and its live number under it."""
    return text(x, y, label) + value(x, y + 22, code, unit, decimals, period)


def pipe(points: Points, codes: str, gate: str | None = None) -> Markup:
    """An orthogonal pipe; dashes show while any of `codes` (flow, running) and the gate are > 0."""
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    return group(
        tag("path", d=path, class_="m-pipe"),
        tag("path", d=path, class_="m-dash"),
        data_kind="flow", data_bind=codes, data_gate=gate,
    )  # fmt: skip


def mark(x: float, y: float) -> Markup:
    """The glyph beside a symbol in alarm, all four shapes; the level's own one is shown."""
    shapes = (
        tag("rect", x=-8, y=-8, width=16, height=16, rx=3),
        tag("path", d="M0-9.5L10 8H-10Z"),
        tag("path", d="M0-10L10 0L0 10L-10 0Z"),
        tag("circle", r=8.5),
    )
    levels = (
        group(
            shape,
            tag("text", str(n), y=6 if n == 2 else 4.5, text_anchor="middle", class_="m-digit"),
            class_=f"m-level m-level-{n}",
        )
        for n, shape in enumerate(shapes, 1)
    )
    return group(*levels, class_="m-mark", transform=f"translate({x:g} {y:g})", data_slot="mark")


def pump_symbol(r: float = PUMP) -> Markup:
    """A pump around (0, 0): filled runs, hollow stands, dashed with ? is unknown."""
    badge = group(
        tag("rect", x=r - 10, y=-r - 4, width=17, height=15, rx=4, class_="m-badge"),
        tag("text", "M", x=r - 1.5, y=-r + 7.6, text_anchor="middle", class_="m-badge-text"),
        class_="m-manual",
    )
    arrow = f"M{-r * 0.32:g} {-r * 0.48:g}L{r * 0.56:g} 0L{-r * 0.32:g} {r * 0.48:g}Z"
    return (
        tag("circle", r=r, class_="m-body")
        + tag("path", d=arrow, class_="m-arrow")
        + tag("text", "?", class_="m-question", y=6, text_anchor="middle")
        + badge
        + mark(-r - 5, 2 - r)
    )


def pump(x: float, y: float, code: str, words: Words) -> Markup:
    """Pump `code` (L.P1) at (x, y): symbol, number, state in words, and what its state asks for."""
    left = PUMP + 13
    number = code.rsplit(".P", 1)[1]
    running = group(
        value(left, 21, f"{code}.F", "Hz", 1, class_="m-value m-small"),
        value(left + 68, 21, f"{code}.P", "kW", 1, class_="m-value m-small"),
        tag("rect", x=left, y=27, width=SPEED, height=4, class_="m-track"),
        tag("rect", x=left, y=27, width=SPEED, height=4, class_="m-speed", data_slot="speed"),
        class_="m-when-running",
    )
    tripped = group(
        text(left, 21, words["mimic.trip_code"]),
        value(left + 42, 21, f"{code}.VFD_CODE", "", 0, class_="m-value m-small"),
        value(left + 84, 21, f"{code}.I", "A", 1, class_="m-value m-small"),
        class_="m-when-tripped",
    )
    stopped = group(
        text(left, 21, words["mimic.total_hours"]),
        value(left + 38, 21, f"{code}.HOURS", "h", 0, 60, class_="m-value m-small m-plain"),
        class_="m-when-stopped",
    )
    return group(
        pump_symbol(),
        tag(
            "text",
            tag("tspan", f"{number}#", class_="m-name"),
            tag("tspan", words["mimic.state_unknown"], dx=7, data_slot="state"),
            x=left, y=-9, class_="m-state",
        ),
        running, tripped, stopped,
        class_="m-pump", data_kind="pump", data_bind=code, transform=f"translate({x:g} {y:g})",
    )  # fmt: skip


def valve_symbol() -> Markup:
    """A valve around (0, 0) with its actuator above; half filled while it travels."""
    return (
        tag("path", d="M0-8V-16", class_="m-line")
        + tag("rect", x=-8, y=-26, width=16, height=11, rx=2, class_="m-body")
        + tag("path", d="M0 0L-14-11V11Z", class_="m-half")
        + tag("path", d="M0 0L14-11V11Z", class_="m-body")
        + mark(-24, -20)
    )


def valve(x: float, y: float, code: str, words: Words) -> Markup:
    """Inlet valve of tank `code` (T1) at (x, y), its state and opening in words above."""
    return group(
        valve_symbol(),
        text(0, -52, words["mimic.valve"], text_anchor="middle"),
        text(
            0, -35, words["mimic.state_unknown"], text_anchor="middle",
            class_="m-label m-strong", data_slot="state",
        ),
        class_="m-valve", data_kind="valve", data_bind=code, transform=f"translate({x:g} {y:g})",
    )  # fmt: skip


def sensor(x: float, y: float, letters: str) -> Markup:
    """A transmitter on a pipe, e.g. PT or FT."""
    return group(
        tag("circle", r=14, class_="m-sensor"),
        tag("text", letters, y=4.5, text_anchor="middle", class_="m-letters"),
        transform=f"translate({x:g} {y:g})",
    )


def diaphragm(x: float, y: float, label: str) -> Markup:
    """A diaphragm tank standing on the pipe at (x, y)."""
    return group(
        tag("path", d="M0 0V-16", class_="m-stem"),
        tag("rect", x=-13, y=-66, width=26, height=50, rx=13, class_="m-shell"),
        tag("path", d="M-13-41H13", class_="m-line"),
        text(0, -73, label, text_anchor="middle"),
        transform=f"translate({x:g} {y:g})",
    )


def indicator(x: float, y: float, length: float, kind: str, code: str, **more: object) -> Markup:
    """A moving analog indicator: upright bar, normal band, set point tick, pointer.

    kind 'deviation': middle is the set point `data_set`, the ends are `data_span` away from it;
    kind 'share': bottom is 0, top is `data_span`.
    """
    band = tag("rect", x=0, y=length * 0.4, width=8, height=length * 0.2, class_="m-band")
    tick = tag("path", d=f"M-3 {length / 2:g}H11", class_="m-tick")
    return group(
        tag("rect", x=0, y=0, width=8, height=length, class_="m-track"),
        *((band, tick) if kind == "deviation" else ()),
        tag("path", d="M8 0L17-5V5Z", class_="m-pointer", data_slot="pointer"),
        data_kind=kind, data_bind=code, data_length=length, transform=f"translate({x:g} {y:g})",
        **more,
    )  # fmt: skip


def zone_box(x: float, y: float, title: str, households: str) -> Markup:
    """The served floors: a small house front with its name above."""
    lines = "".join(f"M{x:g} {y + dy:g}h84" for dy in (12, 24, 36))
    return (
        tag("rect", x=x, y=y, width=84, height=48, class_="m-shell")
        + tag("path", d=lines, class_="m-floor")
        + text(x, y - 26, title, class_="m-state")
        + text(x, y - 9, households)
    )

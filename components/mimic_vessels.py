"""Tanks and surge vessels of the mimic: what stands between the main and the pumps."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from components.mimic_parts import Words, group, labelled, mark, tag, text, value

NORMAL_LEVEL = (0.35, 0.92)
"""Usual range of a tank's level as shares of the overflow level; dashed lines of the drawing."""
DEAD_LEVEL = 0.12
"""Share of the overflow level below which the pumps are stopped: no use for autonomy."""
HEADROOM = 1.08
"""Height of the drawn tank over its overflow level."""
DEFAULT_OVERFLOW = 3.0
"""m, for a tank whose record does not say."""


def tank_title(station: Any, code: str, words: Words) -> str:
    """Name of tank `code` with its volume to the overflow."""
    many = station.tanks > 1
    title = words["mimic.tank_n"].format(n=code[1:]) if many else words["mimic.tank"]
    if station.tank_area:
        overflow = station.overflow_level or DEFAULT_OVERFLOW
        title += f" · {station.tank_area * overflow / station.tanks:,.0f} m³"
    return title


def tank_drawing(
    x: float, y: float, width: float, height: float, clip: str, code: str, overflow: float
) -> Markup:
    """Shell and water of tank `code` (T1), top left corner at (x, y), `overflow` level in m.

    `clip` tells this drawing of the tank from others on the page.
    """
    shape = {"x": x, "y": y, "width": width, "height": height}
    return group(
        tag("clipPath", tag("rect", **shape, rx=5), id=f"m-clip-{clip}"),
        group(
            tag("rect", **shape, class_="m-water", data_slot="water"),
            tag("rect", **{**shape, "height": 1.5}, class_="m-surface", data_slot="surface"),
            clip_path=f"url(#m-clip-{clip})",
        ),
        tag("rect", **shape, rx=5, class_="m-shell"),
        mark(x + 16, y + 18),
        class_="m-tank", data_kind="tank", data_bind=code, data_height=height, data_y=y,
        data_top=round(overflow * HEADROOM, 3),
    )  # fmt: skip


def tank(
    x: float, y: float, width: float, height: float, code: str, overflow: float, words: Words
) -> Markup:
    """Tank `code` with its usual limits as dashed lines and its level in the middle."""

    def limit(share: float, word: str) -> Markup:
        at = y + height * (1 - share / HEADROOM)
        line = tag("path", d=f"M{x:g} {at:g}h{width:g}", class_="m-limit")
        label = f"{words[word]} {overflow * share:.2f}"
        below = 15 if share > 0.5 else -6
        return line + text(x + width - 4, at + below, label, text_anchor="end")

    level = value(
        x + width / 2, y + height * 0.5 + 6, f"{code}.LEVEL", "m", 2,
        text_anchor="middle", class_="m-value m-large",
    )  # fmt: skip
    return (
        tank_drawing(x, y, width, height, code, code, overflow)
        + limit(NORMAL_LEVEL[1], "mimic.high")
        + limit(NORMAL_LEVEL[0], "mimic.low")
        + level
    )


def autonomy(x: float, y: float, words: Words, **more: object) -> Markup:
    """Hours that the water above the dead level lasts at the present outflow."""
    return tag(
        "text",
        tag("tspan", words["mimic.autonomy"]),
        tag("tspan", "—", dx=5, class_="m-strong", data_slot="number"),
        tag("tspan", "h", dx=3),
        x=x, y=y, class_="m-label", data_kind="autonomy", **more,
    )  # fmt: skip


def floats(x: float, y: float, code: str, words: Words) -> Markup:
    """Words that show only while a float or the overflow switch of a tank is on."""
    return Markup("").join(
        text(
            x,
            y,
            words[f"mimic.{name.lower()}"],
            text_anchor="middle",
            class_="m-switch",
            data_kind="switch",
            data_bind=f"{code}.{name}",
        )
        for name in ("LL", "HH", "OVF")
    )


def surge_vessel(x: float, y: float, width: float, zone: str, words: Words) -> Markup:
    """Closed vessel of a stacked set, its middle line at y, with pressure and suppressor state."""
    return group(
        tag("rect", x=x, y=y - 34, width=width, height=68, rx=34, class_="m-shell"),
        tag("path", d=f"M{x + width / 2:g} {y - 34:g}v-12m-9 0h18", class_="m-line"),
        text(x + width / 2, y - 56, words["mimic.vessel"], text_anchor="middle"),
        value(x + width / 2, y + 6, f"{zone}.P_VES", "MPa", 3, text_anchor="middle"),
        tag(
            "text",
            tag("tspan", words["mimic.suppressor"]),
            tag("tspan", words["mimic.state_unknown"], dx=5, class_="m-strong", data_slot="state"),
            x=x + width / 2, y=y + 54, text_anchor="middle", class_="m-label",
            data_kind="suppressor", data_bind=f"{zone}.VAC",
        ),
        class_="m-vessel",
    )  # fmt: skip


def quality(x: float, y: float, words: Words) -> Markup:
    """Chlorine and turbidity of the water that leaves."""
    return labelled(x, y, words["mimic.chlorine"], "WQ.CL_OUT", "mg/L", 2, 60) + labelled(
        x + 114, y, words["mimic.turbidity"], "WQ.TURB", "NTU", 2, 60
    )

"""The balance inside the red line for one compound or the whole reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.results import Figure, figure, nothing
from analytics.water_balance import Difference, iwa, kind_of_loss, master_against_meters
from components.figure_text import figure_words
from components.formats import number, percent
from components.page import View
from data.station_rows import StationRow
from pages.leakage_scene import Scene


@dataclass(frozen=True)
class Parts:
    """(part, m³, css) of the bar, and what must be said to it."""

    shown: Sequence[tuple[str, float, str]]
    notes: Sequence[str]
    difference: Difference | None = None
    kind: str = ""


LEAST_DAYS = 5
"""Days with readings without which a balance isn't told from them."""


def parts_of(
    view: View, it: Scene, station: StationRow | None, homes: Mapping[str, float] | None
) -> Parts:
    """With household readings on at least LEAST_DAYS days: master against meters on these days,
    losses split into apparent and real. Without: night use tells what leaks, the rest is use; for
    that the day's hours are needed. Raises PartBroken."""
    place = None if station is None else it.place(station)
    if place is None:
        return Parts((), ())
    row = int(it.at[place])
    if homes is None or homes["days"] < LEAST_DAYS or homes["volume"] < 1.0:
        volume, days = float(it.spanned.volume[row]), float(it.spanned.known_days[row])
        per_day = float(it.columns["day"][place])
        if not np.isfinite(volume) or not days:
            return Parts((), ())
        if not np.isfinite(per_day):
            return Parts((), (view.text("leakage.words_unknown"),))
        leak = min(per_day * days, volume)
        notes = [view.text("leakage.note_no_readings")]
        if homes is not None:
            notes.append(view.text("leakage.note_few_readings", days=number(homes["days"])))
        return Parts((("use", volume - leak, "d1"), ("leak", leak, "d2")), notes)
    volume, metered, public, fire = (homes[n] for n in ("volume", "metered", "public", "fire"))
    difference = master_against_meters(volume, metered, public, fire, homes["imputed"])
    leak = float(it.nightly["day"][place]) * homes["days"]
    kind = kind_of_loss(difference.rate, _share(leak, volume))
    split = iwa(volume, metered + public, 0.0, fire, reasons=difference.rate.reasons)
    apparent = max(0.0, split.apparent.value or 0.0)
    real = max(0.0, split.real.value or 0.0)
    notes = [
        view.text("leakage.note_days", days=number(homes["days"])),
        view.text("leakage.note_difference", rate=percent(difference.rate.value, 1),
                  words=figure_words(difference.rate, view.language)),
        view.text("leakage.note_imputed", share=percent(100 * difference.imputed, 1)),
    ]  # fmt: skip
    if kind:
        notes.append(view.text(f"leakage.loss_{kind}"))
    stopped = homes["stopped"] / homes["days"]
    if stopped >= 0.5:
        notes.append(view.text("leakage.note_stopped", n=number(stopped)))
    shown = [("metered", metered, "d1"), ("public", public + fire, "d3"),
             ("apparent", apparent, "d4"), ("real", real, "d2")]  # fmt: skip
    return Parts([part for part in shown if part[1] > 0], notes, difference, kind)


def _share(leak: float, volume: float) -> Figure:
    if volume < 1.0:
        return nothing("%", "E4.4")
    return figure(100.0 * leak / volume, "%", "E4.4")

"""What open alarms and orders cost the people: homes x minutes, and who can't wait.

    losses = losses_of(stores, view.now, rows)       # alarm id -> Loss
    rows.sort(key=lambda row: losses[row.id].key)    # people without water first

For the list of alarms, the board of orders and an alarm's pane. Durations of the last HISTORY are
read once in KEPT_S seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from analytics.service_loss import FEWEST, Loss, service_loss
from components.formats import hours_minutes, number
from components.page import View
from data.alarms import ANNOUNCED, AlarmRow
from data.catalogue.service_loss import service_losses
from data.station_rows import StationRow
from data.stores import Stores

HISTORY = timedelta(days=90)
KEPT_S = 600.0


@dataclass
class _Kept:
    """Minutes by (rule, station) and by (rule, None) of all, until when they are good."""

    until: float = 0.0
    minutes: dict[tuple[str, int | None], list[float]] = field(default_factory=dict)


_KEPT: dict[str, _Kept] = {}
_LOCK = Lock()


def losses_of(stores: Stores, now: datetime, rows: Iterable[AlarmRow]) -> dict[int, Loss]:
    """The loss of each alarm, by its id."""
    history, sites = _history(stores, now), stores.sites.kinds()
    return {row.id: _loss(stores, row, history, sites) for row in rows}


def order_losses(stores: Stores, view: View) -> dict[int, Loss]:
    """Work order id -> the gravest loss of its open alarms."""
    rows = [row for row in stores.alarms.open(view.scope) if row.work_order_id is not None]
    losses, found = losses_of(stores, view.now, rows), dict[int, Loss]()
    for row in rows:
        known = found.get(row.work_order_id or 0)
        if known is None or losses[row.id].key < known.key:
            found[row.work_order_id or 0] = losses[row.id]
    return found


def people_first(stores: Stores, now: datetime, rows: Sequence[AlarmRow]) -> list[AlarmRow]:
    """Rows as they come by state and level, within these by people without water."""
    losses = losses_of(stores, now, rows)
    state = {name: n for n, name in enumerate(ANNOUNCED)}
    return sorted(rows, key=lambda r: (state.get(r.state, 9), r.level, losses[r.id].key))


def words(view: View, loss: Loss) -> str:
    """The loss as a cell of a list: homes and minutes, with the site that can't wait; '' where no
    tap is touched."""
    if loss.homes < 0.5:
        return ""
    said = view.text(
        "service_loss.cell", homes=number(loss.homes), minutes=hours_minutes(60.0 * loss.minutes)
    )
    return f"{view.text(f'service_loss.{loss.vulnerable}')} · {said}" if loss.vulnerable else said


def _loss(
    stores: Stores,
    row: AlarmRow,
    history: Mapping[tuple[str, int | None], list[float]],
    sites: Mapping[int, str],
) -> Loss:
    table = service_losses()
    station = stores.stations.get(row.station_id) if row.station_id else None
    own = history.get((row.rule, row.station_id), [])
    known = own if len(own) >= FEWEST else history.get((row.rule, None), [])
    share = table.shares.get(row.rule, 0.0)
    kind = sites.get(row.station_id or 0, "")
    return service_loss(share, homes(station, row.place), known, table.minutes[row.level], kind)


def homes(station: StationRow | None, place: str) -> float:
    """Homes behind a place: its zone's, else the station's; 0 without a station."""
    if station is None:
        return 0.0
    zone = next((one for one in station.sets if one.zone == place[:1]), None)
    return float(station.households if zone is None else zone.households)


def _history(stores: Stores, now: datetime) -> dict[tuple[str, int | None], list[float]]:
    with _LOCK:
        kept = _KEPT.setdefault(str(stores.db.url), _Kept())
        if time.monotonic() >= kept.until:
            found: dict[tuple[str, int | None], list[float]] = {}
            for rule, station, minutes in stores.alarms.durations(now - HISTORY, now):
                found.setdefault((rule, station), []).append(minutes)
                if station is not None:
                    found.setdefault((rule, None), []).append(minutes)
            kept.minutes, kept.until = found, time.monotonic() + KEPT_S
        return kept.minutes

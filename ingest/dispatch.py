"""Work orders for alarms: a grave alarm makes one, further alarms of the station join it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from analytics.alarm import CLOSED, HIDDEN, Alarm
from data.catalogue.rules import Rule
from data.work_orders import WorkOrders

WORST = 2
"""Alarms of this level and worse make work orders."""
SETTLE_MS = 10_000
"""Age before an alarm makes one: until then its parent may still turn up."""
JOIN = timedelta(minutes=30)
"""An order this young takes in further alarms of its station."""
MOST = 10
"""Orders a step; in a storm the others wait, the worst first."""


class Dispatch:
    """Makes orders through the store; the alarm then knows its order."""

    def __init__(self, orders: WorkOrders, rules: Mapping[str, Rule]) -> None:
        self._orders = orders
        self._templates = {rule.id: rule.template for rule in rules.values() if rule.template}

    def step(self, alarms: Iterable[Alarm], now: datetime) -> list[Alarm]:
        """Give an order to the alarms that are due; these, at most MOST of them."""
        latest = round(now.timestamp() * 1000) - SETTLE_MS
        due = [alarm for alarm in alarms if alarm.order is None and self._due(alarm, latest)]
        due.sort(key=lambda alarm: (alarm.level, alarm.active_ms))
        for alarm in due[:MOST]:
            alarm.order = self._order(alarm, now)
        return due[:MOST]

    def _due(self, alarm: Alarm, latest: int) -> bool:
        return (
            alarm.level <= WORST
            and alarm.id is not None
            and alarm.station is not None
            and alarm.state not in (*HIDDEN, CLOSED)
            and alarm.active_ms <= latest
            and alarm.rule in self._templates
        )

    def _order(self, alarm: Alarm, now: datetime) -> int:
        assert alarm.station is not None  # noqa: S101 - see _due
        joined = self._orders.open_of_station(alarm.station, now - JOIN)
        if joined is not None:
            return joined.id
        template = self._templates[alarm.rule]
        return self._orders.create(alarm.station, template, alarm.level, alarm.id, now).id

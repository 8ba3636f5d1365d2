"""Open alarms, found by what they are about."""

from __future__ import annotations

from analytics.alarm import Alarm, Key


class Index:
    """Open alarms by key: all, and those of each station, district and area."""

    def __init__(self) -> None:
        self.open: dict[Key, Alarm] = {}
        self.of_station: dict[int, dict[Key, Alarm]] = {}
        self.of_district: dict[int, dict[Key, Alarm]] = {}
        self.of_area: dict[int, dict[Key, Alarm]] = {}
        """Those of the district itself, not of its stations."""

    def _enter(self, alarm: Alarm) -> None:
        for index in self._indexes(alarm):
            index[alarm.key] = alarm

    def _leave(self, alarm: Alarm) -> None:
        for index in self._indexes(alarm):
            del index[alarm.key]

    def _indexes(self, alarm: Alarm) -> tuple[dict[Key, Alarm], ...]:
        if alarm.station is None:
            own = self.of_area.setdefault(alarm.district, {})
        else:
            own = self.of_station.setdefault(alarm.station, {})
        return self.open, self.of_district.setdefault(alarm.district, {}), own

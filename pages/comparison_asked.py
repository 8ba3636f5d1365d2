"""What the page of comparison is asked: who looks, where, at what and when."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from components.page import View
from components.selection import Entity
from components.time_range import TimeRange
from data.station_rows import SetRow, StationRow
from data.stores import Stores
from pages.comparison_facts import fleet
from pages.reach import Reach


@dataclass(frozen=True)
class Asked:
    """What the page is asked: who, where, when."""

    stores: Stores
    view: View
    reach: Reach
    whole: bool
    """The reach is all that the viewer may see."""
    entities: list[Entity]
    span: TimeRange

    @property
    def fleet(self) -> pl.DataFrame:
        return fleet(self.stores, self.view, self.span, self.reach.ids, self.whole)

    def station(self, entity: Entity) -> StationRow | None:
        return self.stores.stations.get(entity.station, self.view.scope)

    def set_of(self, entity: Entity) -> SetRow | None:
        """The set that stands for the entity: its own, or the station's first."""
        station = self.station(entity)
        rows = () if station is None else station.sets
        return next((row for row in rows if entity.zone in ("", row.zone)), None)

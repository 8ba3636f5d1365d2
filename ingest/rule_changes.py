"""Alarms under the rules that are in force: a deployment takes effect without a restart.

A change makes another `Alarming`, which goes on from timers and open alarms as after a restart;
alarms of a rule that was switched off are dismissed by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import structlog

from analytics.expressions import compile_expression
from data.catalogue.errors import CatalogueError
from data.catalogue.rules import Rule
from data.database import RecordsError
from data.stores import Stores
from ingest.alarming import Alarming
from ingest.fleet import Fleet
from ingest.frames import Answer

LOOK_MS = 10_000
"""How often it is asked whether a rule was deployed."""
log = structlog.get_logger(__name__)


class Watching:
    """The alarms of one fleet, whatever rules come; belongs to one thread."""

    def __init__(self, stores: Stores, fleet: Fleet) -> None:
        """Goes on where the last run stopped. Raises CatalogueError for a rule that can't run."""
        self._stores, self._fleet = stores, fleet
        self._looked = 0
        self._begin(stores.rules.stamp())

    def arrived(self, answers: Sequence[Answer]) -> None:
        self.alarming.arrived(answers)

    def landed(self, now: datetime) -> None:
        """All minutes that are over at `now` are in the lake; called by the thread of the lake."""
        self.alarming.late.landed(now)

    def close(self) -> None:
        """No more is asked; lets what runs in the background end."""
        self.alarming.late.close()

    def sample(self, second: int, fresh: np.ndarray) -> None:
        self.alarming.sample(second, fresh)

    def tick(self, second: int) -> None:
        """A second of the clock is over; see Alarming.tick."""
        if abs(second - self._looked) >= LOOK_MS:
            self._looked = second
            self._look(second)
        self.alarming.tick(second)

    def _look(self, second: int) -> None:
        """Go on under other rules when some were deployed; when that can't be now, later."""
        try:
            stamp = self._stores.rules.stamp()
            if stamp == self._stamp or not self.alarming.hand_over(second):
                return
            self.close()
            self._begin(stamp)
            log.info("rules were deployed", deployments=stamp)
        except (RecordsError, CatalogueError) as error:
            log.error("deployed rules can't be used yet", why=str(error))

    def _begin(self, stamp: int) -> None:
        """Let alarms begin, and the page of rules see which deployments are in use."""
        self.alarming = Alarming(self._stores, self._fleet, in_force(self._stores))
        self.level, self.unacknowledged = self.alarming.level, self.alarming.unacknowledged
        self._stamp = stamp
        self._stores.status.put("rules", {"deployments": stamp}, datetime.now(UTC))


def in_force(stores: Stores) -> Mapping[str, Rule]:
    """The rules that are evaluated, the catalogue's where a changed one can't be read any more."""
    return stores.rules.in_force(compile_expression)

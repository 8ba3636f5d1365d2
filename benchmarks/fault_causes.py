"""What the diagnosis says of the alarms that find the faults, as the collector would ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analytics.alarm import Alarm
from analytics.diagnosis import Diagnosis, diagnose
from analytics.symptoms import Window
from benchmarks.diagnosed import TRUTH, Recorder, rank_of
from benchmarks.fault_city import Watched
from benchmarks.fault_draws import Event
from benchmarks.fault_scores import Expect, Verdict
from data.catalogue.diagnosis import matrix
from ingest.diagnosis_window import AFTER


class Causes:
    """Watches a city; diagnoses each alarm that finds its fault AFTER s later."""

    def __init__(
        self, watched: Watched, events: Sequence[Event], expected: Mapping[str, Expect]
    ) -> None:
        self._watched = watched
        self._code = {row.id: event.code for event in events for row in event.rows}
        self._area = {event.rows[0].district_id: event.code
                      for event in events if len(event.rows) > 1}  # fmt: skip
        self._rules = {code: expect.rules for code, expect in expected.items()}
        self._recorder = Recorder(watched.fleet, sorted(self._code))
        self._waiting: list[Alarm] = []
        self._known = 0
        self.verdicts: dict[Alarm, Verdict] = {}

    def __call__(self, now: int) -> None:
        self._recorder.look(now)
        alarms = self._watched.judge.alarms
        for alarm in alarms[self._known :]:
            code = self._of(alarm)
            if code and alarm.rule in self._rules[code]:
                self._waiting.append(alarm)
        self._known = len(alarms)
        due = [one for one in self._waiting if now >= one.active_ms + 1000 * AFTER]
        for alarm in due:
            self._diagnose(alarm, now)
        if due:
            self._waiting = [one for one in self._waiting if one not in due]

    def finish(self, now: int) -> dict[Alarm, Verdict]:
        """Those of the last minute too."""
        for alarm in self._waiting:
            self._diagnose(alarm, now)
        return self.verdicts

    def _of(self, alarm: Alarm) -> str:
        if alarm.station is None:
            return self._area.get(alarm.district, "")
        return self._code.get(alarm.station, "")

    def _diagnose(self, alarm: Alarm, now: int) -> None:
        found = self._recorder.diagnose(
            alarm.rule, alarm.station, alarm.district, alarm.point, alarm.place,
            alarm.active_ms, alarm.raw_ms, now,
        )  # fmt: skip
        self.verdicts[alarm] = verdict(found, self._of(alarm))


def verdict(found: Diagnosis, code: str) -> Verdict:
    """Rank of the true cause, and the Brier score of all probabilities (0 best, 2 worst)."""
    truth = TRUTH[code]
    right = sum(c.probability for c in found.causes if c.fault in truth)
    wrong = sum(c.probability**2 for c in found.causes if c.fault not in truth)
    return Verdict(rank_of(found, code), (1.0 - right) ** 2 + wrong)


def by_rule(rule: str, code: str) -> Verdict:
    """The same where no window of samples is at hand: what the rule alone says."""
    return verdict(diagnose(Window(np.zeros(0), {}), rule, matrix()), code)

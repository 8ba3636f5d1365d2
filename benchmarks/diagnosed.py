"""Windows of a simulated city for the diagnosis, and which of its faults each simulated one is.

    recorder = Recorder(watched.fleet, [row.id for row in struck])
    watched.go(seconds, recorder.look)                    # after each poll
    found = recorder.diagnose(rule, station_id, point, place, raised_ms, raw_ms)
    rank_of(found, "F02")                                 # 1 = right, 0 = not among them

Diagnose once ingest.diagnosis_window.AFTER s have passed since the alarm was raised, as the
collector does. `station_id` None: an alarm of an area, judged by its neighbourhood alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from analytics.diagnosis import Diagnosis, diagnose
from analytics.symptoms import Window
from data.catalogue.diagnosis import matrix
from data.catalogue.flags import Flag
from ingest.diagnosis_window import AFTER, BEFORE, Spot, codes_of, facts_of
from ingest.fleet import MISSING, Fleet

POLLS = 990
"""Polls of 2 s that are kept: a window and a little more."""
SILENT = 30.0
"""s without an answer after which a neighbour counts as silent."""
LOW_MAINS = 0.18

TRUTH: dict[str, tuple[str, ...]] = {
    "F01": ("leak",), "F02": ("burst",), "F03": ("pump_worn",), "F04": ("strainer_clogged",),
    "F05": ("valve_stuck_open", "valve_stuck_shut"), "F06": ("check_valve_leaks",),
    "F07": ("gauge_drifts",), "F08": ("gauge_stuck",), "F09": ("gauge_noisy",),
    "F10": ("drive_trip",), "F11": ("all_pumps_failed",), "F12": ("power_loss",),
    "F13": ("phase_lost",), "F14": ("link_lost",), "F15": ("carrier_outage",),
    "F16": ("plc_stopped",), "F18": ("scale_wrong",), "F19": ("valve_stuck_open",),
    "F20": ("room_pipe_leaks", "sump_pump_failed"), "F21": ("intruder",),
    "F22": ("inlet_chlorine",), "F23": ("mains_turbid",), "F24": ("contamination",),
    "F25": ("cell_dry",), "F26": ("vessel_flat",), "F27": ("control_hunts",),
    "F28": ("setpoint_changed",), "F29": ("mains_low",), "F30": ("mains_low",),
    "F31": ("contact_inverted",), "F32": ("contact_loose",), "F33": ("home_meters",),
}  # fmt: skip
"""Fault of the simulator -> faults of the diagnosis that are right; F20 is two at once, a pipe that
leaks and a sump pump that doesn't carry it off, and F05 sticks open or shut."""


def rank_of(found: Diagnosis, code: str) -> int:
    """Rank from 1 of the true cause, 0 when it isn't among them."""
    ranks = [n for n, cause in enumerate(found.causes, 1) if cause.fault in TRUTH[code]]
    return min(ranks, default=0)


class Recorder:
    """Keeps the last half hour of some stations of a fleet, and who is silent in all of it."""

    def __init__(self, fleet: Fleet, stations: Sequence[int]) -> None:
        self._fleet = fleet
        self._rows = {id: fleet.row_of[id] for id in stations}
        self._codes = {
            id: [c for c in codes_of(fleet.stations[row]) if c in fleet.line_of]
            for id, row in self._rows.items()
        }
        self._lines = {
            id: np.array([fleet.line_of[code] for code in codes], np.intp)
            for id, codes in self._codes.items()
        }
        self._kept: dict[int, deque[tuple[int, np.ndarray]]] = {
            id: deque(maxlen=POLLS) for id in stations
        }
        self._mains = fleet.line_of["PH.P_MAIN"]
        self._divisor = np.array([float(1 / c.point.resolution) for c in fleet.columns])

    def look(self, now: int) -> None:
        """Take in what the stations told in this poll; a silent one tells nothing."""
        fleet = self._fleet
        for id, row in self._rows.items():
            if fleet.fast_ms[row] == now:
                lines = self._lines[id]
                raw, flags = fleet.values[lines, row], fleet.flags[lines, row]
                values = np.where(raw == MISSING, np.nan, raw / self._divisor[lines])
                values[flags == Flag.BAD_SENSOR] = np.nan
                self._kept[id].append((now, values))

    def window(
        self, station: int, point: str, place: str, raised: int, raw: int, now: int
    ) -> Window:
        """The window of an alarm, as far as `now` ms."""
        row, spot = self._fleet.stations[self._rows[station]], Spot.of(place)
        low, high = raised - 1000 * BEFORE, min(now, raised + 1000 * AFTER)
        kept = [(ms, values) for ms, values in self._kept[station] if low <= ms <= high]
        table = np.array([values for _, values in kept]).reshape(-1, len(self._codes[station]))
        return Window(
            at=np.array([(ms - raised) / 1000.0 for ms, _ in kept]),
            values={code: table[:, n] for n, code in enumerate(self._codes[station])},
            zone=spot.zone, pump=spot.pump, tank=spot.tank, point=point,
            onset=(raw - raised) / 1000.0, facts=facts_of(row, spot.zone),
            around=self.around(row.district_id, station, now),
        )  # fmt: skip

    def around(self, district: int, station: int | None, now: int) -> dict[str, float]:
        """The neighbourhood at `now` ms."""
        fleet = self._fleet
        silence = (now - fleet.fast_ms) / 1000.0
        near = np.array([s.district_id == district and s.id != station for s in fleet.stations])
        low = fleet.values[self._mains] < LOW_MAINS * self._divisor[self._mains]
        low &= fleet.values[self._mains] != MISSING
        found = {
            "near_silent": float((silence[near] > SILENT).mean()) if near.any() else np.nan,
            "fleet_silent": float((silence > SILENT).mean()),
            "near_mains_low": float((low & near).sum()),
        }
        if station is not None:
            found["silence"] = float(silence[fleet.row_of[station]])
        return found

    def diagnose(
        self, rule: str, station: int | None, district: int, point: str, place: str, raised: int,
        raw: int, now: int,
    ) -> Diagnosis:  # fmt: skip
        """What the diagnosis says of an alarm."""
        if station is None or station not in self._rows:
            window = Window(np.zeros(0), {}, around=self.around(district, None, now))
        else:
            window = self.window(station, point, place, raised, raw, now)
        return diagnose(window, rule, matrix())

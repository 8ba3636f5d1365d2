"""What the collector says of itself: rates, lags and counts since the last report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import psutil

from ingest.journal import Batch

Fact = float | int | str | None


class Figures:
    """Collects between two reports; CPU and memory are those of this process."""

    def __init__(self, started: datetime) -> None:
        self._process = psutil.Process()
        self.started = started
        self.first_sweep_s: float | None = None
        """From `started` until every station had answered or been found silent."""
        self.samples = 0
        self.acknowledged = 0
        """Frames safe on disk since the start."""
        self._acks: list[np.ndarray] = []
        self._lags: list[float] = []
        self._last = self._now(0)

    def _now(self, polls: int) -> tuple[float, float, int, int]:
        cpu = self._process.cpu_times()
        return time.monotonic(), cpu.user + cpu.system, self.samples, polls

    def synced(self, batches: Sequence[Batch], now_ms: int) -> None:
        """Note what is safe on disk since `now_ms`."""
        for batch in batches:
            self.acknowledged += len(batch.ms)
            self._acks.append(now_ms - batch.ms)

    def lagged(self, seconds: Sequence[float]) -> None:
        """Note how late the turns of the last second came."""
        self._lags += seconds

    def swept(self, all_tried: bool, now_ms: int) -> None:
        """Note whether every station has answered by now or been found silent."""
        if all_tried and self.first_sweep_s is None:
            self.first_sweep_s = round(now_ms / 1000 - self.started.timestamp(), 3)

    def report(self, polls: int) -> dict[str, Fact]:
        """Rates per second since the last report; `polls` are all requests since the start."""
        before, after = self._last, self._now(polls)
        self._last = after
        seconds = max(after[0] - before[0], 1e-3)
        acks = np.concatenate(self._acks) if self._acks else np.zeros(0)
        lags = np.array(self._lags) * 1000
        self._acks, self._lags = [], []
        return {
            "started_at": self.started.isoformat(timespec="milliseconds"),
            "first_sweep_s": self.first_sweep_s,
            "cpu_share": round((after[1] - before[1]) / seconds, 4),
            "samples_per_s": round((after[2] - before[2]) / seconds, 1),
            "polls_per_s": round((after[3] - before[3]) / seconds, 1),
            "frames_acknowledged": self.acknowledged,
            "ack_p50_ms": _percentile(acks, 50),
            "ack_p99_ms": _percentile(acks, 99),
            "lag_p50_ms": _percentile(lags, 50),
            "lag_p99_ms": _percentile(lags, 99),
            "rss_mb": round(self._process.memory_info().rss / 1e6, 1),
        }


def process_start() -> datetime:
    """When this process began, interpreter and imports included."""
    return datetime.fromtimestamp(psutil.Process().create_time(), UTC)


def _percentile(values: np.ndarray, q: float) -> float | None:
    return round(float(np.percentile(values, q)), 2) if len(values) else None

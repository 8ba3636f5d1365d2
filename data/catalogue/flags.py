"""Quality of a raw sample: one small number beside every value. A flag never deletes."""

from __future__ import annotations

from enum import IntEnum


class Flag(IntEnum):
    """What is known about a sample; GOOD costs nothing in the lake."""

    GOOD = 0
    UNCERTAIN = 1
    BAD_SENSOR = 2
    BAD_COMM = 3
    """Gateway or bus silent; the value is the last known one."""
    STALE = 4
    FROZEN = 5
    OUT_OF_RANGE = 6
    RATE = 7
    MANUAL = 8
    BACKFILL = 9
    SIM = 10
    MAINT = 11


PRECEDENCE = (
    Flag.BAD_SENSOR,
    Flag.OUT_OF_RANGE,
    Flag.BAD_COMM,
    Flag.STALE,
    Flag.FROZEN,
    Flag.RATE,
    Flag.MAINT,
    Flag.MANUAL,
    Flag.BACKFILL,
    Flag.UNCERTAIN,
    Flag.GOOD,
)
"""Which one is kept when several apply, strongest first."""

USABLE = frozenset({Flag.GOOD, Flag.UNCERTAIN, Flag.MANUAL, Flag.BACKFILL, Flag.SIM})
"""Flags of samples that analytics and alarms may use."""

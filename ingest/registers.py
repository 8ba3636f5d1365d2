"""Registers to numbers: one block of all stations of one plan at once. Pure."""

from __future__ import annotations

import numpy as np

from data.catalogue.flags import Flag
from data.catalogue.profiles import KINDS, BlockPlan

MISSING = np.iinfo(np.int64).min
_LARGEST = float(2**62)
"""A float beyond this is no measurement; it would overflow the matrix."""


def decode(plan: BlockPlan, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`Decoder(plan)(words)` for one-off use."""
    return Decoder(plan)(words)


class Decoder:
    """Decodes the blocks of one plan; made once, called each tick."""

    def __init__(self, plan: BlockPlan) -> None:
        self.plan = plan
        self._swapped = plan.word_order in ("BADC", "DCBA")
        first, second = (1, 0) if plan.word_order in ("CDAB", "DCBA") else (0, 1)
        self._high = plan.word + first
        self._low = plan.word + second
        of = {kind: np.flatnonzero(plan.kind == i) for i, kind in enumerate(KINDS)}
        self._bits, self._floats = of["bit"], of["float32"]
        self._words = np.concatenate((of["uint16"], of["int16"]))
        self._signed = len(of["uint16"])
        self._longs = np.concatenate((of["uint32"], of["int32"]))
        self._long_signed = len(of["uint32"])
        self._shift = plan.bit[self._bits, None].astype(np.uint16)
        self._closed = plan.closed[self._bits, None].astype(np.int64)
        self._fillers = [np.uint16(f & 0xFFFF) for f in plan.fillers]
        self._fillers_signed = [np.uint16(f & 0xFFFF) for f in plan.fillers_signed]
        self._scale = plan.multiplier[:, None]
        self._offset = plan.offset[:, None]

    def __call__(self, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """words: uint16[m, count] as numbers (any byte order of dtype), one row an answer.

        Returns values int64[k, m] in catalogue units and flags uint8[k, m]: a filler, NaN or
        infinity is MISSING and BAD_SENSOR. Raises ValueError when the width isn't the plan's.
        """
        if words.ndim != 2 or words.shape[1] != self.plan.count:
            raise ValueError(f"{words.shape} registers, the plan has {self.plan.count} a row")
        raw = np.ascontiguousarray(words.T, dtype=np.uint16)
        if self._swapped:
            raw = raw.byteswap()
        values = np.zeros((len(self.plan.codes), raw.shape[1]), np.int64)
        bad = np.zeros(values.shape, bool)
        values[self._bits] = (
            (raw[self.plan.word[self._bits]] >> self._shift) & np.uint16(1)
        ) ^ self._closed
        self._decode_words(raw, values, bad)
        if len(self._longs):
            self._decode_longs(raw, values, bad)
        if len(self._floats):
            self._decode_floats(raw, values, bad)
        values[bad] = MISSING
        return values, bad.view(np.uint8) * np.uint8(Flag.BAD_SENSOR)

    def _decode_words(self, raw: np.ndarray, values: np.ndarray, bad: np.ndarray) -> None:
        found = raw[self.plan.word[self._words]]
        wrong = np.zeros(found.shape, bool)
        for filler in self._fillers:
            wrong[: self._signed] |= found[: self._signed] == filler
        for filler in self._fillers_signed:
            wrong[self._signed :] |= found[self._signed :] == filler
        numbers = found.astype(np.int64)
        numbers[self._signed :] = found[self._signed :].view(np.int16)
        self._store(self._words, numbers, wrong, values, bad)

    def _pair(self, raw: np.ndarray, points: np.ndarray) -> np.ndarray:
        pair: np.ndarray = raw[self._high[points]].astype(np.uint32) << np.uint32(16)
        pair |= raw[self._low[points]]
        return pair

    def _decode_longs(self, raw: np.ndarray, values: np.ndarray, bad: np.ndarray) -> None:
        found = self._pair(raw, self._longs)
        wrong = found == np.uint32(0xFFFFFFFF)
        wrong[self._long_signed :] = found[self._long_signed :] == np.uint32(0x7FFFFFFF)
        numbers = found.astype(np.int64)
        numbers[self._long_signed :] = found[self._long_signed :].view(np.int32)
        self._store(self._longs, numbers, wrong, values, bad)

    def _store(
        self,
        points: np.ndarray,
        numbers: np.ndarray,
        wrong: np.ndarray,
        values: np.ndarray,
        bad: np.ndarray,
    ) -> None:
        values[points] = numbers * self._scale[points] + self._offset[points]
        bad[points] = wrong

    def _decode_floats(self, raw: np.ndarray, values: np.ndarray, bad: np.ndarray) -> None:
        points = self._floats
        with np.errstate(invalid="ignore"):  # a signalling NaN is an answer, not a warning
            found = self._pair(raw, points).view(np.float32).astype(np.float64)
        units = np.rint(found / self.plan.resolution[points, None])
        wrong = ~(np.abs(units) < _LARGEST)
        units[wrong] = 0.0
        values[points] = units.astype(np.int64) + self._offset[points]
        bad[points] = wrong

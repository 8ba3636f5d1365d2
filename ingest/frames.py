"""Frames: one answer of one gateway, with its time, as the journal keeps it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

FAST, SLOW = 0, 1
SECOND = 1000
BLOCKS: tuple[Literal["fast"], Literal["slow"]] = ("fast", "slow")
_COUNT = struct.Struct("<I")


class Frame(NamedTuple):
    """The registers of one block as received."""

    station: int
    """Station ID (not the row of the matrix, which changes with the list of stations)."""
    block: int
    """0 fast, 1 slow."""
    ms: int
    """UTC, milliseconds, when the answer came."""
    words: bytes
    """Registers, big-endian."""


class Recorded(NamedTuple):
    """The values of one block as the lake has them."""

    station: int
    block: int
    ms: int
    values: np.ndarray
    """int64[points of the block's plan], in units of their resolution; MISSING."""


Answer = Frame | Recorded


def by_second(answers: Iterable[Answer]) -> dict[int, list[Answer]]:
    """Answers by the whole second, UTC ms, that ends theirs, in the order of their times; of one
    moment slow before fast."""
    found: dict[int, list[Answer]] = {}
    for one in sorted(answers, key=lambda one: (one.ms, -one.block)):
        found.setdefault(-(-one.ms // SECOND) * SECOND, []).append(one)
    return found


def pack(frames: Sequence[Frame]) -> bytes:
    """Frames as one block of columns; `unpack` is the way back. Words must be even in length."""
    count = len(frames)
    return b"".join(
        (
            _COUNT.pack(count),
            np.fromiter((f.station for f in frames), "<i4", count).tobytes(),
            np.fromiter((f.ms for f in frames), "<i8", count).tobytes(),
            np.fromiter((f.block for f in frames), "u1", count).tobytes(),
            np.fromiter((len(f.words) // 2 for f in frames), "u1", count).tobytes(),
            *(f.words for f in frames),
        )
    )


def unpack(body: bytes) -> list[Frame]:
    """Frames of one packed block, in their order. Raises ValueError when sizes don't agree."""
    if len(body) < _COUNT.size:
        raise ValueError("a packed block needs its count")
    (count,) = _COUNT.unpack_from(body)
    head = _COUNT.size + 14 * count
    if len(body) < head:
        raise ValueError(f"{len(body)} bytes can't hold {count} frames")
    at = _COUNT.size
    stations = np.frombuffer(body, "<i4", count, at).tolist()
    ms = np.frombuffer(body, "<i8", count, at + 4 * count).tolist()
    blocks = np.frombuffer(body, "u1", count, at + 12 * count).tolist()
    sizes = np.frombuffer(body, "u1", count, at + 13 * count).astype(np.int64) * 2
    ends = head + np.cumsum(sizes)
    if len(body) != (int(ends[-1]) if count else head):
        raise ValueError(f"{len(body)} bytes don't match the sizes of {count} frames")
    starts = (ends - sizes).tolist()
    words = [body[a:b] for a, b in zip(starts, ends.tolist(), strict=True)]
    return list(map(Frame, stations, blocks, ms, words))

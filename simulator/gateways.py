"""Gateways on loopback: every station answers Modbus TCP on its own address, as a real one would.

One small asyncio protocol serves all; answers take a station's own time, and a link can be down
(connections refused or cut) or silent (accepted, never answered).
"""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
import struct
import time
from collections.abc import Sequence
from enum import IntEnum
from typing import BinaryIO

import numpy as np

from data.stations import StationRow
from simulator.draws import key, uniform
from simulator.registers import Registers

BACKLOG = 128
SPARE_FILES = 256
HEADER = struct.Struct(">HHHBB")
REQUEST = struct.Struct(">HH")
WIRE = struct.Struct("<iBqH")
"""Wire log: station id, block, ms UTC, registers; then the registers, big-endian."""
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, NO_TARGET = 1, 2, 3, 11
MOST = 125
LONGEST_FRAME = 260
SLOT, SLOTS = 0.01, 32
"""s of a slot of the wheel of waiting answers, and how many there are."""


class Link(IntEnum):
    """What a station's link does."""

    UP = 0
    DOWN = 1
    SILENT = 2


Waiting = tuple["Conversation", int, int, int, bytes]
"""Who asked, number, unit and function of the request, its body."""


class Gateways:
    """All stations' servers in one event loop."""

    def __init__(
        self,
        stations: Sequence[StationRow],
        registers: Registers,
        seed: int,
        wire_log: BinaryIO | None = None,
    ) -> None:
        self.stations, self.registers = tuple(stations), registers
        self.link = np.zeros(len(self.stations), np.uint8)
        keys = np.array([key(row.code) for row in self.stations], np.int64)
        self._delay: list[float] = (0.02 + 0.20 * uniform(seed, "latency", keys) ** 2).tolist()
        self._jitter = np.random.default_rng(seed)
        self._open: list[set[Conversation]] = [set() for _ in self.stations]
        self._servers: list[asyncio.Server] = []
        self._wheel: list[list[Waiting]] = [[] for _ in range(SLOTS)]
        self._slot = 0
        self._turning: asyncio.TimerHandle | None = None
        self._log = wire_log
        self.answered = 0

    async def listen(self) -> None:
        """Open every station's address. Raises OSError, naming the address, when one is taken."""
        raise_file_limit(2 * len(self.stations) + SPARE_FILES)
        loop = asyncio.get_running_loop()
        for i, row in enumerate(self.stations):
            door = socket.socket()
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind((row.host, row.port))
            except OSError as error:
                door.close()
                self.close()
                raise OSError(
                    error.errno, f"gateway of {row.code} can't listen on {row.host}:{row.port}: "
                    f"{error.strerror}; is another simulator running?"
                ) from error  # fmt: skip
            server = await loop.create_server(
                lambda i=i: Conversation(self, i),  # type: ignore[misc]
                sock=door,
                backlog=BACKLOG,
            )
            self._servers.append(server)

        self._turn(loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send what is due: many answers a wake-up, for wake-ups are what they cost most."""
        now = int(loop.time() / SLOT)
        for slot in range(max(self._slot, now - SLOTS) + 1, now + 1):
            due, self._wheel[slot % SLOTS] = self._wheel[slot % SLOTS], []
            for talk, number, unit, function, body in due:
                talk.send(number, unit, function, body)
        self._slot = now
        self._turning = loop.call_at((now + 1) * SLOT, self._turn, loop)

    def later(self, station: int, request: Waiting) -> None:
        """Have a request answered after its station's time."""
        slots = max(1, round(self.delay(station) / SLOT))
        self._wheel[(self._slot + slots) % SLOTS].append(request)

    def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._turning is not None:
            self._turning.cancel()
        for server in self._servers:
            server.close()
        for talks in self._open:
            for talk in tuple(talks):
                talk.cut()
        if self._log is not None:
            self._log.flush()

    def set_link(self, station: int, link: Link) -> None:
        """Change what the link of a station (index) does; a link that goes down is cut."""
        self.link[station] = link
        if link == Link.DOWN:
            for talk in tuple(self._open[station]):
                talk.cut()

    def delay(self, station: int) -> float:
        """Seconds until the next answer of a station: 20 to 300 ms."""
        return min(0.3, self._delay[station] + 0.08 * float(self._jitter.random()))

    def opened(self, station: int, talk: Conversation) -> bool:
        """Whether a new connection may stay."""
        if self.link[station] == Link.DOWN:
            return False
        self._open[station].add(talk)
        return True

    def closed(self, station: int, talk: Conversation) -> None:
        self._open[station].discard(talk)

    def answer(self, station: int, unit: int, function: int, body: bytes) -> bytes:
        """The answer's PDU to a request's, exceptions included."""
        if unit != self.stations[station].unit:
            return bytes((function | 0x80, NO_TARGET))
        if function not in (3, 4) or len(body) != REQUEST.size:
            return bytes((function | 0x80, ILLEGAL_FUNCTION))
        address, count = REQUEST.unpack(body)
        if not 1 <= count <= MOST:
            return bytes((function | 0x80, ILLEGAL_VALUE))
        try:
            block, words = self.registers.read(station, function, address, count)
        except LookupError as refusal:
            return bytes((function | 0x80, refusal.args[0]))
        self.answered += 1
        if self._log is not None:
            now = time.time_ns() // 1_000_000
            self._log.write(WIRE.pack(self.stations[station].id, block, now, count) + words)
        return bytes((function, len(words))) + words


class Conversation(asyncio.Protocol):
    """One connection to one gateway."""

    __slots__ = ("_city", "_pending", "_station", "_transport")

    def __init__(self, city: Gateways, station: int) -> None:
        self._city, self._station = city, station
        self._pending = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")  # noqa: S101
        self._transport = transport  # type: ignore[assignment]
        if not self._city.opened(self._station, self):
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        self._city.closed(self._station, self)
        self._transport = None

    def cut(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while len(self._pending) >= HEADER.size:
            number, protocol, length, unit, function = HEADER.unpack_from(self._pending)
            if protocol != 0 or not 2 <= length <= LONGEST_FRAME:
                self.cut()
                return
            if len(self._pending) < 6 + length:
                return
            body = self._pending[HEADER.size : 6 + length]
            self._pending = self._pending[6 + length :]
            if self._city.link[self._station] != Link.UP:
                continue
            self._city.later(self._station, (self, number, unit, function, body))

    def send(self, number: int, unit: int, function: int, body: bytes) -> None:
        """Answer a request now."""
        if self._transport is None or self._city.link[self._station] != Link.UP:
            return
        answer = self._city.answer(self._station, unit, function, body)
        self._transport.write(struct.pack(">HHHB", number, 0, len(answer) + 1, unit) + answer)


def raise_file_limit(wanted: int) -> None:
    """Let this process open `wanted` files. Raises OSError that says how where it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise OSError(
                errno.EMFILE,
                f"{wanted} open files are needed, the limit is {hard}: raise it with "
                f"'ulimit -Hn {wanted}' (or LimitNOFILE of the service), or use fewer stations",
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

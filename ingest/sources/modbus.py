"""Modbus TCP: one block read a gateway and cycle, all gateways on one loop.

pymodbus speaks the protocol; its public hooks keep a poll cheap: answers arrive by `trace_pdu`
(`no_response_expected`), so that no task or timer exists per request, and a registered response
class leaves the registers as the bytes they came in. A wheel of slots is the only timer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Sequence

import structlog
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from data.logs import Rationed
from ingest.backoff import Backoff
from ingest.frames import BLOCKS, FAST, SLOW, Frame
from ingest.gateways import Gateway, Read
from ingest.wheel import SLOT, Wheel

SILENT = 2
"""Requests without an answer after which a link is given up and made anew."""
SHORTEST, LONGEST = 1.0, 30.0
"""s; bounds of the wait before a link is made anew."""
EDGE = 0.01  # s after the whole second that a tick is at, so that it isn't before
Nonsense = ModbusException  # raised within the loop by an answer that is none; ends that link
log = structlog.get_logger(__name__)


class _Holding(ModbusPDU):
    """An answer to function 3 that keeps its registers as received."""

    function_code = 3
    rtu_byte_count_pos = 2
    words = b""

    def decode(self, data: bytes) -> None:
        self.words = data[1:] if len(data) == 1 + data[0] else b""

    def __str__(self) -> str:
        return "registers"


class _Input(_Holding):
    function_code = 4


class _Link:
    """One gateway's connection and what is under way on it."""

    __slots__ = (
        "asked_at", "backoff", "client", "connecting", "gateway", "owed", "pending", "phase",
        "reason", "silent", "slow_due", "source",
    )  # fmt: skip

    def __init__(self, source: Modbus, gateway: Gateway, phase: float) -> None:
        self.source = source
        self.gateway = gateway
        self.phase = phase
        """s within the slow cycle."""
        self.pending: int | None = None
        self.asked_at = 0.0
        self.slow_due = 0.0
        self.backoff = Backoff(SHORTEST, LONGEST)
        self.silent = 0
        self.connecting = False
        self.owed = False
        """Its turn came while another request was under way."""
        self.reason = ["", ""]
        """Why a block has no data, by block; empty = it has."""
        self.client = AsyncModbusTcpClient(
            gateway.host,
            port=gateway.port,
            timeout=source.timeout,
            retries=0,
            reconnect_delay=0,
            trace_pdu=self._traced,
            trace_connect=self._turned,
        )
        self.client.register(_Holding)
        self.client.register(_Input)

    def fast_turn(self, now: float) -> None:
        self.expire(now)
        if self.pending is not None:
            self.source.missed_turns += self.owed
            self.owed = True
        elif self.client.connected:
            self._ask(FAST, self.gateway.fast, now)
        elif not self.connecting and self.backoff.ready(now):
            self.connecting = True
            self.source.start(self._connect())

    def slow_turn(self, now: float) -> None:
        self.expire(now)
        read = self.gateway.slow
        if read is None or self.pending is not None or now < self.slow_due:
            return
        if self.client.connected:
            period = self.source.slow_seconds
            self.slow_due = now + period - (now - self.phase) % period
            self._ask(SLOW, read, now)

    def expire(self, now: float) -> None:
        """Give a request up whose answer is overdue; give the link up when it stays silent."""
        if self.pending is None or now - self.asked_at < self.source.timeout - SLOT:
            return
        block, self.pending = self.pending, None
        self.silent += 1
        self.source.timeouts += 1
        self.source.trouble(self, block, "no answer")
        if self.silent >= SILENT:
            self.client.close()
            self.backoff.failed(now)

    def _pay(self) -> None:
        """Ask now for what the turn couldn't."""
        if self.owed and self.pending is None and self.client.connected:
            self._ask(FAST, self.gateway.fast, self.source.loop.time())

    def _ask(self, block: int, read: Read, now: float) -> None:
        ask = (
            self.client.read_holding_registers
            if read.function == _Holding.function_code
            else self.client.read_input_registers
        )
        request = ask(
            read.address, count=read.registers, device_id=self.gateway.unit,
            no_response_expected=True,
        )  # fmt: skip
        self.pending, self.asked_at = block, now
        self.owed = self.owed and block != FAST
        self.source.polls += 1
        try:
            request.send(None)  # type: ignore[attr-defined]
        except StopIteration:
            return  # sent: nothing in it waits
        except (ModbusException, RuntimeError, OSError):
            pass  # the link went this moment, maybe before its connect was done
        request.close()  # type: ignore[attr-defined]
        self.client.close()
        self._turned(False)

    def _traced(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not sending:
            self._answered(pdu)
        return pdu

    def _answered(self, pdu: ModbusPDU) -> None:
        block = self.pending
        if block is None:
            return  # later than the timeout
        self.pending = None
        self.silent = 0
        if self.owed:
            self.source.loop.call_soon(self._pay)
        read = self.gateway.fast if block == FAST else self.gateway.slow
        if read is None:
            return
        words = getattr(pdu, "words", b"")
        if len(words) == 2 * read.registers and pdu.function_code == read.function:
            self.backoff.succeeded()
            self.source.take(self, block, words)
        else:
            self.source.exceptions += 1
            what = f"exception {pdu.exception_code}" if pdu.isError() else "answer of wrong length"
            self.source.trouble(self, block, what)

    def _turned(self, connected: bool) -> None:
        if not connected:
            self.pending = None
            self.source.trouble(self, FAST, "link lost")
            self.backoff.failed(self.source.loop.time())

    async def _connect(self) -> None:
        try:
            made = await self.client.connect()
        except ValueError:  # a host name that can't be one
            made = False
        finally:
            self.connecting = False
        if not made:
            self.source.trouble(self, FAST, "no connection")
            self.backoff.failed(self.source.loop.time())
            return
        self.silent = 0
        self.owed = False
        self.pending = None
        self.slow_due = 0.0  # what a lost link left unread
        self._ask(FAST, self.gateway.fast, self.source.loop.time())


class Modbus:
    """Polls gateways until it is stopped; `frames` gives what came."""

    def __init__(
        self,
        gateways: Sequence[Gateway],
        poll_seconds: float = 2.0,
        slow_seconds: float = 60.0,
        timeout: float = 1.5,
    ) -> None:
        """Needs a running loop. Gateways are spread evenly over both cycles."""
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
        self.timeout = timeout
        self.slow_seconds = slow_seconds
        self.polls = self.timeouts = self.exceptions = self.missed_turns = 0
        self.refused: dict[tuple[int, int], str] = {}
        """(station, block) -> why it gives no data at the moment."""
        self.wheel = Wheel(poll_seconds, self._serve)
        self.loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._frames: list[Frame] = []
        self._say = Rationed(log.info)
        count = len(gateways)
        self._links = [_Link(self, g, slow_seconds * i / count) for i, g in enumerate(gateways)]
        self._at: list[list[_Link]] = [[] for _ in range(self.wheel.slots)]
        for i, link in enumerate(self._links):
            self._at[i * self.wheel.slots // count].append(link)

    @property
    def missed_cycles(self) -> int:
        """Times that a gateway wasn't asked although its turn had come."""
        return self.missed_turns + self.wheel.missed_periods * len(self._links)

    async def frames(self, seconds: float = 1.0) -> AsyncIterator[list[Frame]]:
        """Lists of frames, one a tick of `seconds` of the machine's clock, a last after `stop`."""
        self.wheel.start()
        try:
            while not self._stopped.is_set():
                due = self.loop.time() + seconds - (time.time() - EDGE) % seconds
                try:
                    async with asyncio.timeout_at(due):
                        await self._stopped.wait()
                except TimeoutError:
                    self._say.look(self.loop.time())
                frames, self._frames = self._frames, []
                yield frames
        finally:
            self.wheel.stop()
            for task in self._tasks:
                task.cancel()
            for link in self._links:
                link.client.close()

    def stop(self) -> None:
        """End `frames` after what has come by now."""
        self._stopped.set()

    def _serve(self, slot: int, now: float) -> None:
        """A gateway is asked for its fast block, half a cycle later for its slow block; a
        quarter later each time it is looked whether an answer is overdue."""
        quarter = self.wheel.slots // 4
        for link in self._at[slot]:
            link.fast_turn(now)
        for link in self._at[slot - quarter]:
            link.expire(now)
        for link in self._at[slot - 2 * quarter]:
            link.slow_turn(now)
        for link in self._at[slot - 3 * quarter]:
            link.expire(now)

    def start(self, connect: Coroutine[None, None, None]) -> None:
        """Run one connect, and keep it from being collected as rubbish meanwhile."""
        task = self.loop.create_task(connect)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def take(self, link: _Link, block: int, words: bytes) -> None:
        station = link.gateway.station
        self._frames.append(Frame(station, block, time.time_ns() // 1_000_000, words))
        if link.reason[block]:
            link.reason[block] = ""
            self.refused.pop((station, block), None)
            self._tell("gateway answers", link, block)

    def trouble(self, link: _Link, block: int, why: str) -> None:
        """Note why a block has no data; said once a change."""
        self.refused[link.gateway.station, block] = why
        if link.reason[block] != why:
            link.reason[block] = why
            self._tell("gateway in trouble", link, block, why=why)

    def _tell(self, event: str, link: _Link, block: int, **more: str) -> None:
        place = link.gateway
        address = f"{place.host}:{place.port}/{place.unit}"
        self._say(
            self.loop.time(),
            event,
            station=place.code,
            address=address,
            block=BLOCKS[block],
            **more,
        )

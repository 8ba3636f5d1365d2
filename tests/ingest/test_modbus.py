"""Polling over real sockets: a server of pymodbus, and stand-ins that misbehave."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Awaitable, Callable

import pytest
import uvloop
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from ingest.frames import FAST, SLOW, Frame
from ingest.gateways import Gateway, Read
from ingest.sources import modbus
from ingest.sources.modbus import Modbus
from tests.ingest.stand_in import Answer, StandIn, framed, good, hangs_up, refuses, silent

QUICK = {"poll_seconds": 0.2, "slow_seconds": 0.4, "timeout": 0.25}


def at(port: int, host: str = "127.0.0.1", **reads: Read | None) -> Gateway:
    blocks = {"fast": Read(3, 10, 5), "slow": None} | reads
    return Gateway(7, "S7", host, port, 1, **blocks)  # type: ignore[arg-type]


async def poll_until(
    source: Modbus, enough: Callable[[list[Frame]], bool], seconds: float = 60.0
) -> list[Frame]:
    found: list[Frame] = []
    async with asyncio.timeout(seconds):
        async for frames in source.frames(0.05):
            found += frames
            if enough(found):
                source.stop()
    return found


def poll(
    gateways: list[Gateway], enough: Callable[[list[Frame]], bool], seconds: float = 60.0
) -> tuple[list[Frame], Modbus]:
    async def run() -> tuple[list[Frame], Modbus]:
        source = Modbus(gateways, **QUICK)
        return await poll_until(source, enough, seconds), source

    return uvloop.run(run())


def with_server(port: int, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` beside pymodbus's own server: registers 0-99 hold their address + 1000."""

    async def run() -> None:
        data = [SimData(0, values=[1000 + i for i in range(100)], datatype=DataType.REGISTERS)]
        server = ModbusTcpServer(SimDevice(1, simdata=data), address=("127.0.0.1", port))
        await server.serve_forever(background=True)
        try:
            await work()
        finally:
            await server.shutdown()  # type: ignore[no-untyped-call]

    uvloop.run(run())


@pytest.mark.parametrize("function", [3, 4])
def test_a_real_server_gives_both_blocks(function: int) -> None:
    async def work() -> None:
        house = at(21010, fast=Read(function, 10, 80), slow=Read(function, 90, 4))
        source = Modbus([house], **QUICK)
        found = await poll_until(source, lambda f: len({x.block for x in f}) == 2 and len(f) > 6)
        fast = next(f for f in found if f.block == FAST)
        slow = next(f for f in found if f.block == SLOW)
        assert struct.unpack(">80H", fast.words) == tuple(range(1010, 1090))
        assert struct.unpack(">4H", slow.words) == (1090, 1091, 1092, 1093)
        assert fast.station == slow.station == 7
        assert not source.refused
        assert source.missed_cycles == source.timeouts == source.exceptions == 0

    with_server(21010, work)


def test_an_exception_is_said_for_its_block_and_the_other_goes_on() -> None:
    async def work() -> None:
        source = Modbus([at(21011, slow=Read(3, 500, 4))], **QUICK)
        found = await poll_until(source, lambda f: len(f) > 6 and source.exceptions > 1)
        assert {f.block for f in found} == {FAST}
        assert source.refused == {(7, SLOW): "exception 2"}

    with_server(21011, work)


def test_a_silent_gateway_is_given_up_and_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus, "SHORTEST", 0.1)
    with StandIn(silent) as house:

        def enough(found: list[Frame]) -> bool:
            if house.links >= 2:
                house.answer = good
            return len(found) > 2

        found, source = poll([at(house.port)], enough)
        assert house.links >= 2
        assert source.timeouts >= modbus.SILENT
        assert found[0].words == struct.pack(">5H", 10, 11, 12, 13, 14)
        assert not source.refused


def test_a_late_answer_is_not_taken_for_the_next_request() -> None:
    """The first answer comes after the second request, with the first one's transaction."""
    held: list[bytes] = []

    def late(head: bytes, body: bytes) -> bytes | None:
        held.append(good(head, body).replace(struct.pack(">H", 10), b"\xde\xad"))
        return None if len(held) == 1 else held[0] + good(head, body)

    with StandIn(late) as house:
        found, _ = poll([at(house.port)], lambda f: len(f) > 2)
    assert {f.words for f in found} == {struct.pack(">5H", 10, 11, 12, 13, 14)}


def test_a_dropped_link_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus, "SHORTEST", 0.1)
    with StandIn() as house:

        def enough(found: list[Frame]) -> bool:
            house.answer = hangs_up if len(found) >= 2 and house.links < 3 else good
            return len(found) > 5

        _, source = poll([at(house.port)], enough)
        assert house.links >= 3
        assert not source.refused


def test_a_gateway_that_closes_at_once_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The link is gone before the connect is done: the next write on it raises."""
    monkeypatch.setattr(modbus, "SHORTEST", 0.05)
    with StandIn() as shy, StandIn() as neighbour:
        shy.shuts = True
        other = at(neighbour.port)._replace(station=8, code="S8")

        def enough(found: list[Frame]) -> bool:
            if shy.links > 5 and len(found) > 5:
                shy.shuts = False
            return any(f.station == 7 for f in found) and len(found) > 12

        async def run() -> tuple[list[Frame], Modbus]:
            asyncio.get_running_loop().set_exception_handler(lambda _, what: said.append(what))
            source = Modbus([at(shy.port), other], **QUICK)
            return await poll_until(source, enough), source

        said: list[object] = []
        found, source = uvloop.run(run())
    assert said == []  # an error in the wheel would cost its slot's other gateways a turn
    assert sum(f.station == 8 for f in found) > 5
    assert not source.refused


RUBBISH: dict[str, Answer] = {
    "exception": refuses,
    "another unit": lambda h, b: good(h[:6] + b"\x63", b),
    "another function": lambda h, b: framed(h, b"\x04\x0a" + bytes(10)),
    "unknown function": lambda h, b: framed(h, b"\x63\x0a" + bytes(10)),
    "too few registers": lambda h, b: framed(h, b"\x03\x08" + bytes(8)),
    "too many registers": lambda h, b: framed(h, b"\x03\x0c" + bytes(12)),
    "count that lies": lambda h, b: framed(h, b"\x03\x0a" + bytes(4)),
    "no body": lambda h, b: framed(h, b""),
    "another protocol": lambda h, b: h[:2] + b"\x12\x34" + good(h, b)[4:],
    "half an answer": lambda h, b: good(h, b)[:9],
    "noise": lambda h, b: random.randbytes(300),
    "nothing but zeros": lambda h, b: bytes(64),
    "hangs up": hangs_up,
}


@pytest.mark.parametrize("kind", RUBBISH)
def test_rubbish_gives_no_frame_and_ends_nothing(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modbus, "SHORTEST", 0.1)
    with StandIn(RUBBISH[kind]) as house, StandIn() as neighbour:
        rubbish: list[Frame] = []

        def enough(found: list[Frame]) -> bool:
            mine = [f for f in found if f.station == 7]
            if len(house.requests) >= 3 and house.answer is not good:
                rubbish.extend(mine)
                assert (7, FAST) in holder[0].refused
                house.answer = good
            return len(mine) > 2 and len(found) > len(mine) + 2

        async def run() -> list[Frame]:
            holder.append(Modbus([at(house.port), other], **QUICK))
            return await poll_until(holder[0], enough)

        holder: list[Modbus] = []
        other = at(neighbour.port)._replace(station=8, code="S8")
        found = uvloop.run(run())
    assert rubbish == []
    assert {f.words for f in found} == {struct.pack(">5H", 10, 11, 12, 13, 14)}
    assert not holder[0].refused


def test_an_answer_in_single_bytes_is_put_together() -> None:
    with StandIn() as house:
        whole = house.answer

        async def run() -> list[Frame]:
            proxy = await asyncio.start_server(dribble, "127.0.0.1", 0)
            port = proxy.sockets[0].getsockname()[1]
            async with proxy:
                source = Modbus([at(port)], **(QUICK | {"timeout": 1.0}))
                found = await poll_until(source, lambda f: len(f) > 1)
            await asyncio.sleep(0.05)
            return found

        async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while request := await reader.read(12):
                answer = whole(request[:7], request[7:])
                assert answer is not None
                for byte in answer:
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0.002)
            writer.close()

        found = uvloop.run(run())
    assert found[0].words == struct.pack(">5H", 10, 11, 12, 13, 14)


@pytest.mark.parametrize("host", ["127.0.0.1", "no such host", "a" * 70 + ".example", ""])
def test_a_gateway_that_cannot_be_reached_is_named(host: str) -> None:
    async def run() -> dict[tuple[int, int], str]:
        source = Modbus([at(21999, host)], **QUICK)
        await poll_until(source, lambda f: bool(source.refused))
        return source.refused

    assert uvloop.run(run()) == {(7, FAST): "no connection"}


def test_every_gateway_gets_its_turns() -> None:
    with StandIn() as house:
        gateways = [at(house.port)._replace(station=i, code=f"S{i}") for i in range(60)]
        found, source = poll(gateways, lambda f: len(f) >= 60 * 6)
    of = [sum(f.station == i for f in found) for i in range(60)]
    assert min(of) >= max(of) - 2
    assert source.polls >= len(found)

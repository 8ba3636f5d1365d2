"""Gateways on real sockets: answers, exceptions, links, limits."""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import numpy as np
import pytest

from data.stations import StationRow
from simulator.city import loopback_addresses, stations
from simulator.gateways import WIRE, Gateways, Link, raise_file_limit
from simulator.registers import Registers

PORT = 22300


@asynccontextmanager
async def served(log: BytesIO | None = None) -> AsyncIterator[tuple[list[StationRow], Gateways]]:
    rows = stations(4, 1, PORT, own_addresses=loopback_addresses())
    registers = Registers(rows)
    for group in registers.groups:
        for block, plan in enumerate(group.plans):
            values = np.zeros((len(plan.codes), len(group.members)))
            if "EL.UA" in plan.codes:
                values[plan.codes.index("EL.UA")] = 200.0 + group.members
            registers.put(group, block, values)
    gateways = Gateways(rows, registers, 1, log)
    await gateways.listen()
    try:
        yield rows, gateways
    finally:
        gateways.close()


async def ask(row: StationRow, function: int, body: bytes, unit: int = 1) -> bytes:
    """The answer's PDU."""
    reader, writer = await asyncio.open_connection(row.host, row.port)
    request = bytes((function,)) + body
    writer.write(struct.pack(">HHHB", 77, 0, len(request) + 1, unit) + request)
    try:
        head = await asyncio.wait_for(reader.readexactly(7), 2.0)
        number, protocol, length, said = struct.unpack(">HHHB", head)
        assert (number, protocol, said) == (77, 0, unit)
        return await reader.readexactly(length - 1)
    finally:
        writer.close()


def test_every_station_answers_for_itself_with_both_blocks() -> None:
    async def run() -> None:
        log = BytesIO()
        async with served(log) as (rows, gateways):
            sent = b""
            for i, row in enumerate(rows):
                group = next(g for g in gateways.registers.groups if i in g.members)
                for plan in group.plans:
                    body = struct.pack(">HH", plan.address, plan.count)
                    pdu = await ask(row, plan.function, body)
                    assert pdu[:2] == bytes((plan.function, 2 * plan.count))
                    _, words = gateways.registers.read(i, plan.function, plan.address, plan.count)
                    assert pdu[2:] == words
                    sent += words
            logged, found = log.getvalue(), b""
            while logged:
                station, block, _, count = WIRE.unpack_from(logged)
                assert 1 <= station <= 4 and block in (0, 1)
                found += logged[WIRE.size : WIRE.size + 2 * count]
                logged = logged[WIRE.size + 2 * count :]
            assert found == sent

    asyncio.run(run())


def test_exceptions() -> None:
    async def run() -> None:
        async with served() as (rows, gateways):
            plan = gateways.registers.groups[0].plans[0]
            row = rows[int(gateways.registers.groups[0].members[0])]
            good = struct.pack(">HH", plan.address, 1)
            for function, body, unit, code in (
                (6, good, 1, 1),
                (plan.function, struct.pack(">HH", 60000, 1), 1, 2),
                (plan.function, struct.pack(">HH", plan.address, 0), 1, 3),
                (plan.function, struct.pack(">HH", plan.address, 126), 1, 3),
                (plan.function, good, 9, 11),
            ):
                assert await ask(row, function, body, unit) == bytes((function | 0x80, code))

    asyncio.run(run())


def test_a_silent_link_says_nothing_and_a_lost_one_is_cut_and_refused() -> None:
    async def run() -> None:
        async with served() as (rows, gateways):
            group = gateways.registers.groups[0]
            i, plan = int(group.members[0]), group.plans[0]
            body = struct.pack(">HH", plan.address, 2)
            gateways.set_link(i, Link.SILENT)
            with pytest.raises(TimeoutError):
                await ask(rows[i], plan.function, body)
            reader, writer = await asyncio.open_connection(rows[i].host, rows[i].port)
            await asyncio.sleep(0.05)
            gateways.set_link(i, Link.DOWN)
            with pytest.raises(ConnectionError):
                if await reader.read(1) == b"":
                    raise ConnectionResetError
            writer.close()
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await ask(rows[i], plan.function, body)
            gateways.set_link(i, Link.UP)
            assert (await ask(rows[i], plan.function, body))[0] == plan.function

    asyncio.run(run())


def test_answers_take_20_to_300_ms() -> None:
    rows = stations(200, 1, PORT)
    gateways = Gateways(rows, Registers(rows), 1)
    times = [gateways.delay(i) for i in range(200) for _ in range(5)]
    assert 0.02 <= min(times) < 0.05 and 0.2 < max(times) <= 0.3


def test_a_taken_port_is_named() -> None:
    async def run() -> None:
        async with served() as (rows, _):
            second = Gateways(rows, Registers(rows), 1)
            with pytest.raises(OSError, match=f"CW-0001 .*{rows[0].host}:{rows[0].port}"):
                await second.listen()

    asyncio.run(run())


def test_an_unknown_address_is_refused() -> None:
    if not loopback_addresses():
        pytest.skip("this system has one loopback address only")

    async def run() -> None:
        async with served():
            with socket.socket() as probe:
                assert probe.connect_ex(("127.10.99.99", PORT)) != 0

    asyncio.run(run())


def test_the_file_limit_is_raised_or_the_message_says_how() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(200, hard), hard))
        raise_file_limit(300)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300
        if hard != resource.RLIM_INFINITY:
            with pytest.raises(OSError, match="ulimit -Hn"):
                raise_file_limit(hard + 1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

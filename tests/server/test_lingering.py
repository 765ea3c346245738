"""A client that is still sending when the server refuses it learns why."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import Port
from tests.server.stand_ins import GUARD_S, RawClient, types
from wyoming_lfm2.server import connection

SLICE = bytes(65_536)


async def test_an_error_reaches_a_client_that_goes_on_sending_for_a_while(port: Port) -> None:
    """Closing with unread bytes would reset the connection, and the error would be lost with it."""
    client = await port.connect()
    await client.send_raw(b"this is no event\n")
    for _ in range(30):
        await client.send_raw(SLICE)
        await asyncio.sleep(0.01)
    client.writer.write_eof()
    assert types(await client.rest()) == ["error"]


async def test_a_client_that_never_stops_sending_is_cut_off(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LINGER_S", 0.2)
    client = await port.connect()
    await client.send_raw(b"this is no event\n")
    with pytest.raises(ConnectionError):
        await send_for_ever(client)


async def send_for_ever(client: RawClient) -> None:
    async with asyncio.timeout(GUARD_S):
        while True:
            await client.send_raw(SLICE)
            await asyncio.sleep(0.01)

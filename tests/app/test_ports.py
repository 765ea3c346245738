"""Several ports of one server: each with services and a name of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from wyoming.info import Info
from zeroconf import ServiceStateChange

from tests.app.serving import serving
from tests.discovery.watching import Watcher
from tests.server.stand_ins import GUARD_S, RawClient, hello
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.protocol.errors import ServiceError


async def info_of(client: RawClient) -> Info:
    await client.send("describe")
    return Info.from_event((await client.until("info"))[-1])


async def test_two_ports_have_services_and_discovery_names_of_their_own(
    watcher: Watcher, tmp_path: Path
) -> None:
    settings = Settings.model_validate(
        {
            "service": {
                "uri": "tcp://127.0.0.1:0",
                "ports": {
                    "ears-under-test": {"uri": "tcp://127.0.0.1:0", "services": ["asr"]},
                    "local": {"uri": f"unix://{tmp_path}/talk.sock", "services": ["conversation"]},
                },
            },
            "discovery": {"instance": "house-under-test", "addresses": ["127.0.0.1"], "port": 5555},
        }
    )
    async with serving(settings, tmp_path) as servers:
        seen = {name: await watcher.info(name) for name in ("house-under-test", "ears-under-test")}
        assert seen["house-under-test"].port == 5555
        port = seen["ears-under-test"].port
        assert isinstance(port, int)

        ears = RawClient(*await asyncio.open_connection("127.0.0.1", port))
        info = await info_of(ears)
        assert (len(info.asr), info.tts, info.handle) == (1, [], [])
        await ears.send("transcript", text="Is anybody there?")  # nobody answers here
        await ears.send_audio(hello())
        assert (await ears.until("transcript"))[-1].data["text"] == "Turn on the light."

        talk = RawClient(*await asyncio.open_unix_connection(tmp_path / "talk.sock"))
        info = await info_of(talk)
        assert (info.asr, info.tts, len(info.handle)) == ([], [], 1)
        await talk.send("transcript", text="Is anybody there?")
        assert (await talk.until("handled"))[-1].data["text"]

        house = RawClient(*await asyncio.open_connection("127.0.0.1", servers[0]))
        info = await info_of(house)
        assert (len(info.asr), len(info.tts), len(info.handle)) == (1, 1, 1)
        for client in (ears, talk, house):
            client.writer.close()
    left = set(seen)
    async with asyncio.timeout(GUARD_S):
        while left:
            change, name = await watcher.changes.get()
            if change is ServiceStateChange.Removed:
                left.discard(name)
    assert not (tmp_path / "talk.sock").exists()


async def test_a_second_port_in_use_is_said_and_the_first_is_given_up(tmp_path: Path) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    ports = {"x": {"uri": f"tcp://127.0.0.1:{port}"}}
    settings = Settings.model_validate({"service": {"uri": f"unix://{tmp_path}/first.sock", "ports": ports}})
    with pytest.raises(ServiceError, match="the port is in use"):
        async with serving(settings, tmp_path):
            pass
    assert not (tmp_path / "first.sock").exists()
    taken.close()


async def test_pipes_can_only_be_the_first_port(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"service": {"uri": f"unix://{tmp_path}/first.sock", "ports": {"x": {"uri": "stdio://"}}}}
    )
    with pytest.raises(ServiceError, match=r"service\.ports: x: only service\.uri"):
        async with serving(settings, tmp_path):
            pass

"""What one client may take from the server and from the others."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import FORMAT, GUARD_S, hello, silence, types
from wyoming_lfm2.asr.frontend import AsrFrontend
from wyoming_lfm2.asr.segmenter import SegmentEvent
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.config.settings import ServiceSettings
from wyoming_lfm2.server import backends
from wyoming_lfm2.server.allow_list import AllowList


async def test_one_connection_too_many_gets_an_error_and_the_others_stay(start_port: StartPort) -> None:
    port = await start_port(service={"connections": 2})
    first, second = await port.connect(), await port.connect()
    await first.answers_ping()
    await second.answers_ping()
    third = await port.connect()
    (event,) = await third.rest()
    assert (event.type, event.data["code"]) == ("error", "too-many-connections")
    await first.answers_ping()
    await second.answers_ping()


async def test_a_connection_that_ends_makes_room_for_another(start_port: StartPort) -> None:
    port = await start_port(service={"connections": 1})
    for _ in range(5):
        client = await port.connect()
        await client.answers_ping()
        client.writer.write_eof()
        assert await client.rest() == []


async def test_a_connection_on_which_nothing_happens_is_closed(start_port: StartPort, uri: str) -> None:
    port = await start_port(uri, service={"idle_timeout_s": 0.2})
    client = await port.connect()
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "idle")


async def test_nobody_is_idle_if_that_is_off(start_port: StartPort) -> None:
    port = await start_port(service={"idle_timeout_s": "off"})
    client = await port.connect()
    await asyncio.sleep(0.3)
    await client.answers_ping()


async def test_a_client_that_stops_in_the_middle_of_its_audio_is_idle(start_port: StartPort) -> None:
    """A satellite that lost its network must not keep its place for ever."""
    port = await start_port(service={"idle_timeout_s": 0.2})
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(silence(0.1))
    assert types(await client.rest()) == ["error"]


async def test_a_client_that_sends_one_byte_at_a_time_is_idle(start_port: StartPort) -> None:
    """Only whole events count."""
    port = await start_port(service={"idle_timeout_s": 0.3})
    client = await port.connect()

    async def trickle() -> None:
        while True:
            await client.send_raw(b" ")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    assert types(await client.rest()) == ["error"]
    trickling.cancel()
    await asyncio.gather(trickling, return_exceptions=True)


async def test_a_client_that_waits_for_its_transcript_is_not_idle(start_port: StartPort) -> None:
    port = await start_port(service={"idle_timeout_s": 1})
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send_audio(hello())
    await asyncio.sleep(2.5)
    port.transcriber.may_go_on.set()
    assert types(await client.until("transcript-stop")).count("transcript") == 1


async def test_a_client_that_stops_reading_is_dropped_and_the_others_are_served(
    start_port: StartPort, uri: str
) -> None:
    port = await start_port(uri, service={"slow_reader_timeout_s": 0.3})
    client = await port.connect()
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]

    async def flood() -> None:
        while True:
            await client.send("ping", text="x" * 100_000)

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(flood(), GUARD_S)
    assert any("stopped reading" in warning for warning in port.warnings())
    await (await port.connect()).answers_ping()


async def test_a_client_that_sends_audio_for_ever_is_stopped(start_port: StartPort) -> None:
    """Bounded memory: the length is limited, and so is what waits to be heard."""
    port = await start_port(hearing={"longest_request_s": 3})
    client = await port.connect()
    await client.send("audio-start", **FORMAT)

    async def flood() -> None:
        while True:
            await client.send("audio-chunk", bytes(32_000), **FORMAT)

    flooding = asyncio.create_task(flood())
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "audio-too-long")
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)


async def test_a_thousand_pings_without_a_pause_are_all_answered(port: Port) -> None:
    client = await port.connect()
    client.writer.write(b'{"type":"ping"}\n' * 1000)
    for _ in range(1000):
        event = await client.event()
        assert event is not None
        assert event.type == "pong"


@pytest.mark.parametrize(
    ("networks", "host", "allowed"),
    [
        ([], "8.8.8.8", True),
        (["192.168.1.0/24"], "192.168.1.77", True),
        (["192.168.1.0/24"], "192.168.2.77", False),
        (["192.168.1.0/24"], "::ffff:192.168.1.77", True),
        (["192.168.1.0/24"], "::ffff:192.168.2.77", False),
        (["::ffff:192.168.1.0/120"], "192.168.1.77", True),
        (["::ffff:192.168.1.0/120"], "::ffff:192.168.1.77", True),
        (["192.168.1.5"], "192.168.1.5", True),
        (["fd00::/8"], "fd12::1", True),
        (["fd00::/8"], "2001:db8::1", False),
        (["fd00::/8"], "192.168.1.1", False),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["10.0.0.0/8", "fd00::/8"], "10.1.2.3", True),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["10.0.0.0/8"], "?", False),
    ],
)
def test_the_allow_list_knows_ipv4_ipv6_and_the_one_inside_the_other(
    networks: list[str], host: str, allowed: bool
) -> None:
    settings = ServiceSettings.model_validate({"allow": networks})
    assert AllowList(settings.allow).allows(host) is allowed


async def test_a_client_from_another_network_is_closed_at_once_with_a_log_line(start_port: StartPort) -> None:
    port = await start_port(service={"allow": ["10.0.0.0/8"]})
    client = await port.connect()
    assert await client.rest() == []
    (warning,) = port.warnings()
    assert "127.0.0.1" in warning
    assert "service.allow" in warning


async def test_a_client_from_an_allowed_network_is_served(start_port: StartPort) -> None:
    port = await start_port(service={"allow": ["10.0.0.0/8", "127.0.0.0/8"]})
    await (await port.connect()).answers_ping()


async def test_an_ipv4_client_on_a_dual_stack_port_is_known_by_its_ipv4_network(
    start_port: StartPort,
) -> None:
    """It appears as ::ffff:127.0.0.1."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    port = await start_port("tcp://[::]:0", service={"allow": ["127.0.0.0/8"]})
    await (await port.connect("127.0.0.1")).answers_ping()
    assert await (await port.connect("::1")).rest() == []


async def test_the_sound_that_waits_on_the_whole_port_is_bounded_and_the_client_is_told(
    start_port: StartPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B10: others than whoever sends too much are heard."""
    monkeypatch.setattr(backends, "_WAITING_BYTES_OF_ALL", 1 << 20)
    may_hear = threading.Event()
    hear = AsrFrontend.hear

    def held_up(self: AsrFrontend, pcm: bytes, fmt: PcmFormat) -> list[SegmentEvent]:
        may_hear.wait(GUARD_S)
        return hear(self, pcm, fmt)

    monkeypatch.setattr(AsrFrontend, "hear", held_up)
    port = await start_port()
    clients = [await port.connect() for _ in range(4)]
    try:
        for client in clients[:3]:
            await client.send_audio(hello() + silence(7.0), chunk=32_000)
            await client.answers_ping()
        await clients[3].send_audio(hello() + silence(20.0), chunk=32_000)
        (event,) = await clients[3].rest()
        assert (event.type, event.data["code"]) == ("error", "audio-backlog")
        assert "1 MiB" in event.data["text"]
    finally:
        may_hear.set()
    for client in clients[:3]:
        assert types(await client.until("transcript"))[-1] == "transcript"
    # All of it is given back: there is room again.
    again = await port.connect()
    await again.send_audio(hello() + silence(20.0), chunk=32_000)
    await again.until("transcript")


async def test_audio_that_is_too_long_is_refused_before_it_is_heard(
    start_port: StartPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B10: not only when the detector has worked through all that lies before it."""
    may_hear = threading.Event()

    def held_up(self: AsrFrontend, pcm: bytes, fmt: PcmFormat) -> list[SegmentEvent]:
        may_hear.wait(GUARD_S)
        return []

    monkeypatch.setattr(AsrFrontend, "hear", held_up)
    port = await start_port(hearing={"longest_request_s": 2})
    client = await port.connect()
    try:
        await client.send("audio-start", **FORMAT)
        await client.send_chunks(silence(2.1), chunk=3_200)
        reading = asyncio.create_task(client.rest())
        while not port.warnings():  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)
        assert "(audio-too-long)" in port.warnings()[0]
    finally:
        may_hear.set()
    (event,) = await reading
    assert (event.type, event.data["code"]) == ("error", "audio-too-long")

"""Broken input over the socket: one log line, an ``error``, that connection closed, nothing else (4.9)."""

from __future__ import annotations

import pytest

from tests.protocol.test_framing import BAD_EVENTS, TOO_LARGE
from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import FORMAT, silence, types

MISSING_OR_WRONG = {
    "a chunk without a format": b'{"type":"audio-chunk","payload_length":2}\nab',
    "a chunk without channels": b'{"type":"audio-chunk","data":{"rate":8000,"width":2}}\n',
    "audio-start without a rate": b'{"type":"audio-start","data":{"width":2,"channels":1}}\n',
    "select-program without a name": b'{"type":"select-program"}\n',
    "a number as language": b'{"type":"transcribe","data":{"language":5}}\n',
    "a list as model": b'{"type":"transcribe","data":{"name":["nano"]}}\n',
    "a string as context": b'{"type":"transcribe","data":{"context":"abc"}}\n',
    "an object as sensitivity": b'{"type":"transcribe","data":{"vad_sensitivity":{}}}\n',
    "a string as names": b'{"type":"transcribe","data":{"transcript_names":"Anna"}}\n',
    "true as ping text": b'{"type":"ping","data":{"text":true}}\n',
}


@pytest.fixture
def uri() -> str:
    """TCP alone: bytes that are nonsense are nonsense on any socket."""
    return "tcp://127.0.0.1:0"


async def assert_refused(port: Port, data: bytes, code: str) -> None:
    """The broken client gets its error and the end; one beside it gets its transcript."""
    witness = await port.connect()
    await witness.send("audio-start", **FORMAT)
    await witness.send_chunks(silence(0.2))
    client = await port.connect()
    await client.send_raw(data)
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", code)
    assert event.data["text"]
    assert len(port.warnings()) == 1, "one log line"
    await witness.send("audio-stop")
    assert "transcript" in types(await witness.until("transcript-stop"))


@pytest.mark.parametrize("data", BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
async def test_what_is_not_an_event_ends_its_connection_only(port: Port, data: bytes) -> None:
    """4.9."""
    await assert_refused(port, data, "bad-event")


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE.keys())
async def test_what_is_too_large_ends_its_connection_only(port: Port, data: bytes) -> None:
    """4.9, F4."""
    await assert_refused(port, data, "event-too-large")


@pytest.mark.parametrize("data", MISSING_OR_WRONG.values(), ids=MISSING_OR_WRONG.keys())
async def test_a_field_that_is_missing_or_of_the_wrong_type_ends_its_connection_only(
    port: Port, data: bytes
) -> None:
    """4.9."""
    await assert_refused(port, data, "bad-event")


async def test_a_client_that_ends_its_stream_inside_an_event_is_told(port: Port) -> None:
    """4.9: data_length longer than the stream."""
    client = await port.connect()
    await client.send_raw(b'{"type":"ping","data_length":500}\n{"text"')
    client.writer.write_eof()
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "truncated-event")


async def test_a_client_that_vanishes_inside_an_event_disturbs_nobody(port: Port) -> None:
    """4.9; users' row 4."""
    for _ in range(5):
        client = await port.connect()
        await client.send_raw(b'{"type":"audio-chunk","payload_length":500}\nabc')
        await client.hang_up()
    await (await port.connect()).answers_ping()


async def test_a_client_that_connects_and_says_nothing_disturbs_nobody(port: Port) -> None:
    """A port scanner, a health check of a proxy."""
    for _ in range(20):
        await (await port.connect()).hang_up()
    await (await port.connect()).answers_ping()
    assert not port.warnings()


async def test_the_error_reaches_a_client_that_is_still_sending(port: Port) -> None:
    """Closing with unread input resets a TCP connection, and the client would see only that."""
    client = await port.connect()
    await client.send("transcribe", language="tlh")
    for _ in range(300):
        await client.send("audio-chunk", bytes(3200), **FORMAT)
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "language")


async def test_what_a_client_sends_does_not_flood_the_log(port: Port) -> None:
    """A log line is one line, and short, whatever is in the event."""
    client = await port.connect()
    await client.send("transcribe", language="x\ny" * 100_000)
    assert types(await client.rest()) == ["error"]
    (line,) = port.warnings()
    assert "\n" not in line
    assert len(line) < 300


@pytest.mark.parametrize("field", ["rate", "width", "channels"])
async def test_a_format_full_of_nonsense_does_not_flood_the_log(port: Port, field: str) -> None:
    client = await port.connect()
    await client.send("audio-start", **{**FORMAT, field: "x\n" * 100_000})
    assert types(await client.rest()) == ["error"]
    (line,) = port.warnings()
    assert "\n" not in line
    assert len(line) < 300


async def test_every_kind_of_nonsense_at_once_leaves_the_server_well(start_port: StartPort) -> None:
    port = await start_port(service={"connections": 100})
    nonsense = [*BAD_EVENTS.values(), *TOO_LARGE.values(), *MISSING_OR_WRONG.values()]
    clients = [await port.connect() for _ in nonsense]
    for client, data in zip(clients, nonsense, strict=True):
        client.writer.write(data)
    for client in clients:
        assert types(await client.rest()) == ["error"]
    await (await port.connect()).answers_ping()

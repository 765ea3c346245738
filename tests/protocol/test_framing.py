"""Framing, byte by byte (F1 to F7), and what is not an event."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wyoming.event import Event, async_read_event
from wyoming.info import Info
from wyoming.ping import Pong

from wyoming_lfm2.protocol.errors import BadEventError
from wyoming_lfm2.protocol.framing import MAX_DATA, MAX_HEADER, MAX_PAYLOAD, encode_event, read_event

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def read(data: bytes) -> Event | None:
    """The first event of a stream that ends after these bytes."""

    async def run() -> Event | None:
        reader = asyncio.StreamReader(limit=MAX_HEADER)
        reader.feed_data(data)
        reader.feed_eof()
        return await read_event(reader)

    return asyncio.run(run())


def test_all_data_travels_in_the_block_and_never_in_the_header() -> None:
    """F1."""
    header, _, rest = encode_event(Event("pong", {"text": "hello"}, b"abc")).partition(b"\n")
    assert json.loads(header) == {"type": "pong", "version": "1.10.2", "data_length": 17, "payload_length": 3}
    assert rest == b'{"text": "hello"}abc'


def test_empty_data_and_an_empty_payload_have_no_length() -> None:
    """F1."""
    assert json.loads(encode_event(Event("transcript-stop", {}, b""))).keys() == {"type", "version"}


def test_lengths_count_bytes_of_utf8_and_not_characters() -> None:
    """F3."""
    header, _, block = encode_event(Event("transcript", {"text": "21 °C, привет"})).partition(b"\n")
    assert json.loads(header)["data_length"] == len(block)
    assert "21 °C, привет".encode() in block


def test_the_block_wins_over_inline_data() -> None:
    """F2."""
    block = b'{"b": 2, "c": 3}'
    event = read(b'{"type":"x","data":{"a":1,"b":1},"data_length":%d}\n' % len(block) + block)
    assert event is not None
    assert event.data == {"a": 1, "b": 2, "c": 3}


def test_a_header_without_version_or_with_null_lengths_is_accepted() -> None:
    """F2."""
    assert read(b'{"type":"describe"}\n') == Event("describe", {}, None)
    assert read(b'{"type":"describe","data_length":null,"payload_length":null}\n') == Event("describe")


def test_two_hundred_kilobytes_of_data_are_fine_in_the_block() -> None:
    """F4."""
    block = json.dumps({"text": "a" * 200_000}).encode()
    event = read(b'{"type":"x","data_length":%d}\n' % len(block) + block)
    assert event is not None
    assert len(event.data["text"]) == 200_000


def test_the_end_of_the_stream_between_events_is_no_error() -> None:
    assert read(b"") is None


@given(st.text(min_size=1), st.dictionaries(st.text(), json_values), st.binary())
def test_what_is_written_is_what_the_library_reads(
    kind: str, data: dict[str, object], payload: bytes
) -> None:
    """F1, F3: the library's reader and ours see the event that was encoded."""
    encoded = encode_event(Event(kind, data, payload or None))

    async def both() -> tuple[Event | None, Event | None]:
        readers = [asyncio.StreamReader(limit=MAX_HEADER), asyncio.StreamReader()]
        for reader in readers:
            reader.feed_data(encoded)
            reader.feed_eof()
        return await read_event(readers[0]), await async_read_event(readers[1])

    ours, theirs = asyncio.run(both())
    assert ours == theirs == Event(kind, data, payload or None)


def test_a_lone_surrogate_does_not_break_the_answer() -> None:
    event = read(b'{"type":"ping","data":{"text":"\\ud800"}}\n')
    assert event is not None
    answer = encode_event(Pong(text=event.data["text"]).event())
    assert read(answer) == Event("pong", {"text": "?"})


def test_info_fits_easily_into_what_clients_read() -> None:
    """F4: Home Assistant's reader gives up at 64 KiB in a line."""
    assert len(encode_event(Info().event()).partition(b"\n")[0]) < 1024


BAD_EVENTS = {
    "a blank line": b"\n",
    "not JSON": b"hello\n",
    "a browser": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + b"\n",
    "half of an object": b'{"type": \n',
    "bytes that are not UTF-8": b'{"type": "\xff\xfe"}\n',
    "UTF-16": '{"type": "ping"}'.encode("utf-16-le") + b"\n",
    "a list": b"[]\n",
    "a string": b'"ping"\n',
    "null": b"null\n",
    "no type": b"{}\n",
    "a null type": b'{"type": null}\n',
    "a number as type": b'{"type": 5}\n',
    "an empty type": b'{"type": ""}\n',
    "null data": b'{"type": "ping", "data": null}\n',
    "a list as data": b'{"type": "ping", "data": []}\n',
    "a negative length": b'{"type": "ping", "data_length": -1}\n',
    "a fraction as length": b'{"type": "ping", "data_length": 1.5}\n',
    "a string as length": b'{"type": "ping", "payload_length": "9"}\n',
    "true as length": b'{"type": "ping", "payload_length": true}\n',
    "a data block that is not JSON": b'{"type": "ping", "data_length": 4}\nabcd',
    "a data block that is a list": b'{"type": "ping", "data_length": 2}\n[]',
    "a data block that is not UTF-8": b'{"type": "ping", "data_length": 2}\n\xff\xff',
    "NaN": b'{"type": "ping", "data": {"text": NaN}}\n',
    "an endless number": b'{"type": "ping", "data": {"text": ' + b"9" * 5000 + b"}}\n",
    "deeply nested data": b'{"type": "ping", "data": {"text": ' + b"[" * 30_000 + b"}}\n",
}

TOO_LARGE = {
    "a header without an end": b"a" * (3 * MAX_HEADER),
    "70 KB of inline data": b'{"type": "ping", "data": {"text": "' + b"a" * 70_000 + b'"}}\n',
    "a huge data length": b'{"type": "ping", "data_length": 99999999999999999999}\n',
    "data just over the limit": b'{"type": "ping", "data_length": %d}\n' % (MAX_DATA + 1),
    "a payload just over the limit": b'{"type": "ping", "payload_length": %d}\n' % (MAX_PAYLOAD + 1),
}

TRUNCATED = {
    "half a header": b'{"type": "pi',
    "data that ends early": b'{"type": "ping", "data_length": 50}\n{"text":',
    "a payload that ends early": b'{"type": "audio-chunk", "payload_length": 320}\nabc',
}


@pytest.mark.parametrize("data", BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
def test_what_is_not_an_event_is_a_bad_event(data: bytes) -> None:
    with pytest.raises(BadEventError) as caught:
        read(data)
    assert caught.value.code == "bad-event"


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_is_too_large_is_refused_before_it_is_read(data: bytes) -> None:
    with pytest.raises(BadEventError) as caught:
        read(data)
    assert caught.value.code == "event-too-large"


@pytest.mark.parametrize("data", TRUNCATED.values(), ids=TRUNCATED.keys())
def test_a_stream_that_ends_inside_an_event_is_noticed(data: bytes) -> None:
    with pytest.raises(BadEventError) as caught:
        read(data)
    assert caught.value.code == "truncated-event"

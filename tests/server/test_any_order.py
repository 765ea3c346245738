"""Events in any order whatever: as many transcripts and answers as there must be, and a server that lives on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.converser_stand_in import StandInConverser
from tests.server.stand_ins import FORMAT, RawClient, StandInTranscriber, silence, types
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.asr import AsrService
from wyoming_lfm2.server.backends import EngineRecognizer
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.server import Server

EVENTS = st.sampled_from(
    [
        *("transcribe", "audio-start", "audio-chunk", "audio-stop"),
        *("transcript", "describe", "ping", "user-event", "wait"),
    ]
)


@dataclass
class Expected:
    """What the protocol says about a sequence of events (A2, A3, A4, H1), told in a few lines."""

    fresh: bool = True
    listening: bool = False
    transcripts: int = 0
    answers: int = 0

    def event(self, kind: str) -> None:
        if kind == "transcribe":
            self.fresh, self.listening = True, False
        elif kind in ("audio-start", "audio-chunk"):
            self.fresh, self.listening = False, True
        elif kind == "audio-stop":
            self.transcripts += self.fresh or self.listening
            self.fresh, self.listening = False, False
        elif kind == "transcript":
            self.answers += 1


async def converse(kinds: list[str]) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many transcripts and answers came for the events, and how many were expected."""
    defaults = Settings()
    service = defaults.service.model_copy(update={"uri": "tcp://127.0.0.1:0"})
    recognizer = EngineRecognizer(StandInTranscriber(), defaults.hearing, defaults.endpointing)
    asr = AsrService("lfm2", recognizer, defaults.log)
    handle = ConversationService("lfm2", StandInConverser(), defaults.conversation, defaults.log)
    server = Server(service)
    server.bind()
    await server.start([asr, handle])
    assert isinstance(server.uri, TcpUri)
    client = RawClient(*await asyncio.open_connection(server.uri.host, server.uri.port))
    expected = Expected()
    received: list[str] = []
    try:
        for kind in kinds:
            before = expected.transcripts
            expected.event(kind)
            if kind == "audio-chunk":
                await client.send(kind, silence(0.01), **FORMAT)
            elif kind == "audio-start":
                await client.send(kind, **FORMAT)
            elif kind == "user-event":
                await client.send(kind, name="x")
            elif kind == "transcript":
                await client.send(kind, text="Hello.")
            elif kind == "wait":
                await asyncio.sleep(0.01)
            else:
                await client.send(kind)
            if expected.transcripts > before:
                received += types(await client.until("transcript-stop"))
            elif kind == "transcript":
                received += types(await client.until("handled-stop"))
        await client.send("ping", text="end")
        rest = await client.until("pong")
        while rest[-1].data.get("text") != "end":
            rest += await client.until("pong")
        client.writer.write_eof()
        rest += await client.rest()
        received += types(rest)
    finally:
        client.writer.transport.abort()
        await server.stop()
    counts = received.count("transcript"), received.count("handled")
    return counts, (expected.transcripts, expected.answers)


@settings(max_examples=40, deadline=None)
@given(st.lists(EVENTS, max_size=12))
def test_any_order_of_events_gets_the_transcripts_and_answers_that_it_must_get(kinds: list[str]) -> None:
    """A2, A3, A4, A7, F5, H1, I1, M1, M2."""
    received, expected = asyncio.run(converse(kinds))
    assert received == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=4))
def test_any_bytes_leave_the_server_well(parts: list[bytes]) -> None:
    """4.9."""

    async def run() -> None:
        defaults = Settings()
        server = Server(defaults.service.model_copy(update={"uri": "tcp://127.0.0.1:0"}))
        server.bind()
        await server.start([])
        assert isinstance(server.uri, TcpUri)
        client = RawClient(*await asyncio.open_connection(server.uri.host, server.uri.port))
        witness = RawClient(*await asyncio.open_connection(server.uri.host, server.uri.port))
        for part in parts:
            client.writer.write(part + b"\n")
        client.writer.write_eof()
        events = await client.rest()
        assert [e.type for e in events if e.type == "error"] == [e.type for e in events][-1:]
        await witness.answers_ping()
        for each in (client, witness):
            each.writer.transport.abort()
        await server.stop()

    asyncio.run(run())

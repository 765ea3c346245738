"""The client sends recordings, which end where they end, whatever the server hears in them (A1, A6)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import repeat
from pathlib import Path

import pytest

from tests.server.conftest import StartPort
from tests.server.stand_ins import hello, silence
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.protocol.client import ClientError, connect

FORMAT = PcmFormat(16000, 2, 1)

PIECE_BY_PIECE = {"longest_piece_s": 2.5, "speculate_after_s": 0.1}
"""The stand-in hears the same in every piece: with these, one is said in each."""


async def test_every_sentence_of_a_recording_is_heard_by_a_server_with_endpointing(
    start_port: StartPort,
) -> None:
    """A1, A6: it ended the first one itself and swallowed what had been sent by then, which was all of it."""
    port = await start_port(endpointing={"enabled": True}, hearing=PIECE_BY_PIECE)
    async with connect(port.uri) as client:
        text = await client.transcribe(3 * [hello() + silence(1.5)], FORMAT)
    assert text == "Turn on the light. Turn on the light. Turn on the light."


async def test_nor_does_silence_at_its_beginning_or_its_length_end_a_recording(start_port: StartPort) -> None:
    """A1, A6."""
    port = await start_port(
        endpointing={"enabled": True, "no_speech_s": 1, "longest_utterance_s": 1}, hearing=PIECE_BY_PIECE
    )
    async with connect(port.uri) as client:
        text = await client.transcribe([silence(2), *(2 * [hello() + silence(1.5)])], FORMAT)
    assert text == "Turn on the light. Turn on the light."


async def test_a_server_that_ends_a_recording_all_the_same_is_an_error(tmp_path: Path) -> None:
    """Where it did is not in the protocol, so the rest cannot be sent: words would be missing unseen."""

    gone = asyncio.Event()

    async def answer_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readline()
            writer.write(b'{"type":"transcript","data":{"text":"Turn on the light."}}\n')
            await reader.read()
            writer.close()
            await writer.wait_closed()
        gone.set()

    server = await asyncio.start_unix_server(answer_early, tmp_path / "port.sock")
    async with server:
        async with connect(f"unix://{tmp_path}/port.sock") as client:
            with pytest.raises(ClientError, match="before it had the whole recording"):
                await client.transcribe(repeat(hello()), FORMAT)
        await gone.wait()

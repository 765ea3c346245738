"""``health``: well only if the model answers; and the client behind it and ``transcribe --uri``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.stand_ins import GUARD_S, hello
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.engine.errors import EngineClosedError
from wyoming_lfm2.protocol.client import ClientError, ServerRefusedError, connect
from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.protocol.health import UnhealthyError, check_health

FORMAT = PcmFormat(16000, 2, 1)


async def test_a_server_whose_model_answers_is_well(port: Port) -> None:
    said = len(port.speaker.said)
    line = await check_health(port.uri, GUARD_S)
    assert "stand-in" in line
    assert line.endswith("; voices: us-female, uk-male")
    assert port.transcriber.completed == 1
    assert len(port.speaker.said) == said


async def test_a_server_that_hears_the_end_by_itself_is_well(start_port: StartPort) -> None:
    port = await start_port(endpointing={"enabled": True})
    assert "stand-in" in await check_health(port.uri, GUARD_S)


async def test_a_server_bound_to_every_address_is_asked_on_this_machine(start_port: StartPort) -> None:
    port = await start_port("tcp://0.0.0.0:0")
    assert "127.0.0.1" in await check_health(port.uri, GUARD_S)


async def test_a_model_that_hangs_is_not_well_although_info_is_answered(port: Port) -> None:
    port.transcriber.may_go_on.clear()
    with pytest.raises(UnhealthyError, match="no transcript within 2 s"):
        await check_health(port.uri, 2)
    await port.transcriber.idle.wait()


async def test_a_model_that_failed_is_not_well(port: Port) -> None:
    port.transcriber.error = EngineClosedError("The worker has failed.")
    with pytest.raises(UnhealthyError, match="The worker has failed"):
        await check_health(port.uri, GUARD_S)


async def test_a_model_that_hears_nothing_in_speech_is_not_well(port: Port) -> None:
    port.transcriber.words = []
    with pytest.raises(UnhealthyError, match="heard nothing"):
        await check_health(port.uri, GUARD_S)


async def test_nobody_there_is_not_well(start_port: StartPort, uri: str) -> None:
    port = await start_port(uri)
    await port.close()
    with pytest.raises(UnhealthyError, match="Is the server running"):
        await check_health(port.uri, GUARD_S)


async def test_what_is_no_server_cannot_be_checked() -> None:
    with pytest.raises(UnhealthyError, match="stdio"):
        await check_health("stdio://")
    with pytest.raises(ServiceError):
        await check_health("http://localhost:10300")


@asynccontextmanager
async def other_server(answer: bytes | None) -> AsyncIterator[str]:
    """The uri of a server that reads a line, says this and closes; or, without an answer, just listens."""
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readline()
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
            writer.close()
            await writer.wait_closed()
        served.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await served.wait()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not a Wyoming server"),
        (b"", "closed the connection without info"),
        (b'{"type":"info","data":{"asr":[]}}\n', "no speech to text"),
        (b'{"type":"info","data":{"asr":[{"name":"x"}]}}\n', "info cannot be read"),
        (b'{"type":"info","data":{"asr":5}}\n', "info cannot be read"),
        (b'{"type":"error","data":{"text":"go away","code":"closed"}}\n', r"go away \(closed\)"),
        (b'{"type":"whatever"}\n', "without info"),
    ],
)
async def test_a_server_that_answers_something_else_is_not_well(answer: bytes, hint: str) -> None:
    async with other_server(answer) as uri:
        with pytest.raises(UnhealthyError, match=hint):
            await check_health(uri, GUARD_S)


async def test_the_client_hears_fragments_and_returns_the_transcript(port: Port) -> None:
    fragments: list[str] = []
    async with connect(port.uri) as client:
        for _ in range(2):
            text = await client.transcribe([hello()[:3000], hello()[3000:]], FORMAT, "en", fragments.append)
            assert text == "Turn on the light."
    assert "".join(fragments) == 2 * "Turn on the light."


async def test_the_client_says_what_the_server_refused(port: Port) -> None:
    async with connect(port.uri) as client:
        with pytest.raises(ServerRefusedError, match="'tlh'") as caught:
            await client.transcribe(60 * [hello()], FORMAT, "tlh")
    assert caught.value.code == "language"


async def test_the_client_gives_up_on_a_server_that_says_nothing() -> None:
    async with other_server(None) as uri, connect(uri, timeout_s=0.1) as client:
        with pytest.raises(ClientError, match=r"no info within 0\.1 s"):
            await client.describe()

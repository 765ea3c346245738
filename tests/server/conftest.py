"""A port on a real socket with a stand-in for the model behind it."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.server.converser_stand_in import StandInConverser
from tests.server.hung_model import SteppingTranscriber
from tests.server.speaker_stand_in import StandInSpeaker
from tests.server.stand_ins import RawClient, StandInTranscriber
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.protocol.uri import TcpUri, UnixUri
from wyoming_lfm2.server.asr import AsrService
from wyoming_lfm2.server.backends import EngineRecognizer, Recognizer
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.conversation_context import ContextProvider
from wyoming_lfm2.server.heartbeat import HeartbeatMonitor
from wyoming_lfm2.server.server import Server
from wyoming_lfm2.server.tts import TtsService


class Port:
    """A running server, and clients of it that are gone when the test is."""

    def __init__(
        self,
        server: Server,
        transcriber: StandInTranscriber,
        speaker: StandInSpeaker,
        converser: StandInConverser,
        log: pytest.LogCaptureFixture,
    ) -> None:
        self.server = server
        self.transcriber = transcriber
        self.speaker = speaker
        self.converser = converser
        self._log = log
        self._clients: list[RawClient] = []

    @property
    def uri(self) -> str:
        return str(self.server.uri)

    async def connect(self, host: str | None = None) -> RawClient:
        uri = self.server.uri
        if isinstance(uri, UnixUri):
            reader, writer = await asyncio.open_unix_connection(uri.path)
        else:
            assert isinstance(uri, TcpUri)
            reader, writer = await asyncio.open_connection(host or uri.host, uri.port)
        client = RawClient(reader, writer)
        self._clients.append(client)
        return client

    def warnings(self) -> list[str]:
        """What was logged, from warnings on."""
        return [r.getMessage() for r in self._log.records if r.levelno >= logging.WARNING]

    async def close(self) -> None:
        for client in self._clients:
            client.writer.transport.abort()
        await self.server.stop()


StartPort = Callable[..., Any]


@pytest.fixture(scope="session", autouse=True)
def quick_collections() -> Iterator[None]:
    """What exists before the first test is left out of the garbage collections after each."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_fails_unseen(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail the test if asyncio had to report an exception that nobody looked at (users' row 4)."""
    caplog.set_level(logging.DEBUG)
    yield
    if not inspect.iscoroutinefunction(request.function):
        return
    gc.collect()
    unseen = [
        r.getMessage() for r in caplog.get_records("call") if r.name == "asyncio" and r.levelno > logging.INFO
    ]
    assert not unseen
    mistakes = [
        r.getMessage() for r in caplog.get_records("call") if "mistake in the server" in r.getMessage()
    ]
    assert not mistakes


@pytest.fixture(params=["tcp", "unix"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Both kinds of socket: what a client sees must not depend on it."""
    return "tcp://127.0.0.1:0" if request.param == "tcp" else f"unix://{tmp_path}/port.sock"


@pytest.fixture
async def start_port(caplog: pytest.LogCaptureFixture) -> AsyncIterator[StartPort]:
    """Starts servers with settings given as nested dicts, and stops them."""
    ports: list[Port] = []

    async def start(
        uri: str = "tcp://127.0.0.1:0",
        transcriber: StandInTranscriber | None = None,
        recognizer: Recognizer | None = None,
        speaker: StandInSpeaker | None = None,
        converser: StandInConverser | None = None,
        context_providers: Sequence[ContextProvider] | None = None,
        stalled_limit_s: float | None = None,
        **sections: dict[str, Any],
    ) -> Port:
        service = {"uri": uri, **sections.pop("service", {})}
        settings = Settings.model_validate({"service": service, **sections})
        transcriber = transcriber or StandInTranscriber()
        engine_recognizer = EngineRecognizer(transcriber, settings.hearing, settings.endpointing)
        asr = AsrService(settings.service.name, recognizer or engine_recognizer, settings.log)
        speaker = speaker or StandInSpeaker()
        tts = TtsService(settings.service.name, speaker, settings.speaking, settings.log)
        converser = converser or StandInConverser()
        handle = ConversationService(
            settings.service.name,
            converser,
            settings.conversation,
            settings.log,
            tts.prepare,
            context_providers,
        )
        server = Server(settings.service)
        server.bind()
        heartbeat = None
        if stalled_limit_s is not None:
            assert isinstance(transcriber, SteppingTranscriber)
            heartbeat = HeartbeatMonitor(transcriber, stalled_limit_s)
        await server.start([asr, tts, handle], heartbeat)
        ports.append(Port(server, transcriber, speaker, converser, caplog))
        return ports[-1]

    yield start
    for port in ports:
        await port.close()


@pytest.fixture
async def port(start_port: StartPort, uri: str) -> Port:
    """A server with default settings."""
    started: Port = await start_port(uri)
    return started

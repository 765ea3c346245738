"""A real engine with tiny random weights behind a real socket: what it answers is spoken before anybody asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.conftest import noise, transcript
from tests.engine.conversing import counted_rows, model_of
from tests.model_sets import TINY_VOCODER, tiny_model_set
from tests.server.requests_in_words import answer, ask, say, sound
from tests.server.stand_ins import GUARD_S, RawClient
from wyoming_lfm2.config.settings import EngineSettings, Settings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.server import Server
from wyoming_lfm2.server.tts import TtsService

prepare("passive")
SETTINGS = Settings.model_validate({"service": {"uri": "tcp://127.0.0.1:0"}})


class Port:
    """The engine behind its port; it answers nothing, for which the port has words of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.server = Server(SETTINGS.service)
        self.tts = TtsService("lfm2", engine, SETTINGS.speaking, SETTINGS.log)
        self.handle = ConversationService(
            "lfm2", engine, SETTINGS.conversation, SETTINGS.log, on_said=self.tts.prepare
        )

    async def connect(self) -> RawClient:
        assert isinstance(self.server.uri, TcpUri)
        return RawClient(*await asyncio.open_connection(self.server.uri.host, self.server.uri.port))

    async def until_idle(self) -> None:
        """Return when speech ahead has begun and ended."""
        sequences = model_of(self.engine).sequences
        async with asyncio.timeout(GUARD_S):
            while not self.tts._mouth._prepared.size or sequences.in_use:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Port]:
    """Speaks at once, each sentence for as long as it may."""
    rig = {"<|audio_start|>": 4.0, "<|im_end|>": 0.0}
    codes = {TINY_VOCODER.end_of_audio: 0.0}
    speaking = tiny_model_set(tmp_path / "model", rig=rig, speech=True, codes=codes)
    settings = EngineSettings(threads=1, frames_per_character=10)
    engine = await Engine.load(speaking, settings, 30.0, tmp_path, SETTINGS.conversation)
    started = Port(engine)
    started.server.bind()
    await started.server.start([started.tts, started.handle])
    yield started
    await started.server.stop()
    await engine.close()


async def test_whoever_asks_for_the_speech_of_an_answer_needs_the_model_no_more(port: Port) -> None:
    client = await port.connect()
    text = answer(await ask(client, "Hello.")).data["text"]
    await port.until_idle()
    with counted_rows(port.engine) as rows:
        spoken = sound(await say(client, text))
    assert len(spoken) > 48_000
    assert not rows
    await client.hang_up()


async def test_who_speaks_to_the_model_meanwhile_is_heard_and_speech_ahead_is_dropped(port: Port) -> None:
    client = await port.connect()
    expected = await transcript(port.engine, noise(1))
    text = answer(await ask(client, "Hello.")).data["text"]
    async with asyncio.timeout(GUARD_S):
        while not model_of(port.engine).sequences.in_use:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert await transcript(port.engine, noise(1)) == expected
    assert model_of(port.engine).sequences.in_use == 0
    assert not port.tts._mouth._prepared.size
    assert len(sound(await say(client, text))) > 48_000
    await client.hang_up()

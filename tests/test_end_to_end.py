"""A real engine with tiny random weights behind a real socket: what the port adds, and that it adds no text."""

from __future__ import annotations

import asyncio
import wave
from importlib.resources import files
from pathlib import Path

import pytest

from tests.model_sets import tiny_model_set
from wyoming_lfm2.app import serve
from wyoming_lfm2.asr.stream import AsrStream
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.config.settings import EngineSettings, HearingSettings, Settings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.protocol.client import ClientError, connect

prepare("passive")
ENGINE = EngineSettings(threads=1)


def spoken_word() -> tuple[bytes, PcmFormat]:
    """The word that the health check says."""
    with files("wyoming_lfm2.protocol").joinpath("hello.wav").open("rb") as file, wave.open(file) as wav:
        fmt = PcmFormat(wav.getframerate(), wav.getsampwidth(), wav.getnchannels())
        return wav.readframes(wav.getnframes()), fmt


@pytest.fixture(scope="module")
def model_set(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    """Random weights whose transcripts end by themselves."""
    return tiny_model_set(tmp_path_factory.mktemp("model"), rig={"<|im_end|>": 2.0})


async def test_the_port_says_exactly_what_the_engine_writes(model_set: ModelSet, tmp_path: Path) -> None:
    pcm, fmt = spoken_word()
    engine = await Engine.load(model_set, ENGINE, 30.0)
    utterance = AsrStream(engine, HearingSettings())
    await utterance.feed(pcm, fmt)
    await utterance.finish()
    direct = "".join([fragment async for fragment in utterance.fragments()])
    await utterance.cancel()
    await engine.close()
    assert direct, "the comparison would prove nothing"

    uri = f"unix://{tmp_path}/port.sock"
    settings = Settings.model_validate({"service": {"uri": uri}})
    stop = asyncio.Event()
    loading = lambda: Engine.load(model_set, ENGINE, 30.0)  # noqa: E731
    serving = asyncio.create_task(serve(settings, loading, stop, tmp_path))
    async with asyncio.timeout(120):
        while not serving.done():
            try:
                async with connect(uri) as client:
                    assert (await client.describe()).asr[0].models[0].name == model_set.model.name
                    texts = [await client.transcribe([pcm], fmt) for _ in range(2)]
                break
            except ClientError:
                await asyncio.sleep(0.05)  # not listening yet
    others = await asyncio.gather(*(ask(uri, pcm, fmt) for _ in range(4)))
    stop.set()
    await serving
    assert [*texts, *others] == 6 * [direct]


async def ask(uri: str, pcm: bytes, fmt: PcmFormat) -> str:
    """One request on a connection of its own, as Home Assistant makes it."""
    async with connect(uri) as client:
        return await client.transcribe([pcm], fmt)

"""That what a server says is sent back to it, and how its mistakes are counted."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.speech_loop import SENTENCES, report, speech_loop
from tests.server.conftest import StartPort, start_port  # noqa: F401
from tests.server.speaker_stand_in import StandInSpeaker
from tests.server.stand_ins import hello
from wyoming_lfm2.engine.api import SAMPLE_RATE, SPEECH_RATE, PlaybackClock, Voice
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.protocol.voice_names import UnknownVoiceError


class Greeter(StandInSpeaker):
    """Says hello, whatever it is to say: what hears it must take it for speech."""

    async def speak(
        self, text: str, voice: Voice, playback: PlaybackClock | None = None
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        self.said.append((voice.name, text))
        if self.error is not None and "broken" in text:
            raise self.error
        samples = np.frombuffer(hello(), "<i2").astype(np.float32) / 32768
        times = np.arange(0, len(samples), SAMPLE_RATE / SPEECH_RATE)
        yield np.interp(times, np.arange(len(samples)), samples).astype(np.float32)


async def test_each_voice_says_each_sentence_and_what_is_heard_is_compared(start_port: StartPort) -> None:  # noqa: F811
    speaker = Greeter()
    port = await start_port(speaker=speaker)
    port.transcriber.words = ["Turn on", " the", " light."]
    said = ["Turn on the light.", "Turn off the light!"]
    results = [result async for result in speech_loop(port.uri, said)]
    assert speaker.said == [(voice, text) for voice in ("us-female", "uk-male") for text in said]
    assert report(results).splitlines() == [
        "us-female: 12.5% of 8 words wrong, 1 of 2 sentences without any error",
        "uk-male: 12.5% of 8 words wrong, 1 of 2 sentences without any error",
        "",
        "The worst:",
        " 25%  us-female: 'Turn off the light!' was heard as 'Turn on the light.'",
        " 25%  uk-male: 'Turn off the light!' was heard as 'Turn on the light.'",
    ]


async def test_a_sentence_that_is_refused_is_wholly_wrong_and_the_others_are_not(
    start_port: StartPort,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    speaker = Greeter()
    speaker.error = EngineError("It will not be said.")
    port = await start_port(speaker=speaker)
    said = ["The lamp is broken.", "Turn on the light."]
    results = [result async for result in speech_loop(port.uri, said, ["uk-male"])]
    assert [result.errors.rate for result in results] == [1.0, 0.0]
    assert "It will not be said" in capsys.readouterr().err


async def test_a_voice_that_the_server_does_not_list_is_asked_for_in_vain(start_port: StartPort) -> None:  # noqa: F811
    port = await start_port(speaker=Greeter())
    with pytest.raises(UnknownVoiceError, match="did you mean uk-male"):
        _ = [result async for result in speech_loop(port.uri, ["Hello."], ["uk-mal"])]


def test_there_are_fifty_different_sentences() -> None:
    sentences = SENTENCES.read_text(encoding="utf-8").splitlines()
    assert len(set(sentences)) == len(sentences) == 50
    assert all(sentence.strip() == sentence and sentence[-1] in ".?" for sentence in sentences)

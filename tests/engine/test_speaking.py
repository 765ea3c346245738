"""Speech of a tiny random model: what is said cannot be heard, but how it is said can be counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nano.model_set_writer import write_vocoder
from tests.engine.conftest import noise, transcript
from tests.model_sets import TINY_VOCODER, SeededArrays, published_detokenizer, tiny_model_set, tiny_tokenizer
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import CannotSpeakError, EngineError, TextTooLongError
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.steps import AudioFrame, Prefill, Step
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.vocoder_layout import vocoder_tensors
from wyoming_lfm2.models.model_set import ModelSet

FEMALE = Voice("us-female", "Perform TTS. Use the US female voice.", ("en-US",), "")
MALE = Voice("us-male", "Perform TTS. Use the US male voice.", ("en-US",), "")
SENTENCE = "turn on the light"
MOST_FRAMES = 25 + 2 * len(SENTENCE)


@pytest.fixture(scope="session")
def speaking_set(folder: Path) -> ModelSet:
    """Speaks at once, and never ends by itself."""
    rig = {"<|audio_start|>": 4.0, "<|im_end|>": 0.0}
    return tiny_model_set(folder / "speaking", rig=rig, speech=True, codes={TINY_VOCODER.end_of_audio: 0.0})


@pytest.fixture
async def speaking(speaking_set: ModelSet, folder: Path) -> AsyncIterator[Engine]:
    engine = await Engine.load(speaking_set, EngineSettings(threads=1), 30.0, folder / "cache")
    yield engine
    await engine.close()


async def said(engine: Engine, text: str = SENTENCE, voice: Voice = FEMALE) -> list[NDArray[np.float32]]:
    return [piece async for piece in engine.speak(text, voice, PlaybackClock())]


async def test_the_first_piece_has_1440_samples_the_others_1920_and_the_last_480(speaking: Engine) -> None:
    pieces = await said(speaking)
    assert [len(piece) for piece in pieces] == [1440, *[1920] * (len(pieces) - 2), 480]
    sound = np.concatenate(pieces)
    assert sound.dtype == np.float32
    assert 0 < np.abs(sound).max() <= 1


async def test_a_detokenizer_with_a_vocabulary_speaks_as_one_without(
    speaking_set: ModelSet, tmp_path: Path
) -> None:
    """The published one has one, and nothing uses it."""
    sounds = []
    for name, vocabulary in (("with", tiny_tokenizer()), ("without", None)):
        tokenizer = published_detokenizer(tmp_path / f"tokenizer-{name}.gguf", vocabulary)
        changed = replace(speaking_set, tokenizer=tokenizer)
        engine = await Engine.load(changed, EngineSettings(threads=1), 30.0, tmp_path / "cache")
        sounds.append(np.concatenate(await said(engine)))
        await engine.close()
    assert np.abs(sounds[0]).max() > 0
    np.testing.assert_array_equal(*sounds)


async def test_the_same_text_voice_and_seed_sound_the_same_and_others_do_not(speaking: Engine) -> None:
    first = np.concatenate(await said(speaking))
    # The second time the voice's prompt is not computed but copied.
    assert np.array_equal(first, np.concatenate(await said(speaking)))
    other_seed = Voice("us-female", FEMALE.prompt, ("en-US",), "", seed=2)
    for text, voice in ((SENTENCE, MALE), (SENTENCE, other_seed), ("turn off the light", FEMALE)):
        other = np.concatenate(await said(speaking, text, voice))
        assert other.shape != first.shape or not np.array_equal(other, first)


async def test_an_endless_sentence_is_cut_and_said_so(
    speaking: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    pieces = await said(speaking)
    assert sum(map(len, pieces)) <= MOST_FRAMES * 1920
    assert "was cut" in caplog.text


class _Deaf(SeededArrays):
    """A depthformer that hears nothing of the backbone, so that its likeliest frame is always the same."""

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        array = super().__getitem__(name)
        return np.zeros_like(array) if name == "depth_linear.weight" else array


async def test_a_sentence_that_goes_in_circles_is_cut_long_before_its_largest_length_and_said_so(
    speaking_set: ModelSet, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    circling = replace(speaking_set, vocoder=folder / "circling" / "vocoder-tiny.gguf")
    assert circling.vocoder is not None
    circling.vocoder.parent.mkdir()
    write_vocoder(circling.vocoder, TINY_VOCODER, _Deaf(1, vocoder_tensors(TINY_VOCODER)), Quantization.F32)
    settings = EngineSettings(threads=1, frames_per_character=20)
    engine = await Engine.load(circling, settings, 30.0, folder / "cache")
    pieces = await said(engine, voice=replace(FEMALE, temperature=0))
    # One frame, and the same for two seconds; then what a sound ends with.
    assert [len(piece) for piece in pieces] == [1440, *[1920] * 25, 480]
    assert "a sentence of voice us-female was cut: it repeated itself every 1 frames" in caplog.text
    # The next one begins anew.
    assert len(await said(engine)) > 1
    await engine.close()


async def test_the_end_of_the_sound_is_fed_back_and_not_spoken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = {"<|audio_start|>": 4.0, "<|im_end|>": 0.0}
    ending = tiny_model_set(folder / "ends", rig=rig, speech=True, codes={TINY_VOCODER.end_of_audio: 1.5})
    engine = await Engine.load(ending, EngineSettings(threads=1), 30.0, folder / "cache")
    model = engine._scheduler.loaded.result(timeout=0)
    done: list[tuple[Step, Any]] = []
    run = model.run

    def noted(turn: Sequence[tuple[Any, Step]]) -> Sequence[Any]:
        results = run(turn)
        for (_, step), result in zip(turn, results, strict=True):
            # Rows are good for one step only.
            done.append((replace(step, rows=step.rows.copy()) if isinstance(step, Prefill) else step, result))
        return results

    monkeypatch.setattr(model, "run", noted)
    pieces = await said(engine)
    frames = [result for _, result in done if isinstance(result, AudioFrame)]
    ends = [
        number for number, (_, result) in enumerate(done) if isinstance(result, AudioFrame) and result.ends
    ]
    assert ends
    end_codes = (TINY_VOCODER.end_of_audio,) * TINY_VOCODER.n_codebooks
    for number in ends:
        _, frame = done[number]
        assert frame.codes == end_codes
        fed_back, _ = done[number + 1]
        assert isinstance(fed_back, Prefill) and fed_back.output
        assert fed_back.rows.shape == (1, 256)
    # What the backbone heard of it: the sum of the embeddings of eight times end-of-audio.
    assert model.speech is not None
    assert np.array_equal(model.speech.embedded([end_codes])[0], fed_back.rows[0])
    assert sum(map(len, pieces)) == 1920 * (len(frames) - len(ends))
    await engine.close()


async def test_several_speak_and_are_heard_at_once(speaking: Engine) -> None:
    alone = [np.concatenate(await said(speaking, SENTENCE, voice)) for voice in (FEMALE, MALE)]
    heard = await transcript(speaking, noise(1))
    female, male, again, text = await asyncio.gather(
        said(speaking, SENTENCE, FEMALE),
        said(speaking, SENTENCE, MALE),
        said(speaking, SENTENCE, FEMALE),
        transcript(speaking, noise(1)),
    )
    assert text == heard
    for expected, pieces in ((alone[0], female), (alone[1], male), (alone[0], again)):
        sound = np.concatenate(pieces)
        # Sums of several rows at once are rounded otherwise.
        assert sound.shape == expected.shape
        assert np.abs(sound - expected).max() < 0.01


async def test_who_stops_listening_frees_everything(speaking: Engine) -> None:
    expected = np.concatenate(await said(speaking))
    model = speaking._scheduler.loaded.result(timeout=0)
    for _ in range(12):
        async with aclosing(speaking.speak(SENTENCE, FEMALE)) as pieces:
            await anext(pieces)
    assert np.array_equal(np.concatenate(await said(speaking)), expected)
    assert model.sequences.in_use == 0
    assert all(model.backbone.length(sequence) == 0 for sequence in range(4))


async def test_a_set_that_names_no_voices_has_one_all_the_same(speaking: Engine) -> None:
    (voice,) = speaking.info.voices
    assert (voice.name, voice.prompt, voice.languages) == ("default", "Perform TTS.", ("en",))
    assert len(await said(speaking, voice=voice)) > 1


async def test_white_space_is_not_spoken(speaking: Engine) -> None:
    assert await said(speaking, " \n") == []


async def test_control_tokens_in_a_text_are_only_letters(speaking: Engine) -> None:
    prompt = speaking._speech.prompt  # type: ignore[union-attr]
    tokens = prompt.text("<|im_end|>")
    assert tokens.count(prompt.im_end) == 1


async def test_a_text_that_cannot_fit_is_refused_with_a_remedy(speaking: Engine) -> None:
    with pytest.raises(TextTooLongError, match="shorter"):
        await said(speaking, "light " * 2000)


async def test_a_model_that_writes_instead_of_speaking_is_made_to_speak(folder: Path) -> None:
    rig = {"<|audio_start|>": 0.0, "<|im_end|>": 0.0}
    writing = tiny_model_set(folder / "writing", speech=True, rig=rig, codes={TINY_VOCODER.end_of_audio: 0.0})
    engine = await Engine.load(writing, EngineSettings(threads=1), 30.0, folder / "cache")
    assert len(np.concatenate(await said(engine))) > 1920
    await engine.close()


async def test_a_model_that_has_nothing_to_say_even_then_is_an_error_and_no_sound(folder: Path) -> None:
    rig = {"<|audio_start|>": 0.0, "<|im_end|>": 0.0}
    mute = tiny_model_set(folder / "mute", speech=True, rig=rig, codes={TINY_VOCODER.end_of_audio: -1e3})
    engine = await Engine.load(mute, EngineSettings(threads=1), 30.0, folder / "cache")
    with pytest.raises(EngineError, match=r"instead of speaking a sentence of \d+ tokens; a shorter one may"):
        await said(engine)
    await engine.close()


async def test_a_set_without_files_for_speech_hears_and_says_why_it_is_silent(ending: Engine) -> None:
    assert ending.info.voices == ()
    assert "vocoder" in ending.info.tts_unavailable_reason
    assert isinstance(await transcript(ending, noise(1)), str)
    with pytest.raises(CannotSpeakError, match="vocoder"):
        await said(ending)

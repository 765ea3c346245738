"""Speech by Mimi in the detokenizer's place: by a stand-in for rustymimi, and by rustymimi where it is installed."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import types
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.mimi_weights import all_shapes, codebook_shapes, write_safetensors
from tests.model_sets import TINY_DETOKENIZER, TINY_VOCODER, add_speech, tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.model.mimi import Mimi
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelSet

SIZES = dataclasses.replace(TINY_VOCODER, n_codes=2048)
PanicException = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})
"""What PyO3 raises where Rust panics; no ``Exception``, and not to be imported from anywhere."""
VOICE = Voice("any", "Perform TTS.", ("en",), "")
TEXTS = ("turn on the light", "what time is it", "turn off the kitchen light")


class StandInTokenizer:
    """Its sound is the sum of all codes that it has been given since it was reset."""

    loaded = 0

    def __init__(self, path: str) -> None:
        if Path(path).stat().st_size == len("broken"):
            raise ValueError("HeaderTooLarge\n   0: a backtrace")
        type(self).loaded += 1
        self._sum = 0

    def decode_step(self, codes: NDArray[np.uint32]) -> NDArray[np.float32]:
        assert codes.dtype == np.uint32
        assert codes.shape == (1, 8, 1)
        assert codes.flags.c_contiguous
        if codes.max() >= 2048:
            raise ValueError("index-select invalid index\n   0: a backtrace")
        self._sum += int(codes.sum())
        return np.full((1, 1, 1920), self._sum / 1e8, np.float32)

    def reset(self) -> None:
        self._sum = 0


@pytest.fixture(autouse=True)
def rustymimi(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "installed" not in request.fixturenames:
        StandInTokenizer.loaded = 0
        module = types.ModuleType("rustymimi")
        module.Tokenizer = StandInTokenizer  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "rustymimi", module)


@pytest.fixture(scope="module")
def first_release(folder: Path) -> ModelSet:
    """Speaks at once and never ends by itself; has no detokenizer."""
    rig = {"<|audio_start|>": 4.0, "<|im_end|>": 0.0}
    hearing = tiny_model_set(folder / "first", rig=rig)
    codes = {SIZES.end_of_audio: 0.0}
    speaking = add_speech(hearing, 1, Quantization.F32, SIZES, TINY_DETOKENIZER, codes)
    mimi = write_safetensors(folder / "mimi.safetensors", codebook_shapes(), zeros=True)
    return dataclasses.replace(speaking, tokenizer=None, mimi=mimi)


@pytest.fixture
async def engine(first_release: ModelSet, folder: Path) -> AsyncIterator[Engine]:
    loaded = await Engine.load(first_release, EngineSettings(threads=1), 30.0, folder / "cache")
    yield loaded
    await loaded.close()


async def said(engine: Engine, text: str) -> list[NDArray[np.float32]]:
    return [piece async for piece in engine.speak(text, VOICE)]


def failing(error: BaseException) -> Callable[..., None]:
    """A method that does nothing but raise this."""

    def method(*arguments: object) -> None:
        raise error

    return method


async def test_each_frame_is_80_ms_of_sound_and_nothing_is_held_back(engine: Engine) -> None:
    pieces = await said(engine, TEXTS[0])
    assert pieces
    assert {len(piece) for piece in pieces} == {1920}


async def test_as_many_are_loaded_as_sentences_are_spoken_at_once_and_used_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is. Two of the four sequences are left to commands and answers.
    monkeypatch.setattr(engine._scheduler._waiting.pace, "has_room", lambda _: True)
    at_once = 2
    alone = np.concatenate(await said(engine, TEXTS[0]))
    assert StandInTokenizer.loaded == 1
    for _ in range(2):
        await asyncio.gather(*(said(engine, text) for text in TEXTS))
    assert StandInTokenizer.loaded == at_once
    async with aclosing(engine.speak(TEXTS[1], VOICE)) as pieces:
        await anext(pieces)
    assert np.array_equal(np.concatenate(await said(engine, TEXTS[0])), alone)
    assert StandInTokenizer.loaded == at_once


def test_sentences_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    (tmp_path / "mimi").touch()
    mimi = Mimi(tmp_path / "mimi")
    codes = np.random.default_rng(0).integers(0, 2048, (4, 2, 8)).astype(np.int32)
    together = [mimi.sound([5, 2], frame) for frame in codes]
    mimi.forget(5)
    mimi.forget(2)
    for place in range(2):
        alone = [mimi.sound([1], frame[place : place + 1])[0] for frame in codes]
        assert np.array_equal(alone, [frame[place] for frame in together])
        mimi.forget(1)


def test_end_of_audio_in_a_later_book_is_taken_for_the_last_code(tmp_path: Path) -> None:
    (tmp_path / "mimi").touch()
    mimi = Mimi(tmp_path / "mimi")
    codes = np.full((1, 8), 2047, np.int32)
    expected = mimi.sound([0], codes)
    mimi.forget(0)
    codes[0, 3] = 2048
    assert np.array_equal(mimi.sound([0], codes), expected)


def test_what_rustymimi_refuses_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "mimi").write_text("broken")
    with pytest.raises(ModelFileError, match=r"rustymimi refuses it \(HeaderTooLarge\)"):
        Mimi(tmp_path / "mimi")


def test_a_panic_while_it_is_loaded_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mimi").touch()
    monkeypatch.setattr(StandInTokenizer, "__init__", failing(PanicException("index out of bounds")))
    with pytest.raises(ModelFileError, match=r"rustymimi refuses it \(index out of bounds\)"):
        Mimi(tmp_path / "mimi")


@pytest.mark.parametrize(
    "error", [ValueError("out of luck\n   0: a backtrace"), PanicException("out of luck")]
)
async def test_a_frame_that_fails_fails_its_sentence_only(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(StandInTokenizer, "decode_step", failing(error))
        with pytest.raises(EngineError, match=r"Mimi failed \(out of luck\)"):
            await said(engine, TEXTS[0])
    assert await said(engine, TEXTS[0])
    assert StandInTokenizer.loaded == 2, "one that failed is not used again"


async def test_one_that_cannot_begin_anew_is_loaded_again_and_no_sentence_suffers(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = np.concatenate(await said(engine, TEXTS[0]))
    with monkeypatch.context() as patch:
        patch.setattr(StandInTokenizer, "reset", failing(PanicException("out of luck")))
        assert np.array_equal(np.concatenate(await said(engine, TEXTS[0])), whole)
    assert np.array_equal(np.concatenate(await said(engine, TEXTS[0])), whole)
    assert StandInTokenizer.loaded == 2


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, SystemExit, type("PanicException", (BaseException,), {})]
)
def test_what_is_no_failure_of_rustymimi_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    (tmp_path / "mimi").touch()
    mimi = Mimi(tmp_path / "mimi")
    monkeypatch.setattr(StandInTokenizer, "decode_step", failing(error()))
    with pytest.raises(error):
        mimi.sound([0], np.zeros((1, 8), np.int32))
    monkeypatch.setattr(StandInTokenizer, "__init__", failing(error()))
    with pytest.raises(error):
        Mimi(tmp_path / "mimi")


@pytest.fixture
def installed() -> None:
    pytest.importorskip("rustymimi")


@pytest.mark.usefixtures("installed")
def test_rustymimi_itself_loads_the_layout_and_makes_the_same_sound_again(tmp_path: Path) -> None:
    mimi = Mimi(write_safetensors(tmp_path / "mimi.safetensors", all_shapes()))
    codes = np.random.default_rng(1).integers(0, 2048, (6, 2, 8)).astype(np.int32)
    rounds = []
    for _ in range(2):
        frames = [mimi.sound([0, 3], frame) for frame in codes]
        assert {part.shape for frame in frames for part in frame} == {(1920,)}
        rounds.append(np.array(frames))
        for utterance in (0, 3):
            assert not len(mimi.flush(utterance))
            mimi.forget(utterance)
    assert np.abs(rounds[0]).max() > 0.01
    assert not np.allclose(rounds[0][:, 0], rounds[0][:, 1])
    # Not bit for bit: after a reset its attention adds up in another order.
    assert np.allclose(rounds[0], rounds[1], atol=1e-5)

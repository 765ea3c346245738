"""What the engine makes of a set of files along the reference's own tokens and frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.official_converter import sizes
from tests.parity.given import Draws
from wyoming_lfm2.config.settings import EngineSettings, ModelSettings
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.kv_cache import Sequence
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.steps import DecodeToken, GenerateAudioFrame, Prefill, PrefillTokens
from wyoming_lfm2.models.locate import locate_model_set

SETTINGS = EngineSettings(threads=2, context=1024)
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Made:
    """Shapes as in `reference.Reference.run`."""

    asr_prompt: list[int]
    tts_prompt: list[int]
    embeddings: Array
    asr_logits: Array
    tts_logits: Array
    depth_logits: Array
    sums: Array
    sound: Array


def run_engine(folder: Path, cache: Path, reference: dict[str, NDArray[Any]]) -> Made:
    """Raises ModelFileError when the files are refused."""
    with _loaded(folder, cache) as model:
        assert model.speech is not None, model.tts_unavailable_reason
        prompt = model.speech.prompt
        embeddings = model.encoder.encode(reference["samples"].astype(np.float32)).copy()
        asr_logits = _heard(model, embeddings, reference["asr_tokens"])
        tts_prompt = [*prompt.prefix(sizes.TTS_SYSTEM), *prompt.text(sizes.TTS_TEXT)]
        sequence = _sequence(model)
        tts_logits = _prefilled(model, sequence, tts_prompt)
        depth_logits, sums, sound = [], [], []
        row = prompt.audio_start_row
        for codes in reference["frames"]:
            draws = Draws(codes)
            (frame,) = model.run([(sequence, GenerateAudioFrame(row, draws))])
            row = frame.row
            depth_logits.append(np.stack(draws.logits))
            sums.append(frame.row.copy())
            sound.append(frame.sound.copy())
        sound.append(model.speech.detokenizer.flush(sequence.id).copy())
        return Made(
            asr_prompt=[*model.prompt.prefix, *model.prompt.suffix],
            tts_prompt=tts_prompt,
            embeddings=embeddings,
            asr_logits=asr_logits,
            tts_logits=tts_logits,
            depth_logits=np.stack(depth_logits),
            sums=np.stack(sums),
            sound=np.concatenate(sound),
        )


@contextmanager
def _loaded(folder: Path, cache: Path) -> Iterator[ModelRunner]:
    model = ModelRunner(
        locate_model_set(ModelSettings(directory=folder)), SETTINGS, longest_piece_s=10, cache=cache
    )
    try:
        yield model
    finally:
        model.close()


def _sequence(model: ModelRunner) -> Sequence:
    sequence = model.sequences.take(SETTINGS.context // 2)
    assert sequence is not None
    return sequence


def _prefilled(model: ModelRunner, sequence: Sequence, tokens: list[int]) -> Array:
    """Logits behind ``tokens``, (n_vocab,)."""
    logits: Array | None = None
    for start in range(0, len(tokens), ROWS_PER_STEP):
        (logits,) = model.run([(sequence, PrefillTokens(tuple(tokens[start : start + ROWS_PER_STEP])))])
    assert logits is not None
    return logits.copy()


def _heard(model: ModelRunner, embeddings: Array, tokens: NDArray[np.int32]) -> Array:
    """Logits before each of ``tokens``."""
    sequence = _sequence(model)
    _prefilled(model, sequence, list(model.prompt.prefix))
    rows = np.concatenate((embeddings, model.prompt.suffix_rows))
    logits: Array | None = None
    for start in range(0, len(rows), ROWS_PER_STEP):
        part = np.ascontiguousarray(rows[start : start + ROWS_PER_STEP])
        last = start + len(part) == len(rows)
        (logits,) = model.run([(sequence, Prefill(part, output=last))])
    assert logits is not None
    made = [logits.copy()]
    for token in tokens[:-1]:
        (logits,) = model.run([(sequence, DecodeToken(int(token)))])
        assert logits is not None
        made.append(logits.copy())
    model.sequences.give_back(sequence)
    return np.stack(made)

"""The engine at the released sizes: the same things as `reference` computes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.parity.full_shape import cases
from tests.parity.full_shape.cases import Array
from tests.parity.full_shape.files import model_set
from tests.parity.given import Draws
from tests.parity.running import forced_logits
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.model.backbone import TokenRow
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.gguf.quantization import Quantization

SETTINGS = EngineSettings(threads=2, context=4096)
AT_ONCE = 4
"""Utterances that the depthformer is asked for together."""

Got = tuple[str, str, Array]
"""What it is, the name of the reference's array, and the engine's."""


@contextmanager
def resident(folder: Path, storage: Quantization) -> Iterator[ModelRunner]:
    """Loads the files of ``folder``."""
    model = ModelRunner(
        model_set(folder, storage), SETTINGS, longest_piece_s=30, cache=folder / f"cache-{storage.value}"
    )
    try:
        yield model
    finally:
        model.close()


def hearing(model: ModelRunner) -> Iterator[Got]:
    """Embeddings of sounds, and logits along a transcript."""
    tokens = cases.tokens("asr", cases.ASR_TOKENS).tolist()
    for name, samples in cases.sounds().items():
        embeddings = model.encoder.encode(samples).copy()
        yield f"embeddings {name}", f"embeddings {name}", embeddings
        sequence = model.sequences.take(600)
        assert sequence is not None
        model.backbone.remove_sequence(sequence.id)
        logits = forced_logits(model.backbone, model.prompt, sequence.id, embeddings, tokens)
        model.sequences.give_back(sequence)
        yield f"logits {name}", f"logits {name}", logits


def long_sounds(model: ModelRunner) -> Iterator[Got]:
    """Embeddings of sounds of 30 and 100 s."""
    for name, samples in cases.long_sounds().items():
        yield f"embeddings {name}", f"embeddings {name}", model.encoder.encode(samples).copy()


def long_text(model: ModelRunner) -> Iterator[Got]:
    """Logits far along a text.

    Steps of one token are done by one thread: from 512 keys on llama.cpp shares them out among its threads, and
    fewer numbers are added up in float16 than is predicted.
    """
    backbone = model.backbone
    sequence = model.sequences.take(2200)
    assert sequence is not None
    backbone.remove_sequence(sequence.id)
    tokens = cases.tokens("long", max(places.stop for places in cases.LONG.values())).tolist()
    position = 0
    backbone._llama.llama_set_n_threads(backbone._context, 1, SETTINGS.threads)
    for name, places in cases.LONG.items():
        backbone.prefill_tokens(sequence.id, position, tokens[position : places.start])
        rows = [
            backbone.decode_tokens([TokenRow(sequence.id, place, tokens[place])])[0].copy()
            for place in places
        ]
        position = places.stop
        yield name, name, np.stack(rows)
    backbone._llama.llama_set_n_threads(backbone._context, SETTINGS.threads, SETTINGS.threads)
    model.sequences.give_back(sequence)


def depthformer(model: ModelRunner) -> Iterator[Got]:
    """Logits of codes that are given, one frame at a time and several at once, and summed embeddings."""
    assert model.speech is not None
    states, codes = cases.states(cases.FRAMES), cases.codes(cases.FRAMES)
    for what, count in (("codes' logits", 1), (f"codes' logits, {AT_ONCE} at once", AT_ONCE)):
        logits: list[Array] = []
        for start in range(0, cases.FRAMES, count):
            draws = [Draws(frame) for frame in codes[start : start + count]]
            model.speech.depthformer.frames(np.ascontiguousarray(states[start : start + count]), draws)
            logits += [np.stack(one.logits) for one in draws]
        yield what, "codes' logits", np.stack(logits)
    sums = [model.speech.heard(0, frame.astype(np.int32)).copy() for frame in codes]
    yield "summed embeddings", "summed embeddings", np.stack(sums)


def greedy_codes(model: ModelRunner) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """The likeliest codes, each after the engine's own choice before it: (frames, codebooks)."""
    assert model.speech is not None
    frames = []
    for row in cases.states(cases.FRAMES):
        free = Draws(np.zeros(8, np.int32), np.zeros(8, bool))
        frames.append(model.speech.depthformer.frames(row[None], [free])[0].copy())
    return np.stack(frames)


def sound(model: ModelRunner) -> Iterator[Got]:
    """The waveform of codes, frame by frame, alone and of two utterances side by side."""
    assert model.speech is not None
    detokenizer = model.speech.detokenizer
    codes = cases.codes(max(cases.SOUND_FRAMES)).astype(np.int32)
    for frames in cases.SOUND_FRAMES:
        pieces = [detokenizer.sound([0], frame[None])[0].copy() for frame in codes[:frames]]
        pieces.append(detokenizer.flush(0).copy())
        detokenizer.forget(0)
        yield f"sound of {frames} frames", f"sound of {frames} frames", np.concatenate(pieces)
    first, second = codes[cases.FIRST_FRAMES], codes[cases.SECOND_FRAMES]
    alone = len(first) - len(second)
    pieces_of = {0: [detokenizer.sound([0], frame[None])[0].copy() for frame in first[:alone]], 1: []}
    for both in zip(first[alone:], second, strict=True):
        for utterance, piece in enumerate(detokenizer.sound([0, 1], np.stack(both))):
            pieces_of[utterance].append(piece.copy())
    for utterance, pieces in pieces_of.items():
        pieces.append(detokenizer.flush(utterance).copy())
        detokenizer.forget(utterance)
    # Behind its last frame the first goes on in what it is compared with.
    sure = sum(len(piece) for piece in pieces_of[0][:-1])
    yield "sound beside another", f"sound of {frames} frames", np.concatenate(pieces_of[0])[:sure]
    yield "sound of a second utterance", "sound of a second utterance", np.concatenate(pieces_of[1])

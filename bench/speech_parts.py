"""How long each part of a frame of speech takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from wyoming_lfm2.engine.model.detokenizer import Detokenizer
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.code_sampling import CodeSampler
from wyoming_lfm2.engine.requests.steps import GenerateAudioFrame


def measure_parts(model: ModelRunner, count: int, rounds: int) -> dict[str, float]:
    """Seconds of the parts of a frame, of ``count`` utterances at once; medians of ``rounds``.

    On the thread that made ``model``.
    """
    speech = model.speech
    assert speech is not None
    detokenizer = speech.detokenizer
    assert isinstance(detokenizer, Detokenizer)
    sizes = speech.tables.sizes
    random = np.random.default_rng(0)
    # Two parts move a sequence on in each of their rounds, and in one that does not count.
    sequences = [model.sequences.take(2 * (rounds + 1)) for _ in range(count)]
    taken = [sequence for sequence in sequences if sequence is not None]
    assert len(taken) == count
    rows = random.standard_normal((count, model.backbone.width), np.float32)
    hidden = rows.copy()
    ids = [sequence.id for sequence in taken]
    draws = [CodeSampler(0.8, 64, seed) for seed in range(count)]
    codes = random.integers(0, sizes.n_codes, (count, sizes.n_codebooks)).astype(np.int32)
    columns = detokenizer.columns(ids, codes)[0].copy()

    def backbone() -> None:
        model.backbone.hidden_states(ids, [sequence.position for sequence in taken], rows)
        for sequence in taken:
            sequence.position += 1

    def heads() -> None:
        of_count = speech.depthformer._heads_for(count)
        of_count.inputs(hidden)
        for book in range(sizes.n_codebooks):
            of_count.logits(book, hidden[:, : sizes.n_embd])

    def frame() -> None:
        speech.frames([(sequence, GenerateAudioFrame(rows[i], draws[i])) for i, sequence in enumerate(taken)])

    parts: dict[str, Callable[[], Any]] = {
        "backbone": backbone,
        "depthformer, heads, drawing": lambda: speech.depthformer.frames(hidden, draws),
        "of these, heads": heads,
        "detokenizer": lambda: detokenizer.columns(ids, codes),
        "inverse Fourier transform": lambda: [detokenizer._streams[i].add(columns) for i in ids],
        "a whole frame, 80 ms of sound": frame,
    }
    times = {name: _median(part, rounds) for name, part in parts.items()}
    for sequence in taken:
        model.sequences.give_back(sequence)
    return times


def _median(part: Callable[[], Any], rounds: int) -> float:
    part()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        part()
        times.append(time.perf_counter() - start)
    return statistics.median(times)

"""Everything of a dialogue that is compared with the reference, turn by turn. As `speech_comparison`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tests.parity.comparison import Choices, Comparison
from tests.parity.dialogue_running import Followed
from tests.parity.given import Given
from tests.parity.speech_comparison import compare_speech, logits_tolerance, reference
from wyoming_lfm2.gguf.quantization import Quantization

TURNS = ("turn1", "turn2")


def compare_dialogue(
    followed: Sequence[Followed], quantization: Quantization
) -> Iterator[Comparison | Choices]:
    """Text logits and tokens, depthformer logits and codes, summed embeddings and waveform of both turns."""
    for turn, name in zip(followed, TURNS, strict=True):
        yield _tokens(turn, quantization, name)
        yield from compare_speech(turn.forced, quantization, name)


def _tokens(turn: Followed, quantization: Quantization, name: str) -> Choices:
    expected = reference(quantization, name)
    events = expected["events"]
    tokens = events[events[:, 1] < 0, 0]
    same = turn.forced.text_logits.argmax(axis=-1) == tokens
    decided = expected["text_margins"] > logits_tolerance(quantization, name, "text_logits")
    return Choices(
        f"{name}, text",
        quantization.value,
        len(tokens),
        int(decided.sum()),
        int(same.sum()),
        int((same & decided).sum()),
    )


def near_choices(quantization: Quantization, name: str) -> Given:
    """A turn of the reference, of which the choices are told that are nearer than the tolerance of their logits.

    They may fall otherwise, and what follows would be another answer.
    """
    expected = reference(quantization, name)
    events = expected["events"]
    frames = events[:, 1] >= 0
    told = np.zeros(events.shape, bool)
    told[~frames, 0] = expected["text_margins"] <= logits_tolerance(quantization, name, "text_logits")
    told[frames] = expected["depth_margins"] <= logits_tolerance(quantization, name)
    return Given(events, told)

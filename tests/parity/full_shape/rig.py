"""Finds the rows of `cases.ROWS`, with which every special token happens in the generations that are compared.

Random weights practically never choose one. Each row found is the shortest vector that gives the logit wanted at the
step wanted, and 0 at all other steps seen; it is put in while the reference generates. Only ``<|im_end|>``, which
stands in prompts, keeps its row, made longer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tests.parity.dialogue_cases import SYSTEM as TALK
from tests.parity.full_shape import cases
from tests.parity.full_shape.cases import Array
from tests.parity.full_shape.reference import IM_END, load
from tests.parity.speech_reference import SpeechReference
from wyoming_lfm2.gguf.quantization import Quantization

AUDIO_START, TEXT_END = 128, 130
LEAD = 8.0
"""Of a token's logit over the largest, where it is wanted."""
IM_END_FACTOR = 3.5
FEWEST_EVENTS, MOST_EVENTS = 27, 48
"""Of the talk: it has to end by itself, and not before there are frames and text after text."""


class _Rigging:
    """Makes choices as planned and keeps the hidden states before them."""

    def __init__(self, reference: SpeechReference) -> None:
        self.model = reference.model
        self.before_text: list[Array] = []
        self.before_codes: list[Array] = []
        self.wanted_logits: list[float] = []
        """Of end-of-audio, at each of `before_codes`."""

    @torch.no_grad()
    def generate(
        self, generate: Callable[..., Any], given: Mapping[str, Any], most: int,
        tokens: Mapping[int, int], last_frame: int,
    ) -> int:  # fmt: skip
        """How many events there are, with ``tokens`` at these steps of text and end-of-audio at that of sound."""
        model, first_book = self.model, self.model.depth_embeddings[0]
        sample, get_logits = model._sample_text_token, first_book.get_logits
        text_steps, frames = 0, 0
        hidden: list[torch.Tensor] = []

        def text(logits: torch.Tensor, **_: Any) -> torch.Tensor:
            nonlocal text_steps
            token = tokens.get(text_steps)
            text_steps += 1
            self.before_text.append(hidden[-1].numpy().copy())
            if token is None:
                return logits.argmax(keepdim=True)
            wanted = [0.0] * (len(self.before_text) - 1) + [float(logits.max()) + LEAD]
            model.lfm.embed_tokens.weight.data[token] = _shortest(self.before_text, wanted)
            return torch.tensor([token])

        def codes(state: torch.Tensor) -> torch.Tensor:
            nonlocal frames
            logits = get_logits(state).clone()
            ends = frames == last_frame
            frames += 1
            self.before_codes.append(first_book.embedding_norm(state).numpy().copy())
            highest = float(logits[: cases.FULL.vocoder.end_of_audio].max())
            self.wanted_logits.append(highest + 1 if ends else 0.0)
            if ends:
                logits[cases.FULL.vocoder.end_of_audio] = highest + 100
            return logits

        hook = model.lfm.register_forward_hook(
            lambda _module, _inputs, out: hidden.append(out.last_hidden_state[0, -1].clone())
        )
        model._sample_text_token, first_book.get_logits = text, codes
        try:
            return len(list(generate(**given, max_new_tokens=most)))
        finally:
            hook.remove()
            model._sample_text_token, first_book.get_logits = sample, get_logits


def write_rows(folder: Path) -> None:
    """Finds the rows with the F32 files of ``folder``, whatever rows those have, and writes `cases.ROWS`.

    Raises ValueError if no sound is answered as wanted.
    """
    reference = load(folder, Quantization.F32)
    model, end_of_audio = reference.model, cases.FULL.vocoder.end_of_audio
    table, first_book = model.lfm.embed_tokens.weight.data, model.depth_embeddings[0].to_logits.weight.data
    plain = cases.arrays("backbone", rigged=False)[cases.HEAD][IM_END]
    table[IM_END] = torch.from_numpy(plain * np.float32(IM_END_FACTOR))
    table[[AUDIO_START, TEXT_END]] = 0
    first_book[end_of_audio] = 0
    speech = _Rigging(reference)
    speech.generate(model.generate_sequential, dict(reference.chat()), 34, {1: AUDIO_START}, 10)
    for name, samples in cases.sounds_of_talk().items():
        table[TEXT_END] = 0
        talk = _Rigging(reference)
        talk.before_text += speech.before_text
        given = dict(reference.chat(TALK, samples))
        events = talk.generate(model.generate_interleaved, given, MOST_EVENTS, {8: TEXT_END}, 12 + 5)
        print(f"{name}: {events} events", flush=True)
        if FEWEST_EVENTS <= events < MOST_EVENTS:
            break
    else:
        raise ValueError("no answer ends as wanted; other sounds or another seed are needed")
    states = speech.before_codes + talk.before_codes
    tokens: Collection[int] = (AUDIO_START, TEXT_END, IM_END)
    np.savez(
        cases.ROWS,
        heard=np.array(name),
        tokens=np.array(tokens),
        rows=table[list(tokens)].numpy(),
        end_of_audio=_shortest(states, speech.wanted_logits + talk.wanted_logits).numpy(),
    )


def _shortest(states: list[Array], logits: list[float]) -> torch.Tensor:
    """The shortest row whose products with ``states`` are ``logits``."""
    inverse: NDArray[np.float64] = np.linalg.pinv(np.array(states, np.float64))
    return torch.from_numpy((inverse @ np.array(logits)).astype(np.float32))

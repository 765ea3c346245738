"""The reference holding a dialogue: what is said is put into its state as its documentation does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.parity.dialogue_cases import CASES, MOST_EVENTS, SYSTEM
from tests.parity.reference_arithmetic import half_convolution
from tests.parity.speech_cases import VOCODER
from tests.parity.speech_reference import EFFECTS, Effect, Event, SpeechReference, Weights, half
from wyoming_lfm2.gguf.quantization import Quantization


class DialogueReference(SpeechReference):
    """The reference with the weights of `dialogue_weights`."""

    def __init__(self, weights: Weights, tokenizer: Path) -> None:
        super().__init__(weights, tokenizer)
        self.im_end = int(self.processor.text.convert_tokens_to_ids("<|im_end|>"))

    def turns(self, quantization: Quantization) -> Iterator[tuple[dict[str, Any], list[Event]]]:
        """Of each turn what the model is given, and its answer, greedy in text and sound.

        ``<|im_end|>``, which ends an answer that is not cut, and which the reference does not yield, included.
        """
        from liquid_audio.processor import ChatState

        chat = ChatState(self.processor, dtype=torch.float32)
        chat.new_turn("system")
        chat.add_text(SYSTEM)
        chat.end_turn()
        for said in CASES[quantization].said:
            chat.new_turn("user")
            if isinstance(said, str):
                chat.add_text(said)
            else:
                chat.add_audio(torch.from_numpy(said)[None], 16000)
            chat.end_turn()
            chat.new_turn("assistant")
            given = dict(chat)
            made = list(self.model.generate_interleaved(**chat, max_new_tokens=MOST_EVENTS))
            events = [event.reshape(-1).tolist() for event in made]
            yield given, events if len(events) == MOST_EVENTS else [*events, [self.im_end]]
            self._append(chat, events)
            chat.end_turn()

    def _append(self, chat: Any, events: list[Event]) -> None:
        from liquid_audio.utils import LFMModality

        frames = [event for event in events if len(event) > 1]
        kinds = [LFMModality.AUDIO_OUT if len(event) > 1 else LFMModality.TEXT for event in events]
        chat.append(
            text=torch.tensor([[event[0] for event in events if len(event) == 1]], dtype=torch.long),
            audio_out=torch.tensor(np.array(frames, np.int64).reshape(-1, VOCODER.n_codebooks).T),
            modality_flag=torch.tensor([[int(kind) for kind in kinds]]),
        )


@contextmanager
def half_heard(reference: SpeechReference) -> Iterator[None]:
    """Attention and the encoder's first convolution have the float16 numbers that they have in llama.cpp."""
    with half(reference), half_convolution(reference.model):
        yield


SOURCES: dict[str, Effect] = {**EFFECTS, "half": half_heard}

"""The engine speaking the case of parity: forced along the reference's events, and by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.parity.given import Draws, Given
from tests.parity.speech_cases import SYSTEM, TEXT, VOCODER, speech_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.steps import (
    AudioFrame,
    DecodeToken,
    GenerateAudioFrame,
    Output,
    Prefill,
    PrefillTokens,
)
from wyoming_lfm2.engine.requests.synthesis import Synthesis
from wyoming_lfm2.gguf.quantization import Quantization

SETTINGS = EngineSettings(threads=1, context=1024)
GREEDY = Voice("us-female", SYSTEM, ("en-US",), "", temperature=0.0)
MOST_FRAMES = 100


@dataclass(frozen=True)
class Forced:
    """What the engine computes along a generation that is given; shapes as the reference's."""

    text_logits: NDArray[np.float32]
    depth_logits: NDArray[np.float32]
    sums: NDArray[np.float32]
    sound: NDArray[np.float32]


class Speaking:
    """A loaded model."""

    def __init__(self, model: ModelRunner) -> None:
        self.model = model
        assert model.speech is not None
        self.prompt = model.speech.prompt

    def prompt_tokens(self) -> list[int]:
        """Everything before the model's answer."""
        return [*self.prompt.prefix(SYSTEM), *self.prompt.text(TEXT)]

    def forced(self, events: NDArray[np.int32]) -> Forced:
        """Follow ``events``, shape (n, codebooks), in which a token has -1 after it."""
        model = self.model
        sequence = model.sequences.take(SETTINGS.context // 2)
        assert sequence is not None
        text, depth, sums, sound = [], [], [], []
        row = self.prompt.audio_start_row
        logits: NDArray[np.float32] | None = None
        tokens = self.prompt_tokens()
        for start in range(0, len(tokens), ROWS_PER_STEP):
            step = PrefillTokens(tuple(tokens[start : start + ROWS_PER_STEP]))
            (logits,) = model.run([(sequence, step)])
        for event in events:
            if event[1] < 0:
                if logits is None:
                    (logits,) = model.run([(sequence, Prefill(row[None], output=True))])
                assert logits is not None
                text.append(logits.copy())
                if event[0] == self.prompt.audio_start:
                    row = self.prompt.audio_start_row
                elif event is not events[-1] and event[0] != self.prompt.im_end:
                    (logits,) = model.run([(sequence, DecodeToken(int(event[0])))])
                continue
            logits = None
            draws = Draws(event)
            frame: AudioFrame
            (frame,) = model.run([(sequence, GenerateAudioFrame(row, draws))])
            row = frame.row
            depth.append(np.stack(draws.logits))
            sums.append(frame.row.copy())
            sound.append(frame.sound.copy())
        assert model.speech is not None
        sound.append(model.speech.detokenizer.flush(sequence.id).copy())
        model.sequences.give_back(sequence)
        return Forced(np.stack(text), np.stack(depth), np.stack(sums), np.concatenate(sound))

    def generate(
        self, given: Given | None = None, most_frames: int = MOST_FRAMES
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The events of a request that is left alone but for what is told, as the reference yields them; its sound."""
        given = given or Given.nothing()
        model = self.model
        sequence = model.sequences.take(SETTINGS.context // 2)
        assert sequence is not None
        request = Synthesis(
            prefix=self.prompt.prefix(SYSTEM),
            text=self.prompt.text(TEXT),
            unconditioned=self.prompt.text(""),
            prompt=self.prompt,
            voice=GREEDY,
            codebooks=VOCODER.n_codebooks,
            most_frames=most_frames,
            rows_per_step=ROWS_PER_STEP,
            listener=None,
        ).run()
        events: list[list[int]] = []
        sound: list[NDArray[np.float32]] = []
        speaking = False
        result: object = None
        try:
            while True:
                item = request.send(result)
                if isinstance(item, Output):
                    sound.append(item.value.copy())
                    result = None
                    continue
                if isinstance(item, GenerateAudioFrame):
                    if not speaking:
                        events.append([self.prompt.audio_start])
                    item = GenerateAudioFrame(item.row, given.draws(len(events)), item.guidance)
                (result,) = model.run([(sequence, item)])
                if isinstance(item, DecodeToken):
                    events.append([item.token])
                elif isinstance(item, GenerateAudioFrame):
                    assert isinstance(result, AudioFrame)
                    speaking = not result.ends
                    events.append(list(result.codes))
                if isinstance(item, DecodeToken | Prefill | PrefillTokens) and isinstance(result, np.ndarray):
                    result = given.chosen(len(events), result)
        except StopIteration:
            events.append([self.prompt.im_end])
        model.sequences.give_back(sequence)
        width = VOCODER.n_codebooks
        table = [[*event, *[-1] * (width - len(event))] for event in events]
        return np.array(table, np.int32), np.concatenate(sound)


@contextmanager
def speaking(folder: Path, quantization: Quantization) -> Iterator[Speaking]:
    """Writes and loads the model."""
    model_set = speech_model_set(folder / "set", quantization)
    model = ModelRunner(model_set, SETTINGS, longest_piece_s=10, cache=folder / "cache")
    try:
        yield Speaking(model)
    finally:
        model.close()

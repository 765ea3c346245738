"""The engine answering the case of dialogues: forced along the reference's events, and by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.parity.dialogue_cases import CASES, MOST_EVENTS, SYSTEM, dialogue_model_set
from tests.parity.speech_cases import VOCODER
from tests.parity.speech_running import Forced
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.api import INTERLEAVED
from wyoming_lfm2.engine.model.backbone import ROWS_PER_STEP
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.requests.dialogue_turn import UserTurn
from wyoming_lfm2.engine.requests.interleaved import InterleavedAnswer
from wyoming_lfm2.engine.requests.steps import (
    AudioFrame,
    DecodeToken,
    EmbedToken,
    GenerateAudioFrame,
    Output,
    Prefill,
    PrefillTokens,
)
from wyoming_lfm2.gguf.quantization import Quantization

SETTINGS = EngineSettings(threads=1, context=1024)
GREEDY = replace(INTERLEAVED, temperature=0.0)


@dataclass(frozen=True)
class Given:
    """An answer of the reference, of which the engine is told all or some."""

    events: NDArray[np.int32]
    """A row for each: a token and -1 behind it, or codes."""
    told: NDArray[np.bool_]
    """Of the same shape: the choices that are not left to the engine."""

    @classmethod
    def all(cls, events: NDArray[np.int32]) -> Given:
        """Nothing is left to the engine."""
        return cls(events, np.ones(events.shape, bool))


@dataclass(frozen=True)
class Followed:
    """One turn as the engine answered it."""

    events: NDArray[np.int32]
    """As the reference's: tokens and -1 behind them, or codes; ``<|im_end|>`` included."""
    forced: Forced
    """Logits, sums and sound along the events."""
    history: DialogueHistory
    rows: int
    """That the backbone computed."""


class Answering:
    """The loaded model."""

    def __init__(self, folder: Path, quantization: Quantization) -> None:
        model_set = dialogue_model_set(folder / "set", quantization)
        self.model = ModelRunner(model_set, SETTINGS, longest_piece_s=10, cache=folder / "cache")
        self.said = CASES[quantization].said
        self.beginning = DialogueHistory(self.model.chat.prefix(SYSTEM))

    def work(self, number: int, history: DialogueHistory) -> InterleavedAnswer:
        """The request of a turn, counted from 0."""
        said = self.said[number]
        own = self.model.chat.text(said) if isinstance(said, str) else self.model.limits.checked(said)
        turn = UserTurn(self.model.chat, history, own, remembered=True, rows_per_step=ROWS_PER_STEP)
        return InterleavedAnswer(turn, GREEDY, VOCODER.n_codebooks, MOST_EVENTS, None)

    def dialogue(self, given: Sequence[Given], *, keep: bool = True) -> Iterator[Followed]:
        """Answer turn after turn; without ``keep`` each goes on from what is remembered outside the model."""
        history = self.beginning
        for number, events in enumerate(given):
            followed = self.follow(number, history, events)
            yield followed
            history = followed.history if keep else DialogueHistory(history.prefix, followed.history.turns)

    def follow(self, number: int, history: DialogueHistory, given: Given) -> Followed:
        """Answer a turn, with the choices that are given made so, whatever the model would choose."""
        model, work = self.model, self.work(number, history)
        sequence = model.sequences.take(work.rows, work.after)
        assert sequence is not None
        notes = _Notes(model.chat.im_end, given)
        request = work.run()
        result: Any = None
        try:
            while True:
                item = request.send(result)
                if isinstance(item, Output):
                    notes.output(item.value)
                    result = None
                    continue
                if isinstance(item, GenerateAudioFrame):
                    item = notes.forced(item)
                elif isinstance(item, DecodeToken | EmbedToken) and notes.logits is not None:
                    notes.token(item.token)
                (result,) = model.run([(sequence, item)])
                if isinstance(item, GenerateAudioFrame):
                    notes.frame(result)
                elif isinstance(item, DecodeToken | Prefill | PrefillTokens) and result is not None:
                    result = notes.chosen(result)
        except StopIteration:
            pass
        rows = sequence.position
        model.sequences.give_back(sequence)
        assert notes.history is not None
        return Followed(notes.table(), notes.numbers(), notes.history, rows)


class _Notes:
    """What is seen of one answer while it is made."""

    def __init__(self, im_end: int, given: Given) -> None:
        self._im_end = im_end
        self._given = given
        self._draws: _Draws
        self._events: list[list[int]] = []
        self._text: list[NDArray[np.float32]] = []
        self._depth: list[NDArray[np.float32]] = []
        self._sums: list[NDArray[np.float32]] = []
        self._sound: list[NDArray[np.float32]] = []
        self.logits: NDArray[np.float32] | None = None
        self.history: DialogueHistory | None = None

    def output(self, value: Any) -> None:
        """Note a fragment, a piece of sound or the history at the end."""
        if isinstance(value, DialogueHistory):
            self.history = value
            if len(self._events) < MOST_EVENTS:
                self.token(self._im_end)
        elif not isinstance(value, str):
            self._sound.append(value.copy())

    def chosen(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Note logits; those that make the request choose the token that is told, if one is."""
        self.logits = logits.copy()
        events, told, place = self._given.events, self._given.told, len(self._events)
        if place >= len(events) or events[place, 1] >= 0 or not told[place, 0]:
            return logits
        forced = np.zeros_like(self.logits)
        forced[events[place, 0]] = 1
        return forced

    def token(self, token: int) -> None:
        """Note that a token was chosen."""
        assert self.logits is not None
        self._text.append(self.logits)
        self._events.append([token])
        self.logits = None

    def forced(self, step: GenerateAudioFrame) -> GenerateAudioFrame:
        """The step with draws that choose the codes that are told, and the likeliest in the other books."""
        place = min(len(self._events), len(self._given.events) - 1)
        self._draws = _Draws(self._given.events[place], self._given.told[place])
        return GenerateAudioFrame(step.row, self._draws)

    def frame(self, frame: AudioFrame) -> None:
        """Note a frame."""
        self._events.append(list(frame.codes))
        self._sums.append(frame.row.copy())
        self._depth.append(np.stack(self._draws.logits))

    def table(self) -> NDArray[np.int32]:
        """The events."""
        width = VOCODER.n_codebooks
        return np.array([[*event, *[-1] * (width - len(event))] for event in self._events], np.int32)

    def numbers(self) -> Forced:
        """Everything that was computed."""
        return Forced(
            np.stack(self._text), np.stack(self._depth), np.stack(self._sums), np.concatenate(self._sound)
        )


class _Draws:
    """Chooses the codes of one frame that are told, and of the others the likeliest; keeps the logits."""

    def __init__(self, codes: NDArray[np.int32], told: NDArray[np.bool_]) -> None:
        self._choices = iter(zip(codes.tolist(), told.tolist(), strict=True))
        self.logits: list[NDArray[np.float32]] = []

    def draw(self, logits: NDArray[np.float32]) -> int:
        """The next of the codes."""
        self.logits.append(logits.copy())
        code, told = next(self._choices)
        return int(code) if told and code >= 0 else int(np.argmax(logits))


@contextmanager
def answering(folder: Path, quantization: Quantization) -> Iterator[Answering]:
    """Writes and loads the model."""
    loaded = Answering(folder, quantization)
    try:
        yield loaded
    finally:
        loaded.model.close()

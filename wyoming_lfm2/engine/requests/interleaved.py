"""A turn answered in text and sound, a little of each in turns, as the reference generates it.

``LFM2AudioModel.generate_interleaved`` of liquid-audio 1.3.0: six tokens, twelve frames, and so on; after
``<|text_end|>`` frames only. End-of-audio goes back to text with what was left of the twelve.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.api import Voice
from wyoming_lfm2.engine.llama.vocabulary import StreamedText
from wyoming_lfm2.engine.playback_clock import PlaybackClock
from wyoming_lfm2.engine.requests.code_sampling import CodeSampler
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory, Segment, SpokenFrames
from wyoming_lfm2.engine.requests.dialogue_turn import UserTurn
from wyoming_lfm2.engine.requests.runaway import RunawayGuard
from wyoming_lfm2.engine.requests.steps import (
    AudioFrame,
    DecodeToken,
    EmbedToken,
    FlushAudio,
    GenerateAudioFrame,
    Output,
    Prefill,
    Priority,
    RequestSteps,
    Step,
)
from wyoming_lfm2.engine.requests.synthesis import sound_output

_LOGGER = logging.getLogger(__name__)

TOKENS_IN_A_ROW = 6
FRAMES_IN_A_ROW = 12
"""``interleaved_n_text`` and ``interleaved_n_audio`` of every release; the model files do not say them."""

_NO_ROW = np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class InterleavedAnswer:
    """One turn to be answered. Its last output is the new :class:`DialogueHistory`, if it is remembered."""

    turn: UserTurn
    voice: Voice
    codebooks: int
    most_events: int
    """Tokens and frames together at which the answer is cut."""
    listener: PlaybackClock | None

    priority: ClassVar[Priority] = Priority.ANSWER

    @property
    def after(self) -> DialogueHistory:
        """What its sequence may go on from."""
        return self.turn.history

    @property
    def rows(self) -> int:
        """Rows of context that it takes at most."""
        return self.turn.rows + self.most_events

    def run(self) -> RequestSteps:
        """The request; its outputs are fragments of text and pieces of sound."""
        logits, own = yield from self.turn.begin()
        said: list[int | tuple[int, ...]] = []
        yield from self._answered(logits, said)
        if any(isinstance(event, tuple) for event in said):
            yield from sound_output((yield FlushAudio()))
        yield from self.turn.remember((*own, *_segments(said)))

    def _answered(
        self, logits: NDArray[np.float32], said: list[int | tuple[int, ...]]
    ) -> Generator[Step | Output, Any, None]:
        """Generate the answer and put each token and each audio frame into ``said``."""
        prompt = self.turn.prompt
        text = StreamedText(prompt.vocabulary)
        draws = CodeSampler(self.voice.temperature, self.voice.top_k, self.voice.seed)
        guard = RunawayGuard(self.most_events, self.codebooks)
        order = Alternation()
        row = _NO_ROW
        reason: str | None = None
        while reason is None:
            if order.speaks():
                frame: AudioFrame = yield GenerateAudioFrame(row, draws)
                said.append(frame.codes)
                order.spoke(ends=frame.ends)
                row = frame.row
                if not frame.ends:
                    reason = guard.add(frame.codes, frame.sound)
                    yield from sound_output(frame.sound)
                if not order.speaks():
                    logits = yield Prefill(row[None], output=True)
            else:
                token = int(np.argmax(logits))
                if token == prompt.im_end:
                    return
                said.append(token)
                order.wrote(ends_text=token == prompt.text_end)
                yield from _text_output(text.add(token))
                if order.speaks():
                    row = yield EmbedToken(token)
                else:
                    logits = yield DecodeToken(token)
            if len(said) >= self.most_events:
                reason = f"it was longer than {self.most_events} tokens and frames"
        if order.speaks():
            # A next turn goes on from all that was said.
            yield Prefill(row[None], output=False)
        _LOGGER.warning("an answer in text and sound was cut: %s", reason)


class Alternation:
    """Whether a token or an audio frame comes next."""

    def __init__(self) -> None:
        self._speaking = False
        self._left = TOKENS_IN_A_ROW
        self._text_done = False

    def speaks(self) -> bool:
        """Whether it is an audio frame."""
        return self._speaking

    def wrote(self, *, ends_text: bool) -> None:
        """Note a token; ``ends_text`` says that it is ``<|text_end|>``."""
        self._left -= 1
        self._text_done = self._text_done or ends_text
        if not self._left or self._text_done:
            self._speaking, self._left = True, FRAMES_IN_A_ROW

    def spoke(self, *, ends: bool) -> None:
        """Note an audio frame; ``ends`` says that it is end-of-audio."""
        self._left -= 1
        if not self._left and not self._text_done:
            self._speaking, self._left = False, TOKENS_IN_A_ROW
        if ends:
            self._speaking = False


def _text_output(fragment: str) -> Generator[Output, None, None]:
    if fragment:
        yield Output(fragment)


def _segments(said: list[int | tuple[int, ...]]) -> tuple[Segment, ...]:
    """Runs of tokens and runs of frames."""
    segments: list[Segment] = []
    for _, events in groupby(said, lambda event: isinstance(event, int)):
        run = tuple(events)
        tokens = tuple(event for event in run if isinstance(event, int))
        segments.append(tokens or SpokenFrames(tuple(event for event in run if isinstance(event, tuple))))
    return tuple(segments)

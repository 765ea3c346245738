"""Answers in text and sound, a little of each in turns: six tokens, twelve frames, as the reference alternates."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from torch import Tensor

from nano import mel
from nano import tokenizer as words
from nano.clips import Clip, Clips
from nano.voice.dialogues import opened, read
from nano.voice.model import ended
from nano.voice.sequence import Heard, Part, Row, Words
from wyoming_lfm2.engine.api import INTERLEAVED, SAMPLE_RATE

VOICE = "us-female"
"""Whose voice answers."""
TOKENS, FRAMES = 6, 12
"""In a row, as in every release."""
TEXT_END = "<|text_end|>"
_STEP = SAMPLE_RATE // 2
_LONGEST_S = 5.0


def alternating(tokens: Sequence[int], frames: Tensor) -> list[Part] | None:
    """`tokens`, of which the last ends the text, and `frames`, of which the last ends the audio, in turns.

    None if the sound would end before the text.
    """
    parts: list[Part] = []
    for start in range(0, len(tokens), TOKENS):
        parts.append(Words(tokens[start : start + TOKENS], learned=True))
        if start + TOKENS < len(tokens):
            if len(frames) <= FRAMES:
                return None
            parts.append(frames[:FRAMES])
            frames = frames[FRAMES:]
    return [*parts, frames]


class InterleavedRows:
    """Questions of one turn whose answer somebody has said."""

    def __init__(
        self,
        dialogues: Path,
        clips: dict[str, Tensor],
        tokenizer: Tokenizer,
        end: int,
        seed: int,
        heard: Path | None = None,
    ) -> None:
        """``clips``: (frames, books) codes by what they say; ``end``: the code of end-of-audio.

        ``heard``: folder of shards; where a question is asked there, every second time it is heard, not read.
        """
        self.tokenizer, self.end, self.clips = tokenizer, end, clips
        self.random = random.Random(seed)
        firsts = [line["turns"][0] for line in read(dialogues, "train") if not line["home"]]
        self.by_answer: dict[str, list[str]] = {}
        for turn in firsts:
            if turn["assistant"] in clips:
                self.by_answer.setdefault(turn["assistant"], []).append(turn["user"])
        self.answers = list(self.by_answer)
        # An answer that many questions have is drawn more often, but not as often as they come.
        self._shares = [len(questions) ** 0.5 for questions in self.by_answer.values()]

        self._asked: dict[str, list[Clip]] = {}
        self._answer_to = {turn["user"]: turn["assistant"] for turn in firsts if turn["assistant"] in clips}
        if heard is not None:
            self._recordings = Clips(heard)
            for clip in self._recordings.refresh():
                if clip.split == "train" and clip.text in self._answer_to and clip.seconds < _LONGEST_S:
                    self._asked.setdefault(clip.text, []).append(clip)
        self._questions = list(self._asked)

    def __len__(self) -> int:
        return len(self.answers)

    def draw(self) -> tuple[Row, int]:
        """A row and how many frames it has."""
        while True:
            question: str | Clip
            if self._questions and self.random.random() < 0.5:
                words_of_it = self.random.choice(self._questions)
                question = self.random.choice(self._asked[words_of_it])
                answer = self._answer_to[words_of_it]
            else:
                answer = self.random.choices(self.answers, self._shares)[0]
                question = self.random.choice(self.by_answer[answer])
            frames = ended(self.clips[answer], self.end)
            tokens = self.tokenizer.encode(answer + TEXT_END).ids
            parts = alternating(tokens, frames)
            if parts is not None:
                return self._row(question, parts), len(frames)

    def _row(self, question: str | Clip, answer: list[Part]) -> Row:
        after = f"{words.END_OF_TURN}\n{words.TURN}assistant\n"
        end = self.tokenizer.token_to_id(words.END_OF_TURN)
        asked: list[Part] = [Words(self.tokenizer.encode(after).ids)]
        if isinstance(question, str):
            asked = [Words(self.tokenizer.encode(question + after).ids)]
        else:
            asked.insert(0, Heard(self._mel(question)))
        return [
            Words(opened(self.tokenizer, INTERLEAVED.prompt)),
            *asked,
            *answer,
            Words([end], learned=True),
        ]

    def _mel(self, clip: Clip) -> npt.NDArray[np.float32]:
        """A recording with a little silence around it; few different lengths."""
        sound = self._recordings.sound(clip)
        before = int(self.random.uniform(0.05, 0.3) * SAMPLE_RATE)
        count = -(-(before + len(sound) + SAMPLE_RATE // 10) // _STEP) * _STEP
        padded = np.zeros((1, count), np.float32)
        padded[0, before : before + len(sound)] = sound
        return mel.log_mel(padded, mel.HOP)[0]

"""Answers in text and sound, a little of each in turns: six tokens, twelve frames, as the reference alternates."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer
from torch import Tensor

from nano import tokenizer as words
from nano.voice.dialogues import opened, read
from nano.voice.model import ended
from nano.voice.sequence import Part, Row, Words

PROMPT = "Respond with interleaved text and audio."
VOICE = "us-female"
"""Whose voice answers."""
TOKENS, FRAMES = 6, 12
"""In a row, as in every release."""
TEXT_END = "<|text_end|>"


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
        self, dialogues: Path, clips: dict[str, Tensor], tokenizer: Tokenizer, end: int, seed: int
    ) -> None:
        """``clips``: (frames, books) codes by what they say; ``end``: the code of end-of-audio."""
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

    def __len__(self) -> int:
        return len(self.answers)

    def draw(self) -> tuple[Row, int]:
        """A row and how many frames it has."""
        while True:
            answer = self.random.choices(self.answers, self._shares)[0]
            frames = ended(self.clips[answer], self.end)
            tokens = self.tokenizer.encode(answer + TEXT_END).ids
            parts = alternating(tokens, frames)
            if parts is not None:
                return self._row(self.random.choice(self.by_answer[answer]), parts), len(frames)

    def _row(self, question: str, answer: list[Part]) -> Row:
        said = f"{question}{words.END_OF_TURN}\n{words.TURN}assistant\n"
        end = self.tokenizer.token_to_id(words.END_OF_TURN)
        return [
            Words(opened(self.tokenizer, PROMPT)),
            Words(self.tokenizer.encode(said).ids),
            *answer,
            Words([end], learned=True),
        ]

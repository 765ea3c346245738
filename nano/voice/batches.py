"""Batches for the voice: sentences and their codes, of like length, each voice as often as the others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from nano.codec.encode import codes_path
from nano.codec.pieces import VoiceClip, voice_clips
from nano.codec.shape import FRAME
from nano.voice.interleaved import VOICE, InterleavedRows
from nano.voice.model import Parts, VoiceBatch, laid_out, reading
from nano.voice.texts import said_as, some_parts, some_writing
from wyoming_lfm2.gguf.pronunciations import Pronunciations

LONGEST_S = 7.0
_POOL = 12
"""Batches drawn together and sorted by length."""
_UNTOLD = 0.1
"""Share of sentences of which the prompt keeps the words to itself: what the model says then is what guidance leads
away from (classifier-free guidance, Ho and Salimans 2022, arXiv:2207.12598)."""


@dataclass(frozen=True)
class Sentence:
    """A clip and its (frames, books) codes."""

    clip: VoiceClip
    codes: Tensor


def _batch(tokenizer: Tokenizer, group: list[Sentence], texts: list[Parts], end: int) -> VoiceBatch:
    rows, said = [], []
    for some, text in zip(group, texts, strict=True):
        rows.append(reading(tokenizer, some.clip.voice, text, some.codes, end))
        # At the end of the audio nothing is said.
        said.append(F.pad(laid_out(tokenizer, text, len(some.codes)), (0, 1), value=-100))
    return VoiceBatch(rows, said)


def sentences(folder: Path, split: str) -> list[Sentence]:
    """All clips whose shards have their codes."""
    shards: dict[Path, list[VoiceClip]] = {}
    for clip in voice_clips(folder, split):
        shards.setdefault(clip.shard, []).append(clip)
    found = []
    for shard, clips in shards.items():
        if codes_path(shard).exists():
            codes = torch.from_numpy(np.load(codes_path(shard)).astype(np.int64))
            lengths = [-(-clip.samples // FRAME) for clip in clips]
            found += [Sentence(clip, part) for clip, part in zip(clips, codes.split(lengths), strict=True)]
    return found


class VoiceBatches:
    """Draws sentences of the training split; `fixed` gives others, always the same."""

    def __init__(
        self,
        folder: Path,
        tokenizer: Tokenizer,
        size: int,
        end: int,
        seed: int,
        pronunciations: Pronunciations,
        *,
        dialogues: Path | None = None,
        interleaved: int = 0,
        heard: Path | None = None,
    ) -> None:
        """``end``: the code of end-of-audio; ``interleaved``: answers of ``dialogues`` in a batch of `answered`.

        ``heard``: folder of shards in which some of their questions are asked aloud.
        """
        self.tokenizer, self.size, self.end = tokenizer, size, end
        self.pronunciations = pronunciations
        # The same in every worker: whose batch is the shorter waits for the other's.
        self.order = random.Random(0)
        self.interleaved = interleaved
        self.random = random.Random(seed)
        self.by_voice: dict[str, list[Sentence]] = {}
        for sentence in sentences(folder, "train"):
            if sentence.clip.seconds < LONGEST_S:
                self.by_voice.setdefault(sentence.clip.voice, []).append(sentence)
        if not self.by_voice:
            raise ValueError(f"{folder} has no clips with codes; run nano.codec.encode")
        if interleaved:
            assert dialogues is not None
            said = {some.clip.text: some.codes for some in self.by_voice[VOICE]}
            self.answers = InterleavedRows(dialogues, said, tokenizer, end, seed, heard)

    def __len__(self) -> int:
        return sum(map(len, self.by_voice.values()))

    def stream(self) -> Iterator[VoiceBatch]:
        """Batches without end."""
        voices = list(self.by_voice)
        while True:
            drawn = [
                self.random.choice(self.by_voice[self.random.choice(voices)])
                for _ in range(_POOL * self.size)
            ]
            drawn.sort(key=lambda sentence: len(sentence.codes) + 3 * self.random.random())
            groups = [drawn[i : i + self.size] for i in range(0, len(drawn), self.size)]
            self.order.shuffle(groups)
            for group in groups:
                texts = [
                    "" if self.random.random() < _UNTOLD else some_writing(some.clip.text, self.random)
                    for some in group
                ]
                told = [some_parts(text, self.pronunciations, self.random) for text in texts]
                yield _batch(self.tokenizer, group, told, self.end)

    def answered(self) -> VoiceBatch:
        """Answers of dialogues in text and sound: a batch of their own, for they are several times as long."""
        answers = [self.answers.draw() for _ in range(self.interleaved)]
        unsaid = [torch.full((frames,), -100) for _, frames in answers]
        return VoiceBatch([row for row, _ in answers], unsaid)


def fixed(
    folder: Path, tokenizer: Tokenizer, pronunciations: Pronunciations, split: str, each: int, end: int
) -> dict[str, VoiceBatch]:
    """By voice, a batch of its first sentences of a split."""
    by_voice: dict[str, list[Sentence]] = {}
    for sentence in sentences(folder, split):
        by_voice.setdefault(sentence.clip.voice, []).append(sentence)
    return {
        voice: _batch(
            tokenizer,
            group[:each],
            [pronunciations.parts(said_as(some.clip.text)) for some in group[:each]],
            end,
        )
        for voice, group in by_voice.items()
    }

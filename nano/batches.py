"""Batches for training, made beside it: clips chosen by weight, spoiled, padded to one length.

Every clip of a batch is padded with silence or noise before and after, as in a real
recording, so all have the same number of frames and the model needs no masks.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from nano import augment, mel
from nano.alignment import Alignment
from nano.clips import Clip, Clips

Floats = npt.NDArray[np.float32]
Item = tuple[Floats, tuple[str, ...]]
"""A sound and the sentences that are said in it."""

WEIGHTS = {
    "kokoro": 6.0,
    "piper": 2.0,
    "hibari": 1.5,
    "flite": 1.2,
    "festival": 0.4,
    "espeak": 0.2,
    "real": 4.0,
}
"""How often a clip of an engine is drawn: natural voices more often than formant ones."""


@dataclass(frozen=True)
class Batch:
    """``mel`` (clips, frames, 128); token ids and CTC pieces of each transcript, empty where nobody speaks."""

    mel: Floats
    tokens: list[list[int]]
    pieces: list[list[int]]
    laid_out: npt.NDArray[np.int64]
    """(clips, encoder frames): the pieces laid out evenly where somebody speaks."""
    seconds: float


@dataclass(frozen=True)
class BatchSettings:
    """How batches are made."""

    seconds: float = 75.0
    """Sound in a batch."""
    pool: int = 20
    """Batches drawn together and sorted by length."""
    silent: float = 0.03
    """Share of clips without speech."""
    pairs: float = 0.06
    """Share of clips that are two sentences."""
    longest: float = 9.0
    strength: float = 1.0
    """0 leaves sounds as they are, 1 spoils them fully."""


class BatchMaker:
    """Draws and spoils clips; `stream` does it in a thread of its own."""

    def __init__(
        self, folder: Path, tokenizer: Tokenizer, alignment: Alignment, settings: BatchSettings, seed: int
    ) -> None:
        self.clips = Clips(folder)
        self.tokenizer = tokenizer
        self.alignment = alignment
        self.settings = settings
        self.random = np.random.default_rng(seed)
        self._speech: list[Clip] = []
        self._noises: list[Clip] = []
        self._by_voice: dict[str, list[Clip]] = {}
        self._odds = np.zeros(0)

    def refresh(self) -> int:
        """Take in new shards; how many clips there are now to train on."""
        new = [
            c for c in self.clips.refresh() if c.split == "train" and 0.3 < c.seconds < self.settings.longest
        ]
        for clip in new:
            if not clip.text:
                self._noises.append(clip)
                continue
            self._speech.append(clip)
            self._by_voice.setdefault(clip.voice, []).append(clip)
        if new:
            odds = np.array([WEIGHTS.get(c.engine, 1.0) for c in self._speech])
            self._odds = np.cumsum(odds / odds.sum()) if len(odds) else odds
        return len(self._speech)

    def stream(self, ahead: int = 3) -> Iterator[Batch]:
        """Batches without end."""
        ready: queue.Queue[Batch | BaseException] = queue.Queue(ahead)

        def work() -> None:
            try:
                while True:
                    for batch in self._pool():
                        ready.put(batch)
            except BaseException as failure:  # noqa: BLE001 - handed to the training thread
                ready.put(failure)

        threading.Thread(target=work, daemon=True, name="batches").start()
        while True:
            item = ready.get()
            if isinstance(item, BaseException):
                raise item
            yield item

    def _pool(self) -> Iterator[Batch]:
        self.refresh()
        wanted = self.settings.seconds * self.settings.pool
        items: list[Item] = []
        total = 0.0
        while total < wanted:
            items.append(self._item())
            total += len(items[-1][0]) / 16000
        items.sort(key=lambda item: len(item[0]) + 3000 * self.random.random())
        groups: list[list[Item]] = [[]]
        for item in items:
            if groups[-1] and len(item[0]) * (len(groups[-1]) + 1) > self.settings.seconds * 16000:
                groups.append([])
            groups[-1].append(item)
        for i in self.random.permutation(len(groups)):
            yield self._batch(groups[i])

    def _draw(self) -> Clip:
        return self._speech[min(int(np.searchsorted(self._odds, self.random.random())), len(self._odds) - 1)]

    def _item(self) -> Item:
        if self.random.random() < self.settings.silent:
            return self._nothing(), ()
        clip = self._draw()
        sound, texts = self._spoken(clip), (clip.text,)
        if self.random.random() < self.settings.pairs and clip.seconds < 4:
            others = self._by_voice[clip.voice]
            other = others[int(self.random.integers(len(others)))]
            if other.seconds < 4:
                gap = np.zeros(int(self.random.uniform(0.02, 0.5) * 16000), np.float32)
                sound = np.concatenate((sound, gap, self._spoken(other)))
                texts = (clip.text, other.text)
        return sound, texts

    def _spoken(self, clip: Clip) -> Floats:
        sound = self.clips.sound(clip)
        if self.random.random() < min(0.75, 0.35 + 0.75 * self.settings.strength):
            sound = augment.resampled(sound, float(np.exp(self.random.uniform(-0.16, 0.16))))
        return sound

    def _nothing(self) -> Floats:
        count = int(self.random.uniform(0.6, 5) * 16000)
        kind = self.random.random()
        if self._noises and kind < 0.7:
            noise = self.clips.sound(self._noises[int(self.random.integers(len(self._noises)))])
            start = int(self.random.integers(0, max(1, len(noise) - count)))
            return noise[start : start + count] * np.float32(self.random.uniform(0.05, 1))
        level = np.float32(10 ** self.random.uniform(-4, -0.7))
        if kind < 0.85:
            return augment.coloured_noise(count, self.random) * level
        hz = np.exp(self.random.uniform(np.log(60), np.log(4000)))
        tone = (
            np.sin(2 * np.pi * hz * np.arange(count) / 16000)
            * (self.random.random(count // 1600 + 1) > 0.3)[np.arange(count) // 1600]
        )
        return (tone * level).astype(np.float32)

    def _batch(self, items: list[Item]) -> Batch:
        settings, random = self.settings, self.random
        longest = max(len(sound) for sound, _ in items)
        count = longest + int(random.uniform(0.05, 0.6) * 16000)
        sounds = np.zeros((len(items), count), np.float32)
        spans: list[tuple[int, int]] = []
        for row, (sound, texts) in zip(sounds, items, strict=True):
            start = int(random.integers(0, count - len(sound) + 1))
            row[start : start + len(sound)] = sound
            first, last = _loud(sound)
            spans.append((start + first, start + last))
            row[:] = self._spoiled(row, bool(texts))
        hop = mel.HOP
        if random.random() < 0.6 * settings.strength:
            hop = int(random.integers(136, 184))
        features = mel.log_mel(sounds, hop)
        for item in features:
            if random.random() < 0.7 * settings.strength:
                augment.masked(item, random)
        pieces = [self.alignment.pieces(texts) for _, texts in items]
        stride, frames = 8 * hop, -(-features.shape[1] // 8)
        laid_out = [
            self.alignment.laid_out(some, first / stride, last / stride, frames)
            for some, (first, last) in zip(pieces, spans, strict=True)
        ]
        return Batch(
            features,
            [self.tokenizer.encode(" ".join(texts)).ids for _, texts in items],
            pieces,
            np.stack(laid_out),
            len(items) * count / 16000,
        )

    def _spoiled(self, sound: Floats, speech: bool) -> Floats:
        random, strength = self.random, self.settings.strength
        if random.random() < 0.25 * strength:
            sound = augment.roomed(sound, random)
        if random.random() < 0.55 * strength:
            snr = random.uniform(3, 40)
            if self._noises and random.random() < 0.35:
                noise = self.clips.sound(self._noises[int(random.integers(len(self._noises)))])
                noise = noise[int(random.integers(0, max(1, len(noise) - len(sound)))) :]
            else:
                noise = augment.coloured_noise(len(sound), random)
            if speech:
                sound = augment.mixed(sound, noise, snr)
        if random.random() < 0.12 * strength:
            sound = augment.band_limited(sound, random)
        if random.random() < 0.8 * strength:
            level = np.abs(sound).max() + 1e-9
            sound = sound * np.float32(10 ** random.uniform(-2, 0) / level)
        return np.clip(sound, -1, 1)


def _loud(sound: Floats) -> tuple[int, int]:
    """Samples between which somebody speaks, by loudness alone."""
    loud = np.flatnonzero(np.abs(sound) > 0.04 * (np.abs(sound).max() + 1e-9))
    return (int(loud[0]), int(loud[-1])) if len(loud) else (0, len(sound))

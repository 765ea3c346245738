"""Batches of people and of synthetic commands, spoiled, with what a teacher heard in them before."""

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
from nano.people.segments import Halves, Segment, Sound, Teachers
from nano.people.spoil import Home

Floats = npt.NDArray[np.float32]

WEIGHTS = {
    "kokoro": 5.0, "piper": 2.0, "hibari": 1.5, "flite": 1.2, "festival": 0.4, "espeak": 0.25,
    "speechocean762": 1.0, "librispeech": 4.0, "an4": 1.0, "kathleen": 0.5, "ljspeech": 0.5, "barista": 1.0,
    "wakewords": 0.25, "precise": 0.2, "speech-commands": 1.0,
}  # fmt: skip
"""How often a clip is drawn: natural voices among the synthetic ones, many speakers among people."""
WAKE_WORDS = ("wakewords", "precise")
_LONGEST_S = 11.0


@dataclass(frozen=True)
class PeopleBatch:
    """``mel`` (clips, frames, 128) and what is wanted of each clip."""

    mel: Floats
    tokens: list[list[int]]
    asked: list[bool]
    pieces: list[list[int]]
    known: list[bool]
    """Whether the pieces are."""
    teacher: Halves
    """(clips, encoder frames, 4, 384)"""
    taught: npt.NDArray[np.bool_]
    """(clips, encoder frames): where the teacher's frames are known."""


@dataclass(frozen=True)
class Shares:
    """How a batch is made up."""

    seconds: float = 40.0
    people: float = 0.4
    """Of the clips; the rest are commands but for what follows."""
    silent: float = 0.03
    woken: float = 0.05
    """Commands with a wake word before them."""
    pool: int = 16


class PeopleBatches:
    """Draws, spoils and pads; `stream` does it in a thread of its own."""

    def __init__(
        self,
        commands: list[Path],
        people: Path,
        home: Home,
        tokenizer: Tokenizer,
        alignment: Alignment,
        shares: Shares,
        seed: int,
    ) -> None:
        self.sources = [Clips(people), *(Clips(folder) for folder in commands)]
        self.home, self.tokenizer, self.alignment, self.shares = home, tokenizer, alignment, shares
        self.random = np.random.default_rng(seed)
        self.teachers = Teachers()
        self.commands: list[Clip] = []
        self.people: list[Clip] = []
        self.wake: list[Clip] = []
        self.quiet: list[Clip] = []
        self._odds: dict[str, Floats] = {}

    def refresh(self) -> int:
        """Take in new shards; how many clips there are now to train on."""
        for source in self.sources:
            new = source.refresh()
            self.teachers.learn(new)
            for clip in new:
                self._sort_in(clip)
        for name, clips in (("commands", self.commands), ("people", self.people)):
            weights = np.array([WEIGHTS.get(clip.engine, 1.0) for clip in clips], np.float32)
            self._odds[name] = np.cumsum(weights / max(1e-9, float(weights.sum())))
        return len(self.commands) + len(self.people)

    def _sort_in(self, clip: Clip) -> None:
        if clip.split != "train" or clip.seconds < 0.3:
            return
        if clip.engine == "noise":
            self.home.noises.append(self._sound(clip))
        elif clip.engine == "nonspeech":
            self.quiet.append(clip)
        elif clip.said is None:
            if clip.text and clip.seconds < _LONGEST_S:
                self.commands.append(clip)
        else:
            self.people.append(clip)
            if clip.engine in WAKE_WORDS and clip.seconds < 4:
                self.wake.append(clip)

    def stream(self, ahead: int = 3) -> Iterator[PeopleBatch]:
        """Batches without end."""
        ready: queue.Queue[PeopleBatch | BaseException] = queue.Queue(ahead)

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

    def _pool(self) -> Iterator[PeopleBatch]:
        self.refresh()
        sounds: list[Sound] = []
        total = 0.0
        while total < self.shares.seconds * self.shares.pool:
            sounds.append(self.drawn())
            total += sounds[-1].seconds
        sounds.sort(key=lambda sound: sound.seconds + 0.2 * self.random.random())
        groups: list[list[Sound]] = [[]]
        for sound in sounds:
            if groups[-1] and sound.seconds * (len(groups[-1]) + 1) > self.shares.seconds:
                groups.append([])
            groups[-1].append(sound)
        for index in self.random.permutation(len(groups)):
            yield self.batch(groups[index])

    def drawn(self) -> Sound:
        """A sound of a kind that is drawn by the shares."""
        kind = self.random.random()
        shares = self.shares
        if kind < shares.silent or not (self.commands or self.people):
            return self._nothing()
        if kind < shares.silent + shares.people and self.people:
            return self._person(self._draw("people", self.people))
        command = self._draw("commands", self.commands)
        if kind < shares.silent + shares.people + shares.woken and self.wake and command.seconds < 6:
            return self._woken(self.wake[int(self.random.integers(len(self.wake)))], command)
        part, speed = self._varied(command)
        return Sound(part, (Segment(command, 0, speed),), (command.text,), (command.text,), asked=True)

    def _draw(self, name: str, clips: list[Clip]) -> Clip:
        odds = self._odds[name]
        return clips[min(int(np.searchsorted(odds, self.random.random())), len(clips) - 1)]

    def _sound(self, clip: Clip) -> Floats:
        return next(source for source in self.sources if clip.shard.is_relative_to(source.folder)).sound(clip)

    def _varied(self, clip: Clip) -> tuple[Floats, float]:
        sound, speed = self._sound(clip), 1.0
        if self.random.random() < 0.75:
            speed = float(np.exp(self.random.uniform(-0.16, 0.16)))
            sound = augment.resampled(sound, speed)
        return sound, speed

    def _person(self, clip: Clip) -> Sound:
        part, speed = self._varied(clip)
        longest = int(_LONGEST_S * mel.SAMPLE_RATE)
        said: tuple[str, ...] | None = (clip.said,) if clip.said and len(part) <= longest else None
        texts = (clip.text,) if clip.text else ()
        return Sound(part[:longest], (Segment(clip, 0, speed),), texts, said, clip.asked)

    def _woken(self, wake: Clip, command: Clip) -> Sound:
        first, speed = self._varied(wake)
        second, second_speed = self._varied(command)
        level = np.abs(second).max() / (np.abs(first).max() + 1e-9) * self.random.uniform(0.5, 1.2)
        gap = np.zeros(int(self.random.uniform(0.0, 0.5) * mel.SAMPLE_RATE), np.float32)
        start = len(first) + len(gap)
        return Sound(
            np.concatenate((first * np.float32(level), gap, second)),
            (Segment(wake, 0, speed), Segment(command, start, second_speed)),
            (command.text,),
            (wake.said, command.text) if wake.said else None,
            asked=True,
        )

    def _nothing(self) -> Sound:
        count = int(self.random.uniform(0.6, 5) * mel.SAMPLE_RATE)
        if self.quiet and self.random.random() < 0.4:
            noise = self._sound(self.quiet[int(self.random.integers(len(self.quiet)))])[:count]
        else:
            noise = self.home.noise(count, self.random)
        return Sound(np.asarray(noise, np.float32), (), (), (), asked=True)

    def batch(self, sounds: list[Sound]) -> PeopleBatch:
        """One batch: each sound somewhere within the longest one's length and a little more."""
        random = self.random
        count = max(len(sound.samples) for sound in sounds) + int(random.uniform(0.05, 0.6) * mel.SAMPLE_RATE)
        rows = np.zeros((len(sounds), count), np.float32)
        hop = int(random.integers(138, 182)) if random.random() < 0.4 else mel.HOP
        frames = -(-(count // hop + 1) // 8)
        teacher, taught = [], []
        for row, sound in zip(rows, sounds, strict=True):
            lead = int(random.integers(0, count - len(sound.samples) + 1))
            row[lead : lead + len(sound.samples)] = sound.samples
            beside = (
                self._sound(self._draw("people", self.people))
                if self.people and random.random() < 0.1
                else None
            )
            row[:] = self.home.spoiled(row, random, beside)
            heard, known = self.teachers.targets(sound, lead, frames, hop)
            teacher.append(heard)
            taught.append(known)
        features = mel.log_mel(rows, hop)
        for item in features:
            if random.random() < 0.6:
                augment.masked(item, random)
        return PeopleBatch(
            features,
            [self.tokenizer.encode(" ".join(sound.texts)).ids for sound in sounds],
            [sound.asked for sound in sounds],
            [self.alignment.pieces(sound.said or ()) for sound in sounds],
            [sound.said is not None for sound in sounds],
            np.stack(teacher),
            np.stack(taught),
        )

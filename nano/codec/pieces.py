"""Pieces of the voices' clips for the codec to train on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nano.codec.shape import FRAME, RATE

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VoiceClip:
    """One sentence said by one voice of nano; a row of a shard of ``nano.speech.voices``."""

    shard: Path
    offset: int
    samples: int
    text: str
    spoken: str
    voice: str
    split: str

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.samples / RATE

    def sound(self) -> Floats:
        """Samples in [-1, 1], silence added up to a whole number of code frames."""
        ints = np.fromfile(self.shard, "<i2", self.samples, offset=2 * self.offset)
        sound = np.zeros(-(-self.samples // FRAME) * FRAME, np.float32)
        sound[: self.samples] = ints / np.float32(32768)
        return sound


def voice_clips(folder: Path, split: str) -> list[VoiceClip]:
    """All clips of a split that are long enough to hold a word, in the order of their shards."""
    clips = []
    for manifest in sorted(folder.glob(f"*-{split}/*.jsonl")):
        for line in manifest.read_text(encoding="utf-8").splitlines():
            v = json.loads(line)
            clips.append(
                VoiceClip(
                    manifest.with_suffix(".pcm"), v["offset"], v["samples"], v["text"], v["spoken"], v["voice"],
                    v["split"],
                )
            )  # fmt: skip
    return [clip for clip in clips if clip.seconds > 0.25]


class Pieces:
    """Draws pieces of one length, each voice as often as any other."""

    def __init__(self, folder: Path, frames: int, seed: int) -> None:
        self.folder, self.frames = folder, frames
        self.random = np.random.default_rng(seed)
        self.voices: dict[str, list[VoiceClip]] = {}

    def refresh(self) -> int:
        """Take in new shards; how many clips there are now."""
        self.voices = {}
        clips = voice_clips(self.folder, "train")
        for clip in clips:
            self.voices.setdefault(clip.voice, []).append(clip)
        return len(clips)

    def batch(self, size: int) -> Floats:
        """(size, frames * 1920)."""
        length = self.frames * FRAME
        out = np.zeros((size, length), np.float32)
        names = sorted(self.voices)
        for number, row in enumerate(out):
            clips = self.voices[names[number % len(names)]]
            sound = clips[int(self.random.integers(len(clips)))].sound()
            if len(sound) > length:
                # Beginnings are drawn more often: every sentence has one.
                at = max(0, int(self.random.integers(-length // 6, len(sound) - length)))
                sound = sound[at : at + length]
            row[: len(sound)] = sound
        return out * self.random.uniform(0.7, 1.1, (size, 1)).astype(np.float32)

"""One training sound: clips one after the other, each with its words, what is wanted of it, and its teacher's frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nano.clips import Clip
from nano.mel import SAMPLE_RATE

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]

TEACHER_SAMPLES = 320
"""Samples to a frame of the teacher: see ``nano.speech.teacher``."""
TEACHER_WIDTH = 384
SHARE = 4
"""Frames of the teacher for one of ours, which is 80 ms."""


@dataclass(frozen=True)
class Segment:
    """A clip within a sound."""

    clip: Clip
    start: int
    """Its first sample in the sound."""
    speed: float
    """How much faster than the clip it is."""


@dataclass(frozen=True)
class Sound:
    """What one row of a batch is made of."""

    samples: Floats
    segments: tuple[Segment, ...]
    texts: tuple[str, ...]
    """Transcripts to write, one after the other; none: nothing."""
    said: tuple[str, ...] | None
    """Words for CTC; None if nobody knows them."""
    asked: bool
    """Whether the transcript is trained."""

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / SAMPLE_RATE


class Teachers:
    """Frames of clips, read from beside their shards."""

    def __init__(self) -> None:
        self._files: dict[Path, Halves] = {}
        self._starts: dict[Path, dict[int, int]] = {}

    def learn(self, clips: list[Clip]) -> None:
        """Take in all clips of whole shards, in their order there: it says where each clip's frames begin."""
        at: dict[Path, int] = {}
        for clip in clips:
            start = at.get(clip.shard, 0)
            self._starts.setdefault(clip.shard, {})[clip.offset] = start
            at[clip.shard] = start + -(-clip.samples // TEACHER_SAMPLES)

    def frames(self, clip: Clip) -> Halves | None:
        """(frames, 384), or None while there are none."""
        if clip.shard not in self._files:
            path = clip.shard.with_name(clip.shard.stem + ".teacher.npy")
            if not path.exists():
                return None
            self._files[clip.shard] = np.load(path, mmap_mode="r")
        start = self._starts[clip.shard][clip.offset]
        return self._files[clip.shard][start : start + -(-clip.samples // TEACHER_SAMPLES)]

    def targets(self, sound: Sound, lead: int, frames: int, hop: int) -> tuple[Halves, npt.NDArray[np.bool_]]:
        """What the teacher heard in each of our ``frames`` of a sound that begins ``lead`` samples late.

        (frames, 4, 384) and where it is known, (frames,). Our frame i is centred on mel frame 8 i, so it answers
        for the teacher's frames half a hop of its own before, there, and after.
        """
        out = np.zeros((frames, SHARE, TEACHER_WIDTH), np.float16)
        known = np.zeros(frames, bool)
        at = (8 * np.arange(frames)[:, None] + 2 * np.arange(-2, 2)[None]) * hop - lead
        for segment in sound.segments:
            heard = self.frames(segment.clip)
            if heard is None or not len(heard):
                continue
            index = np.round((at - segment.start) * segment.speed / TEACHER_SAMPLES).astype(np.int64)
            inside = ((index >= 0) & (index < len(heard))).all(axis=1)
            out[inside] = heard[index[inside]]
            known |= inside
        return out, known

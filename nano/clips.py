"""Spoken clips on disk: shards of 16-bit samples and the lines that say what is in them.

A shard is ``NNN.pcm`` (signed 16 bit little-endian, mono, 16 kHz, clips one after the
other) with ``NNN.jsonl``: offset, samples, text, voice, engine, split. A shard counts
once its ``.jsonl`` is there, so that shards may appear while training runs. Recordings of
people have ``said`` and ``asked`` besides, see ``nano/speech/people.py``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance in a shard."""

    shard: Path
    offset: int
    samples: int
    text: str
    voice: str
    engine: str
    split: str
    said: str | None = None
    """What is said where that is not what is to be written; empty: unknown. None: the text is what is said."""
    asked: bool = True
    """Whether somebody knows what is to be written."""

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.samples / 16000


def read_manifest(manifest: Path) -> list[Clip]:
    """The clips of one complete shard. Raises ValueError for a clip outside its shard."""
    shard = manifest.with_suffix(".pcm")
    total = shard.stat().st_size // 2
    clips = []
    for line in manifest.read_text(encoding="utf-8").splitlines():
        v = json.loads(line)
        clip = Clip(
            shard,
            v["offset"],
            v["samples"],
            v["text"],
            v["voice"],
            v["engine"],
            v["split"],
            v.get("said"),
            v.get("asked", True),
        )
        if clip.offset + clip.samples > total:
            raise ValueError(f"{manifest}: a clip ends after the shard does")
        clips.append(clip)
    return clips


class Clips:
    """All clips below a folder; `refresh` picks up shards that came since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clips: list[Clip] = []
        self._seen: set[Path] = set()
        self._shards: dict[Path, Samples] = {}

    def refresh(self) -> list[Clip]:
        """Read new manifests and return their clips."""
        new: list[Clip] = []
        for manifest in sorted(self.folder.glob("*/*.jsonl")):
            if manifest not in self._seen and manifest.with_suffix(".pcm").exists():
                self._seen.add(manifest)
                new += read_manifest(manifest)
        self.clips += new
        return new

    def sound(self, clip: Clip) -> npt.NDArray[np.float32]:
        """The clip's samples, float32 in [-1, 1]."""
        if clip.shard not in self._shards:
            self._shards[clip.shard] = np.memmap(clip.shard, "<i2", "r")
        part = self._shards[clip.shard][clip.offset : clip.offset + clip.samples]
        return part.astype(np.float32) / np.float32(32768)


def chosen(clips: list[Clip], split: str, each: int) -> list[Clip]:
    """At most ``each`` clips of a split, the same ones every time; many speakers before many clips of one."""
    some = [clip for clip in clips if clip.split == split]
    order = np.random.default_rng(11).permutation(len(some))
    turns: dict[str, int] = {}
    ranked = []
    for index in order:
        clip = some[int(index)]
        turns[clip.voice] = turns.get(clip.voice, 0) + 1
        ranked.append((turns[clip.voice], len(ranked), clip))
    return [clip for _, _, clip in sorted(ranked, key=lambda entry: entry[:2])[:each]]

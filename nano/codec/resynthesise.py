"""What the codec alone costs: clips through codes and back, as shards that ``nano.speech.judge --rate 24000`` reads."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from nano.codec import state
from nano.codec.pieces import voice_clips
from nano.speech.shards import ShardWriter


def main() -> None:
    """Parse the command line and write the shard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voices", type=Path, required=True, help="folder of nano.speech.voices")
    parser.add_argument("--state", type=Path, required=True, help="folder of a run of nano.codec.train")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=40, help="test clips of a voice")
    args = parser.parse_args()
    torch.set_num_threads(1)
    codec, _ = state.load_average(args.state)
    writer = ShardWriter(args.out, 10_000)
    written: dict[str, int] = {}
    for clip in voice_clips(args.voices, "test"):
        written[clip.voice] = written.get(clip.voice, 0) + 1
        if written[clip.voice] <= args.each:
            sound = codec.spoken(codec.codes(torch.from_numpy(clip.sound())[None]))[0]
            samples = np.asarray(sound.clamp(-1, 1).numpy() * 32767, np.int16)
            writer.add(samples, text=clip.text, voice=clip.voice, engine="codec", split=clip.split)
    writer.flush()


if __name__ == "__main__":
    main()

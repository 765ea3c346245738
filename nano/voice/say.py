"""What a run says by now, without the product: sentences of the test split, as shards for ``nano.speech.judge --rate 24000``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from nano.codec import state as codec_state
from nano.corpus import lexicon
from nano.speech.shards import ShardWriter
from nano.voice import state
from nano.voice.batches import sentences
from nano.voice.model import AUDIO_START, asked, spoken
from nano.voice.texts import said_as

LIMIT = 120
"""Frames after which a sentence has run away."""


def main() -> None:
    """Parse the command line and write the shard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voices", type=Path, required=True, help="folder of nano.speech.voices, with codes")
    parser.add_argument("--state", type=Path, required=True, help="folder of a run of nano.voice.train")
    parser.add_argument("--codec", type=Path, required=True, help="folder of a run of nano.codec.train")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=30, help="sentences of a voice")
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--top-k", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model, tokenizer, run = state.load_average(args.state)
    codec, _ = codec_state.load_average(args.codec)
    sounds = lexicon.read(args.state / state.PRONUNCIATIONS)
    start = tokenizer.token_to_id(AUDIO_START)
    writer = ShardWriter(args.out, 10_000)
    done: dict[str, int] = {}
    away, frames, began = 0, 0, time.time()
    for sentence in sentences(args.voices, "test"):
        clip = sentence.clip
        done[clip.voice] = done.get(clip.voice, 0) + 1
        if done[clip.voice] > args.each:
            continue
        ids = asked(tokenizer, clip.voice, sounds.parts(said_as(clip.text)))
        codes = spoken(
            model.nano.backbone, model.voice, start, ids, args.temperature, args.top_k, LIMIT
        )  # fmt: skip
        away += len(codes) == LIMIT
        frames += len(codes)
        sound = codec.spoken(codes[None])[0] if len(codes) else torch.zeros(2400)
        samples = np.asarray(sound.clamp(-1, 1).numpy() * 32767, np.int16)
        writer.add(samples, text=clip.text, voice=clip.voice, engine="nano", split=clip.split)
    writer.flush()
    print(f"step {run.step}: {away} ran away, {frames} frames in {time.time() - began:.0f} s")


if __name__ == "__main__":
    main()

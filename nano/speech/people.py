"""Makes shards of recorded people: ``python -m nano.speech.people --pack DIR --out nano/work/people``.

``DIR`` holds a ``manifest.tsv`` (file, text, speaker, split; tab-separated, one line of headings) and the sound files that
it names, one folder a set; each set becomes a folder of shards. ``said`` has the words, where they are known; ``text``
and ``asked`` say what nano should write. Nothing of all this is said to a home, but were it all to be nothing, real
voices would become nothing, since commands are only there in synthetic ones. So no transcript is asked of people, but
for the few words that are whole sentences to a home; what is none of its business is learnt from synthetic voices.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nano.paths import WORK
from nano.speech.shards import ShardWriter

RATE = 16000
_SHARD = 400
_COMMANDS = {"yes": "Yes.", "no": "No.", "stop": "Stop."}
"""Words that are a whole sentence to a home."""
_ONE_SPEAKER = ("kathleen", "ljspeech")


@dataclass(frozen=True)
class Wanted:
    """What training asks of a recording."""

    text: str
    """The transcript; empty: nothing is to be written."""
    said: str
    """The words in lower case; empty: unknown."""
    asked: bool
    """Whether the transcript is trained at all."""


def wanted(text: str) -> Wanted:
    """What is wanted of a recording in which `text` is said."""
    said = " ".join(re.sub(r"[^a-z' ]+", " ", text.lower().replace("-", " ")).split())
    return Wanted(_COMMANDS.get(said, ""), said, asked=said in _COMMANDS)


def split_of_speaker(collection: str, speaker: str, file: str, given: str) -> str:
    """``train``, ``dev`` or ``test`` by who speaks, or by the file where nobody knows; what is given as test stays so."""
    if given != "train" or collection in _ONE_SPEAKER:
        return given
    bucket = hashlib.sha256((collection + "/" + (speaker or file)).encode()).digest()[0]
    if collection == "speechocean762":  # it has test speakers of its own
        return "dev" if bucket < 26 else "train"
    return "dev" if bucket < 20 else "test" if bucket < 40 else "train"


def read_sound(path: Path) -> NDArray[np.int16]:
    """Mono samples at 16 kHz of any sound file. Raises av.FFmpegError for one that is none."""
    import av

    resampler = av.AudioResampler("s16", "mono", RATE)
    parts: list[NDArray[np.int16]] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            parts += [out.to_ndarray()[0] for out in resampler.resample(frame)]
    parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    return np.concatenate(parts)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, required=True, help="folder with manifest.tsv")
    parser.add_argument("--out", type=Path, default=WORK / "people")
    parser.add_argument("--longest", type=float, default=20.0, help="seconds; what is longer is cut")
    args = parser.parse_args()
    by_set: dict[str, list[dict[str, str]]] = {}
    with (args.pack / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            by_set.setdefault(line["file"].split("/")[0], []).append(line)
    for collection, lines in by_set.items():
        writer = ShardWriter(args.out / collection, _SHARD)
        for line in lines[writer.finished * _SHARD :]:
            samples = read_sound(args.pack / line["file"])
            # A cut recording no longer has all its words.
            whole = len(samples) <= args.longest * RATE
            want = wanted(line["text"] if whole else "")
            writer.add(
                samples[: int(args.longest * RATE)],
                text=want.text,
                said=want.said,
                asked=want.asked,
                voice=line["speaker"] or "unknown",
                engine=collection,
                split=split_of_speaker(collection, line["speaker"], line["file"], line["split"]),
                file=line["file"],
            )
        writer.flush()
        print(f"{len(lines)} recordings of {collection}", flush=True)
    noises = ShardWriter(args.out / "noise", 1000)
    if not noises.finished:
        for path in sorted((args.pack / "noise").glob("*.opus")):
            noises.add(
                read_sound(path), text="", said="", asked=True, voice=path.stem, engine="noise", split="train"
            )
        noises.flush()


if __name__ == "__main__":
    main()

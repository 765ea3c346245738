"""``python -m bench.satellite_wake_words``: which wake words are found, how late, and how often in vain.

Without folders it asks espeak-ng and flite to say the words. Recordings make the better judges: ``--said
WORD=FOLDER`` for clips with the word, ``--other FOLDER`` for sound without any. Everything that soundfile reads
is taken.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from wyoming_lfm2.satellite.micro_wake_word import PACKAGED, MicroWakeWords
from wyoming_lfm2.satellite.wake_word import RATE, WakeWordSettings

CUTOFFS = (0.98, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4)
STEP = 480
"""Samples in one step of a network."""
PEAK = 0.5
"""Of full scale."""
NOISE = 10 ** (-60 / 20)
ESPEAK_VOICES = (
    "en-us",
    "en-gb",
    "en-gb-scotland",
    "en-gb-x-rp",
    "en-us+f3",
    "en-gb+f2",
    "en-us+m3",
    "en-gb+m7",
)
FLITE_VOICES = ("slt", "rms", "awb", "kal16")


def read_clip(path: Path) -> NDArray[np.float32]:
    """float32, 16 kHz mono."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    clip: NDArray[np.float32] = soxr.resample(samples.mean(axis=1), rate, RATE)
    return clip


def made_clips(phrase: str) -> Iterator[NDArray[np.float32]]:
    """The phrase by every voice of espeak-ng and flite that is here."""
    for program, voices in (("espeak-ng", ESPEAK_VOICES), ("flite", FLITE_VOICES)):
        if (found := shutil.which(program)) is None:
            continue
        for voice in voices:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "clip.wav")
                said = (
                    [found, "-v", voice, "-w", str(path), phrase]
                    if program == "espeak-ng"
                    else [found, "-voice", voice, "-t", phrase, "-o", str(path)]
                )
                subprocess.run(said, check=True, capture_output=True)
                yield read_clip(path)


def prepared(clip: NDArray[np.float32]) -> tuple[NDArray[np.int16], float]:
    """A clip at an ordinary level in faint noise with a second of it around, and when its sound ends."""
    clip = clip * (PEAK / max(float(np.abs(clip).max()), 1e-6))
    loud = np.flatnonzero(np.abs(clip) > 0.03 * PEAK)
    samples = np.concatenate([np.zeros(RATE), clip, np.zeros(RATE)])
    samples += np.random.default_rng(0).normal(0, NOISE, len(samples))
    end = 1 + (loud[-1] + 1) / RATE if len(loud) else float(len(samples))
    return (np.clip(samples, -1, 1) * 32767).astype(np.int16), end


def tracks(detector: MicroWakeWords, samples: NDArray[np.int16]) -> dict[str, NDArray[np.float32]]:
    """How likely each word is, 30 ms by 30 ms."""
    detector.reset()
    steps = []
    for begin in range(0, len(samples) - STEP + 1, STEP):
        detector.feed(samples[begin : begin + STEP], (begin + STEP) / RATE)
        steps.append(dict(detector.scores()))
    return {name: np.array([step[name] for step in steps], np.float32) for name in PACKAGED}


def detections(track: NDArray[np.float32], cutoff: float) -> int:
    """As the detector counts: a word counts again when its probability has sunk to half the cutoff."""
    armed, found = True, 0
    for score in track:
        if score > cutoff and armed:
            armed, found = False, found + 1
        elif score < cutoff / 2:
            armed = True
    return found


def main() -> None:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.satellite_wake_words", description=__doc__)
    parser.add_argument("--said", action="append", default=[], metavar="WORD=FOLDER")
    parser.add_argument("--other", action="append", default=[], type=Path, metavar="FOLDER")
    parser.add_argument("--no-made", action="store_true", help="do not ask espeak-ng and flite")
    wanted = parser.parse_args()
    detector = MicroWakeWords([WakeWordSettings(name) for name in PACKAGED])
    said: dict[str, list[tuple[str, list[NDArray[np.float32]]]]] = {name: [] for name in PACKAGED}
    if not wanted.no_made:
        for name in PACKAGED:
            said[name].append(("espeak-ng and flite", list(made_clips(name.replace("_", " ")))))
    for given in wanted.said:
        name, _, folder = given.partition("=")
        said[name].append((Path(folder).name, [read_clip(path) for path in sorted(Path(folder).iterdir())]))
    print(f"| word | clips | {' | '.join(f'{c:g}' for c in CUTOFFS)} | late, median (most) at 0.5 |")
    print("| --- " * (len(CUTOFFS) + 3) + "|")
    for name, sources in said.items():
        for source, clips in sources:
            _print_found(detector, name, source, clips)
    for folder in wanted.other:
        _print_in_vain(detector, folder)


def _print_found(detector: MicroWakeWords, name: str, source: str, clips: list[NDArray[np.float32]]) -> None:
    found, late = dict.fromkeys(CUTOFFS, 0), []
    for clip in clips:
        samples, end = prepared(clip)
        track = tracks(detector, samples)[name]
        for cutoff in CUTOFFS:
            found[cutoff] += bool((track > cutoff).any())
        over = np.flatnonzero(track > 0.5)
        if len(over):
            late.append((over[0] + 1) * STEP / RATE - end)
    counts = " | ".join(str(count) for count in found.values())
    delay = f"{np.median(late):.2f} ({max(late):.2f}) s" if late else "-"
    print(f"| {name} | {len(clips)} {source} | {counts} | {delay} |", flush=True)


def _print_in_vain(detector: MicroWakeWords, folder: Path) -> None:
    heard_s, cpu_s = 0.0, 0.0
    in_vain = {name: dict.fromkeys(CUTOFFS, 0) for name in PACKAGED}
    highest = dict.fromkeys(PACKAGED, 0.0)
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        samples, _ = prepared(read_clip(path))
        before = time.process_time()
        for name, track in tracks(detector, samples).items():
            for cutoff in CUTOFFS:
                in_vain[name][cutoff] += detections(track, cutoff)
            highest[name] = max(highest[name], float(track.max(initial=0.0)))
        cpu_s += time.process_time() - before
        heard_s += len(samples) / RATE
    print(
        f"\n{folder.name}: {heard_s / 3600:.2f} h without a word, {cpu_s / heard_s:.4f} s of processor a second"
    )
    print(f"| false | {' | '.join(f'{c:g}' for c in CUTOFFS)} | highest |")
    print("| --- " * (len(CUTOFFS) + 2) + "|")
    for name in PACKAGED:
        counts = " | ".join(str(count) for count in in_vain[name].values())
        print(f"| {name} | {counts} | {highest[name]:.2f} |", flush=True)


if __name__ == "__main__":
    main()

"""flite's voices. Debian: ``apt install flite`` (BSD-like). The voice rms is kept for evaluation."""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

from nano.speech.engines.utterance import Utterance, from_wav

TRAINING_VOICES = ("slt", "awb", "kal16")


class Flite:
    """One of `voices`; with `warped` about 70 % of the sentences in the voice of a larger or smaller person."""

    name = "flite"

    def __init__(self, voices: tuple[str, ...] = TRAINING_VOICES, warped: bool = True) -> None:
        self._voices = voices
        self._warped = warped

    def say(self, spoken: str, rng: random.Random) -> Utterance:
        voice = rng.choice(self._voices)
        warp, tempo = 1.0, 1.0
        if self._warped:
            warp = rng.uniform(0.8, 1.2) if rng.random() < 0.7 else 1.0
            tempo = rng.uniform(0.88, 1.25)
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            path = Path(folder) / "speech.wav"
            stretch = f"duration_stretch={warp / tempo:.3f}"
            command = ["flite", "-voice", voice, "--setf", stretch, "-t", spoken, "-o", str(path)]
            subprocess.run(command, check=True, capture_output=True)
            return from_wav(path.read_bytes(), f"flite-{voice}", warp)

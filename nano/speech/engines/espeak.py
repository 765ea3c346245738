"""espeak-ng: eight accents with variants of one formant synthesiser. Debian: ``apt install espeak-ng`` (GPL-3)."""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

from nano.speech.engines.utterance import Utterance, from_wav

ACCENTS = ("en-us", "en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd",
           "en-029", "en-us-nyc")  # fmt: skip
VARIANTS = (
    "m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 klatt klatt2 klatt3 klatt4 klatt6 Alex Andy Annie Denis Gene Gene2 Lee "
    "linda Michael Mike steph2 victor shelby norbert sandro anika max adam belinda caleb rob john"
).split()


class Espeak:
    """A random accent, variant, pitch and speed for every sentence."""

    name = "espeak"

    def say(self, spoken: str, rng: random.Random) -> Utterance:
        accent, variant = rng.choice(ACCENTS), rng.choice(VARIANTS)
        pitch, speed = rng.randint(25, 75), rng.randint(125, 195)
        command = ["espeak-ng", "-v", f"{accent}+{variant}", "-p", str(pitch), "-s", str(speed)]
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            path = Path(folder) / "speech.wav"
            subprocess.run([*command, "-w", str(path), spoken], capture_output=True, check=True)
            return from_wav(path.read_bytes(), f"espeak-{accent}+{variant}")

"""festival's diphone voice ked. Debian: ``apt install festival festvox-kdlpc16k`` (both free in the MIT manner)."""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

from nano.speech.engines.utterance import Utterance, from_wav


class Festival:
    """The voice ked, half of the sentences in the voice of a larger or smaller person."""

    name = "festival"

    def say(self, spoken: str, rng: random.Random) -> Utterance:
        warp = rng.uniform(0.85, 1.18) if rng.random() < 0.5 else 1.0
        stretch = warp / rng.uniform(0.88, 1.2)
        setup = f"(begin (voice_ked_diphone) (Parameter.set 'Duration_Stretch {stretch:.3f}))"
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            path = Path(folder) / "speech.wav"
            command = ["text2wave", "-eval", setup, "-o", str(path)]
            subprocess.run(command, input=spoken.encode() + b"\n", capture_output=True, check=True)
            return from_wav(path.read_bytes(), "festival-ked", warp)

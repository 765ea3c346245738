"""Kokoro-82M: natural voices, 28 English ones and 26 of other languages. Get it with ``nano.speech.fetch_kokoro``; runs on ``kokoro-onnx``."""

from __future__ import annotations

import random

import numpy as np
import onnxruntime
from kokoro_onnx import Kokoro as Model

from nano.speech.engines.utterance import Utterance
from nano.speech.fetch_kokoro import FOLDER

HELD_OUT = ("af_kore", "am_puck", "bf_lily")
"""English voices that ``evaluation`` speaks with."""
HELD_OUT_ACCENTS = ("em_santa", "hm_psi", "zf_xiaoni")
"""Voices of other languages that ``people_evaluation`` speaks English with."""
NEVER = (
    "ef_dora",
    "em_alex",
    "ff_siwis",
    "hf_alpha",
    "hm_omega",
    "if_sara",
    "im_nicola",
    "jm_kumo",
    "pf_dora",
    "pm_alex",
)
"""Voices that are kept for others to judge with: neither trained on nor measured here."""
_ENGLISH = ("a", "b")


class Kokoro:
    """One of `voices` (all but the held-out ones if none are named) for every sentence.

    With `varied`, 35 % of the sentences are in a mixture of two of the voices, 40 % in that of a larger or
    smaller person, and all at a tempo of 0.85 to 1.2; without it all is as the voice is.
    """

    name = "kokoro"

    def __init__(self, voices: tuple[str, ...] = (), varied: bool = True) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            FOLDER / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._model = Model.from_session(session, str(FOLDER / "voices.npz"))
        self._styles = {name: self._model.get_voice_style(name) for name in self._model.get_voices()}
        english = {name for name in self._styles if name.startswith(_ENGLISH)}
        self._voices = voices or tuple(sorted(english - set(HELD_OUT)))
        self._varied = varied

    def say(self, spoken: str, rng: random.Random) -> Utterance:
        voice, warp, tempo = rng.choice(self._voices), 1.0, 1.0
        name, style = voice, self._styles[voice]
        if self._varied:
            tempo = rng.uniform(0.85, 1.2)
            if rng.random() < 0.4:
                warp = rng.uniform(0.9, 1.1)
            if rng.random() < 0.35:
                other, share = rng.choice(self._voices), rng.uniform(0.3, 0.7)
                name = f"{voice}+{other}"
                style = np.asarray(style * share + self._styles[other] * (1 - share), np.float32)
        accent = "en-gb" if voice.startswith("b") else "en-us"
        samples, rate = self._model.create(spoken, voice=style, speed=tempo / warp, lang=accent)
        return Utterance(np.asarray(samples), rate, f"kokoro-{name}", warp)


class AccentedKokoro(Kokoro):
    """Its voices of other languages, which speak English with something of an accent; also mixed with each other."""

    def __init__(self) -> None:
        super().__init__()
        held_out = {*HELD_OUT_ACCENTS, *NEVER}
        self._voices = tuple(
            sorted(name for name in set(self._styles) - held_out if not name.startswith(_ENGLISH))
        )


class BritishKokoro(Kokoro):
    """Its British voices only, of which there are seven that are not held out: nano hears them worst."""

    def __init__(self) -> None:
        super().__init__()
        self._voices = tuple(name for name in self._voices if name.startswith("b"))

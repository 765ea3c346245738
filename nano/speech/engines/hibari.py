"""hibari-tts: one natural American voice at a hundredth of real time. PyPI: ``hibari-tts`` (Apache-2.0)."""

from __future__ import annotations

import random

from hibari import SAMPLE_RATE
from hibari import Hibari as Model

from nano.speech.engines.utterance import Utterance


class Hibari:
    """The bundled voice; when `varied`, 80 % of the sentences in the voice of a larger or smaller person."""

    name = "hibari"

    def __init__(self, varied: bool = True) -> None:
        self._model = Model(threads=1)
        self._varied = varied

    def say(self, spoken: str, rng: random.Random) -> Utterance:
        if not self._varied:
            return Utterance(self._model(spoken, speed=1.0, seed=1), SAMPLE_RATE, "hibari-heart")
        warp = rng.uniform(0.78, 1.22) if rng.random() < 0.8 else 1.0
        tempo = rng.uniform(0.85, 1.25)
        samples = self._model(spoken, speed=tempo / warp, seed=rng.randrange(2**31))
        return Utterance(samples, SAMPLE_RATE, "hibari-heart", warp)

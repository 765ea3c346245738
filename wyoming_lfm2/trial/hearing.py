"""Has the model hear a sound."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.audio.pcm import PcmFormat, encode_s16
from wyoming_lfm2.audio.resampling import Resampler
from wyoming_lfm2.engine.api import SAMPLE_RATE, SPEECH_RATE, Transcriber
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.trial.engine_warnings import engine_warnings


@dataclass(frozen=True)
class Heard:
    """What became of it."""

    text: str
    took_s: float
    sound_s: float
    cut: str = ""
    """Why the engine ended the transcript before the model did; empty if it did not."""
    refused: str = ""
    """Why the engine would not hear it; empty if it did."""


async def hear(transcriber: Transcriber, samples: NDArray[np.float32]) -> Heard:
    """Transcribe one sound as one piece, without voice activity detection: the model alone is tried.

    :param samples: float32, shape ``(n,)``, 16 kHz mono.
    """
    text, refused = "", ""
    started = time.perf_counter()
    with engine_warnings() as warnings:
        try:
            async with aclosing(transcriber.transcribe(samples)) as fragments:
                async for fragment in fragments:
                    text += fragment
        except EngineError as error:
            refused = str(error)
    took_s = time.perf_counter() - started
    return Heard(text.strip(), took_s, len(samples) / SAMPLE_RATE, "; ".join(warnings), refused)


def as_heard(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring a sound that was spoken to the rate and the 16 bits at which it would come back from a client.

    :param sound: float32, shape ``(n,)``, 24 kHz mono, finite.
    :returns: float32, 16 kHz mono.
    """
    resampler = Resampler(PcmFormat(SPEECH_RATE, 2, 1))
    return np.concatenate((resampler.feed_pcm(encode_s16(sound)), resampler.flush()))

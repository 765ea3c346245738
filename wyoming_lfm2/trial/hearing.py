"""In a trial the model hears recordings and what it has spoken; says what is wrong with its transcripts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.audio.files import read_samples
from wyoming_lfm2.audio.pcm import PcmFormat, encode_s16
from wyoming_lfm2.audio.resampling import Resampler
from wyoming_lfm2.engine.api import SAMPLE_RATE, SPEECH_RATE, Transcriber
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.judging import MANY_WRONG, word_errors, wrong_script
from wyoming_lfm2.trial.outcome import Concern, Exchange, Outcome
from wyoming_lfm2.trial.sentences import Recording, knows_only_a_home

ENGINE_LOGGER = "wyoming_lfm2.engine"


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


async def try_recording(transcriber: Transcriber, recording: Recording, advice: Advice) -> Outcome:
    """Hear one recording, whose words are known.

    :raises AudioFileError: the package's file is missing or damaged.
    """
    what = f"hears {recording.file}"
    samples = await asyncio.to_thread(_samples, recording)
    heard = await hear(transcriber, samples)
    errors = word_errors(recording.text, heard.text, recording.language)
    problems = list(hearing_problems((heard,), recording.language))
    if not problems and errors.rate > MANY_WRONG:
        problems.append(f"{errors.wrong} of {errors.words} words are wrong")
    expected = recording.of_a_home or not knows_only_a_home(transcriber.info)
    remedy = advice.wrong_numbers if expected else advice.out_of_domain
    return Outcome(
        what,
        heard.took_s,
        heard.sound_s,
        errors,
        (Exchange(recording.text, heard.text, errors),),
        tuple(Concern(f"{recording.file}: {problem}", remedy, serious=expected) for problem in problems),
    )


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


def hearing_problems(heard: tuple[Heard, ...], language: str) -> tuple[str, ...]:
    """Say what is wrong with some transcripts without knowing what was said.

    :param language: BCP 47 tag that they should be in.
    """
    problems = []
    refused = [one for one in heard if one.refused]
    taken = [one for one in heard if not one.refused]
    if refused:
        problems.append(f"{share(refused, heard)}would not be heard: {refused[0].refused}")
    if silent := [one for one in taken if not any(sign.isalnum() for sign in one.text)]:
        problems.append(f"{share(silent, heard)}no words were heard, the transcript is empty")
    if foreign := [one for one in taken if wrong_script(one.text, language)]:
        problems.append(f"{share(foreign, heard)}the words are in another script than {language}'s")
    if cut := [one for one in taken if one.cut]:
        problems.append(f"{share(cut, heard)}the transcript ran away, no end came ({cut[0].cut})")
    return tuple(problems)


def share(some: list[Heard], every: tuple[Heard, ...]) -> str:
    """How many of them, in front of what is said of them; empty if there is one only."""
    return f"in {len(some)} of {len(every)} sentences " if len(every) > 1 else ""


class _Collector(logging.Handler):
    def __init__(self, texts: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._texts = texts

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text."""
        self._texts.append(record.getMessage())


@contextmanager
def engine_warnings() -> Iterator[list[str]]:
    """Give a list into which the engine's warnings go while the block runs.

    They do not go to the log as well, where they would stand among the lines of the trial, unless it is at ``debug``.
    """
    logger = logging.getLogger(ENGINE_LOGGER)
    texts: list[str] = []
    collector = _Collector(texts)
    level, propagate = logger.level, logger.propagate
    verbose = logger.isEnabledFor(logging.DEBUG)
    logger.addHandler(collector)
    logger.propagate = verbose
    if not verbose:
        logger.setLevel(logging.WARNING)
    try:
        yield texts
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
        logger.propagate = propagate


def _samples(recording: Recording) -> NDArray[np.float32]:
    return np.concatenate(list(read_samples(recording.path)))

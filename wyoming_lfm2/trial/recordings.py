"""The model hears the recordings that come with the package."""

from __future__ import annotations

import asyncio

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.audio.files import read_samples
from wyoming_lfm2.engine.api import Transcriber
from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.hearing import Heard, hear
from wyoming_lfm2.trial.judging import wrong_script
from wyoming_lfm2.trial.outcome import Concern, Exchange, Outcome
from wyoming_lfm2.trial.sentences import Recording, knows_only_a_home
from wyoming_lfm2.trial.word_errors import word_errors

MANY_WRONG = 1 / 3
"""Word error rate above which a model does not work, rather than mishear: a wrong word in three."""


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


def _samples(recording: Recording) -> NDArray[np.float32]:
    return np.concatenate(list(read_samples(recording.path)))

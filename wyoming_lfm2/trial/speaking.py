"""In a trial the model speaks some sentences in each voice, and hears them again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.api import SPEECH_RATE, Speaker, Transcriber, Voice
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.hearing import Heard, as_heard, engine_warnings, hear, hearing_problems
from wyoming_lfm2.trial.judging import (
    MANY_WRONG,
    WordErrors,
    counts_characters,
    sound_problem,
    total,
    word_errors,
)
from wyoming_lfm2.trial.outcome import Concern, Exchange, Outcome
from wyoming_lfm2.tts.speech_stream import spoken_sentences

SOME_WRONG = 0.2
"""Word error rate from which it is worth listening to a voice."""


@dataclass(frozen=True)
class Spoken:
    """One sentence, spoken."""

    text: str
    sound: NDArray[np.float32]
    """24 kHz mono, as the model made it."""
    took_s: float
    problem: str
    """What cannot be right about it, as it follows "the sound "; empty if nothing is."""
    cut: str
    """Why the engine ended it before the model did; empty if it did not."""


async def speak(speaker: Speaker, text: str, voice: Voice) -> Spoken:
    """Have one sentence spoken, its numbers and units as words, as the port does."""
    pieces: list[NDArray[np.float32]] = []
    refused = ""
    started = time.perf_counter()
    with engine_warnings() as warnings:
        try:
            for sentence in spoken_sentences(text, voice):
                async with aclosing(speaker.speak(sentence, voice)) as sound:
                    pieces += [piece async for piece in sound]
        except EngineError as error:
            refused = f"was not made: {error}"
    took_s = time.perf_counter() - started
    whole = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return Spoken(text, whole, took_s, refused or sound_problem(whole), "; ".join(warnings))


def speaking_outcome(voice: Voice, spoken: Sequence[Spoken], advice: Advice) -> Outcome:
    """Judge the sounds of one voice by themselves."""
    concerns = [
        Concern(
            f"{voice.name}: the sound of {count} of {len(spoken)} sentences {problem}", advice.wrong_numbers
        )
        for problem, count in Counter(one.problem for one in spoken if one.problem).items()
    ]
    if cut := [one for one in spoken if one.cut]:
        serious = len(cut) > 1
        concerns.append(
            Concern(
                f"{voice.name}: {len(cut)} of {len(spoken)} sentences ran away, end-of-audio never came ({cut[0].cut})",
                advice.wrong_numbers if serious else advice.astray,
                serious,
            )
        )
    sound_s = sum(len(one.sound) for one in spoken) / SPEECH_RATE
    took_s = sum(one.took_s for one in spoken)
    what = f"{voice.name} speaks {len(spoken)} sentences"
    return Outcome(what, took_s, sound_s, concerns=tuple(concerns))


async def hear_again(
    transcriber: Transcriber,
    voice: Voice,
    spoken: Sequence[Spoken],
    language: str,
    advice: Advice,
    *,
    hears_recordings: bool | None,
) -> Outcome:
    """Have the model hear what it has spoken.

    :param language: BCP 47 tag of the sentences.
    :param hears_recordings: whether it understood the recordings; None: there was none in this language.
    """
    heard, exchanges = [], []
    for one in spoken:
        sound = one.sound if np.isfinite(one.sound).all() else np.zeros(0, np.float32)
        result = await hear(transcriber, as_heard(sound)) if len(sound) else Heard("", 0.0, 0.0)
        heard.append(result)
        errors = word_errors(one.text, result.text, language)
        exchanges.append(Exchange(one.text, result.text, errors))
    errors = total(exchange.errors for exchange in exchanges if exchange.errors is not None)
    concerns = [
        Concern(f"{voice.name}, heard again: {problem}", advice.wrong_numbers)
        for problem in hearing_problems(tuple(heard), language)
    ]
    if errors.rate > SOME_WRONG:
        concerns.append(_many_wrong(voice, errors, language, advice, hears_recordings))
    return Outcome(
        f"{voice.name}, heard again",
        sum(one.took_s for one in heard),
        sum(one.sound_s for one in heard),
        errors,
        tuple(exchanges),
        tuple(concerns),
    )


def _many_wrong(
    voice: Voice, errors: WordErrors, language: str, advice: Advice, hears_recordings: bool | None
) -> Concern:
    unit = "characters" if counts_characters(language) else "words"
    text = f"{voice.name}, heard again: {errors.wrong} of {errors.words} {unit} are wrong"
    if errors.rate <= MANY_WRONG:
        return Concern(text, advice.listen, serious=False)
    if hears_recordings is False:
        return Concern(f"{text}; but the recordings were not understood either", advice.wrong_numbers)
    if hears_recordings:
        text += "; the recordings were understood, so it is the speaking that is wrong"
    return Concern(text, advice.wrong_numbers)

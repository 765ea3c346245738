"""In a trial the model answers two questions: one in text, one in text and sound at once."""

from __future__ import annotations

import time
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.api import SPEECH_RATE, Converser, EngineInfo, Transcriber
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.hearing import as_heard, engine_warnings, hear, hearing_problems
from wyoming_lfm2.trial.judging import MANY_WRONG, sound_problem, word_errors, wrong_script
from wyoming_lfm2.trial.outcome import Concern, Exchange, Outcome
from wyoming_lfm2.trial.sentences import HOME_QUESTIONS, QUESTIONS, Question, knows_only_a_home, primary

IN_TEXT = "answers in text"
IN_SOUND = "answers in text and sound"


def questions(info: EngineInfo) -> tuple[Question, Question] | None:
    """Return what a model is asked: in text, and in text and sound; None: there is nothing in its language."""
    return HOME_QUESTIONS if knows_only_a_home(info) else QUESTIONS.get(primary(info.languages[0]))


async def answer_in_text(
    converser: Converser, question: Question, system: str, language: str, advice: Advice
) -> Outcome:
    """Ask one question.

    :param system: the system prompt.
    :param language: BCP 47 tag of question and answer.
    """
    answer, refused = "", ""
    started = time.perf_counter()
    with engine_warnings() as warnings:
        try:
            async with aclosing(converser.answer(question.text, None, system)) as fragments:
                async for fragment in fragments:
                    answer += fragment
        except EngineError as error:
            refused = str(error)
    took_s = time.perf_counter() - started
    return Outcome(
        IN_TEXT,
        took_s,
        exchanges=(Exchange(question.text, answer.strip()),),
        concerns=_text_concerns(IN_TEXT, question, answer, language, refused, warnings, advice),
    )


async def answer_in_sound(
    engine: Converser, transcriber: Transcriber, question: Question, language: str, advice: Advice
) -> Outcome:
    """Ask one question and hear whether the sound of the answer says what its text says."""
    answer, refused = "", ""
    pieces: list[NDArray[np.float32]] = []
    started = time.perf_counter()
    with engine_warnings() as warnings:
        try:
            async with aclosing(engine.converse(question.text)) as parts:
                async for part in parts:
                    if isinstance(part, str):
                        answer += part
                    else:
                        pieces.append(part)
        except EngineError as error:
            refused = str(error)
    took_s = time.perf_counter() - started
    sound = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    concerns = list(_text_concerns(IN_SOUND, question, answer, language, refused, warnings, advice))
    exchanges = [Exchange(question.text, answer.strip())]
    errors = None
    if not refused and (problem := sound_problem(sound)):
        concerns.append(Concern(f"{IN_SOUND}: the sound {problem}", advice.wrong_numbers))
    elif not refused:
        heard = await hear(transcriber, as_heard(sound))
        errors = word_errors(answer, heard.text, language)
        exchanges.append(Exchange(answer.strip(), heard.text, errors))
        problems = list(hearing_problems((heard,), language))
        if not problems and errors.rate > MANY_WRONG:
            problems.append("its words are not those of the text")
        concerns += [
            Concern(f"{IN_SOUND}, its sound heard again: {problem}", advice.wrong_numbers)
            for problem in problems
        ]
    return Outcome(IN_SOUND, took_s, len(sound) / SPEECH_RATE, errors, tuple(exchanges), tuple(concerns))


def _text_concerns(
    what: str,
    question: Question,
    answer: str,
    language: str,
    refused: str,
    warnings: list[str],
    advice: Advice,
) -> tuple[Concern, ...]:
    if refused:
        return (Concern(f"{what}: {refused}", advice.wrong_numbers),)
    concerns = []
    if not any(sign.isalnum() for sign in answer):
        concerns.append(Concern(f"{what}: the answer is empty", advice.wrong_numbers))
    elif wrong_script(answer, language):
        text = f"{what}: the answer is in another script than {language}'s"
        concerns.append(Concern(text, advice.wrong_numbers))
    elif not any(word in answer.lower() for word in question.expected):
        wanted = " or ".join(f"“{word}”" for word in question.expected)
        text = f"{what}: {wanted} is not in the answer to “{question.text}”"
        concerns.append(Concern(text, "Read the answer: does it make sense?", serious=False))
    if warnings:
        text = f"{what}: the answer ran away, its end never came ({warnings[0]})"
        concerns.append(Concern(text, advice.wrong_numbers))
    return tuple(concerns)

"""Runs a trial: recordings, then each voice, then two questions. What was heard first says how to take the rest."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from wyoming_lfm2.engine.api import Converser, EngineInfo, Speaker, Transcriber, Voice
from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.answering import IN_SOUND, IN_TEXT, answer_in_sound, answer_in_text, questions
from wyoming_lfm2.trial.hearing import try_recording
from wyoming_lfm2.trial.outcome import Outcome
from wyoming_lfm2.trial.sentences import RECORDINGS, SENTENCES, primary
from wyoming_lfm2.trial.speaking import hear_again, speak, speaking_outcome


class TriedEngine(Transcriber, Speaker, Converser, Protocol):
    """An engine that hears, speaks and converses, or says in ``info`` why it does not."""


async def run_trial(
    engine: TriedEngine, advice: Advice, system: str, begin: Callable[[str], None]
) -> AsyncGenerator[Outcome, None]:
    """Try everything that the model offers; yield each result when it is there.

    :param system: the system prompt for a question in text.
    :param begin: told what comes next, for a person who waits.
    """
    info = engine.info
    known: list[bool] = []
    languages = {primary(language) for language in info.languages}
    for recording in RECORDINGS:
        if recording.language in languages:
            begin(f"hears {recording.file}")
            outcome = await try_recording(engine, recording, advice)
            known.append(not any(concern.serious for concern in outcome.concerns))
            yield outcome
    if not known:
        names = " and ".join(sorted({recording.language for recording in RECORDINGS}))
        reason = f"they are in {names}, and this model hears {', '.join(info.languages)}"
        yield Outcome("hears recordings", not_offered=reason)
    if not info.voices:
        yield Outcome("speaks", not_offered=info.tts_unavailable_reason)
    for voice in info.voices:
        async for outcome in _try_voice(engine, voice, advice, all(known) if known else None, begin):
            yield outcome
    async for outcome in _try_questions(engine, info, advice, system, begin):
        yield outcome


async def _try_voice(
    engine: TriedEngine,
    voice: Voice,
    advice: Advice,
    hears_recordings: bool | None,
    begin: Callable[[str], None],
) -> AsyncGenerator[Outcome, None]:
    language = primary((voice.languages or engine.info.languages)[0])
    sentences = SENTENCES.get(language)
    if sentences is None:
        yield Outcome(
            f"{voice.name} speaks", not_offered=f"there are no sentences in {language} to try it with"
        )
        return
    spoken = []
    for number, sentence in enumerate(sentences, start=1):
        begin(f"{voice.name} speaks sentence {number} of {len(sentences)}")
        spoken.append(await speak(engine, sentence, voice))
    yield speaking_outcome(voice, spoken, advice)
    begin(f"hears {voice.name} again")
    yield await hear_again(engine, voice, spoken, language, advice, hears_recordings=hears_recordings)


async def _try_questions(
    engine: TriedEngine, info: EngineInfo, advice: Advice, system: str, begin: Callable[[str], None]
) -> AsyncGenerator[Outcome, None]:
    if not info.converses:
        yield Outcome(IN_TEXT, not_offered=info.chat_unavailable_reason)
        yield Outcome(IN_SOUND, not_offered=info.chat_unavailable_reason)
        return
    language = primary(info.languages[0])
    asked = questions(info)
    if asked is None:
        yield Outcome("answers", not_offered=f"there are no questions in {language} to try it with")
        return
    begin(IN_TEXT)
    yield await answer_in_text(engine, asked[0], system, language, advice)
    if not info.voices:
        yield Outcome(IN_SOUND, not_offered=info.tts_unavailable_reason)
        return
    begin(IN_SOUND)
    yield await answer_in_sound(engine, engine, asked[1], language, advice)

from __future__ import annotations

import logging

import numpy as np
import pytest

from tests.trial.tried_engine import TriedEngine
from wyoming_lfm2.engine.errors import EngineBusyError
from wyoming_lfm2.trial.advice import Advice
from wyoming_lfm2.trial.course import run_trial
from wyoming_lfm2.trial.outcome import Memory, Outcome, TrialResult, judged, memory_concerns, speed_concerns

ADVICE = Advice("run the check", "Q8_0", ("Q4_0", "Q8_0", "F16"), threads=2, cores=4, processors=8, load=0.1)
PLENTY = Memory(100, 10_000)


@pytest.fixture
def engine() -> TriedEngine:
    return TriedEngine()


async def tried(engine: TriedEngine) -> TrialResult:
    outcomes = [outcome async for outcome in run_trial(engine, ADVICE, "Be brief.", lambda what: None)]
    return judged("tried", engine.info.languages[0], outcomes, PLENTY, ADVICE)


def said_of(result: TrialResult) -> str:
    return "\n".join(concern.text for concern in result.wrong)


async def test_a_model_without_fault_has_nothing_wrong(engine: TriedEngine) -> None:
    begun: list[str] = []
    outcomes = [outcome async for outcome in run_trial(engine, ADVICE, "", begun.append)]
    result = judged("tried", "en", outcomes, PLENTY, ADVICE)
    assert result.verdict == "Nothing looks wrong."
    assert [outcome.what for outcome in outcomes] == [
        "hears turn_on_the_kitchen_light.flac",
        "hears go_forward_10_meters.flac",
        "us-female speaks 5 sentences",
        "us-female, heard again",
        "us-male speaks 5 sentences",
        "us-male, heard again",
        "answers in text",
        "answers in text and sound",
    ]
    assert len([outcome for outcome in outcomes if outcome.errors is not None]) == 5
    assert sum(outcome.errors.wrong for outcome in outcomes if outcome.errors is not None) == 0
    assert "us-male speaks sentence 5 of 5" in begun


async def test_empty_transcripts_are_named(engine: TriedEngine) -> None:
    engine.writes = lambda text: "..."
    result = await tried(engine)
    assert "turn_on_the_kitchen_light.flac: no words were heard" in said_of(result)
    assert "us-male, heard again: in 5 of 5 sentences no words were heard" in said_of(result)
    assert "This model does not work" in result.verdict
    assert all("run the check" in concern.remedy for concern in result.wrong)


async def test_a_wrong_language_is_named(engine: TriedEngine) -> None:
    engine.writes = lambda text: "電気をつけて"
    engine.answers[0] = "パリ"
    told = said_of(await tried(engine))
    assert "go_forward_10_meters.flac: the words are in another script than en's" in told
    assert "answers in text: the answer is in another script" in told


async def test_what_runs_away_is_named_with_the_engines_words(
    engine: TriedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine.cut = "it was longer than 77 frames"
    told = said_of(await tried(engine))
    assert "end-of-audio never came (it was longer than 77 frames)" in told
    assert "the transcript ran away" in told
    assert "answers in text and sound: the answer ran away" in told
    # Said in the table, they would only disturb beside it.
    assert not caplog.records
    logging.getLogger("wyoming_lfm2.engine.stand_in").warning("afterwards")
    assert caplog.messages == ["afterwards"]


@pytest.mark.parametrize(
    ("factor", "words"),
    [(0.0, "is silent"), (np.nan, "not finite"), (100.0, "at full scale")],
)
async def test_a_sound_that_cannot_be_speech_is_named(engine: TriedEngine, factor: float, words: str) -> None:
    engine.sounds = lambda sound: np.clip(sound * np.float32(factor), -1, 1)
    told = said_of(await tried(engine))
    assert "us-female: the sound of 5 of 5 sentences " in told
    assert words in told
    assert f"{words}" in told.splitlines()[-1]


async def test_words_that_are_wrong_are_laid_to_the_side_that_is_to_blame(engine: TriedEngine) -> None:
    recorded = {"Turn on the kitchen light.", "Go forward 10 meters."}
    engine.writes = lambda text: text if text in recorded else "Clean the pool"
    told = said_of(await tried(engine))
    assert "are wrong; the recordings were understood, so it is the speaking that is wrong" in told
    assert "kitchen_light" not in told
    engine.writes = lambda text: "Clean the pool"
    told = said_of(await tried(engine))
    assert "turn_on_the_kitchen_light.flac: 4 of 5 words are wrong" in told
    assert "but the recordings were not understood either" in told


async def test_sound_that_does_not_say_what_the_text_says_is_named(engine: TriedEngine) -> None:
    engine.writes = lambda text: text if text != engine.answers[1] else "Clean the pool"
    told = said_of(await tried(engine))
    assert told == "answers in text and sound, its sound heard again: its words are not those of the text"


async def test_an_answer_that_is_empty_fails_and_one_that_says_something_else_is_a_note(
    engine: TriedEngine,
) -> None:
    engine.answers[0] = " "
    assert said_of(await tried(engine)) == "answers in text: the answer is empty"
    engine.answers[0] = "I like trains."
    result = await tried(engine)
    assert not result.wrong
    assert "“paris” is not in the answer" in result.notes[0].text


async def test_what_a_model_does_not_offer_is_no_failure(engine: TriedEngine) -> None:
    engine.change(
        voices=(),
        tts_unavailable_reason="Its vocoder is missing.",
        chat_unavailable_reason="No.",
    )
    result = await tried(engine)
    assert not result.wrong
    assert {o.what: o.not_offered for o in result.outcomes if o.not_offered} == {
        "speaks": "Its vocoder is missing.",
        "answers in text": "No.",
        "answers in text and sound": "No.",
    }


async def test_a_japanese_model_is_tried_in_its_language(engine: TriedEngine) -> None:
    (voice, *_) = engine.info.voices
    japanese = TriedEngine()
    japanese.change(languages=("ja",), voices=(type(voice)("japanese", "Perform TTS.", ("ja",), "one"),))
    japanese.answers = ["パリです。", "七日です。"]
    result = await tried(japanese)
    assert not result.wrong and not result.notes
    assert result.outcomes[0].not_offered == "they are in en, and this model hears ja"
    assert result.counted == "characters"


async def test_a_model_of_a_home_is_not_blamed_for_what_it_never_learnt(engine: TriedEngine) -> None:
    engine.change(conversation_prompt="Answer briefly.")
    engine.answers = ["Turned on the kitchen light.", "Turned off the bedroom lamp."]
    engine.writes = lambda text: text if "forward" not in text else "Pause the oven timer."
    result = await tried(engine)
    assert not result.wrong
    assert ["go_forward" in concern.text for concern in result.notes] == [True]


async def test_a_request_that_is_refused_does_not_end_the_trial(engine: TriedEngine) -> None:
    def refuse(text: str) -> str:
        raise EngineBusyError("the queue is full")

    engine.writes = refuse
    result = await tried(engine)
    assert "would not be heard: the queue is full" in said_of(result)
    assert len(result.outcomes) == 8


def test_slow_work_is_a_note_that_says_what_helps() -> None:
    outcomes = [Outcome("quick", 1.0, 2.0), Outcome("us-male speaks", 5.0, 2.0), Outcome("loads", 9.0)]
    (concern,) = speed_concerns(outcomes, ADVICE)
    assert concern.text.startswith("us-male speaks: 2.5 s of work for a second of sound")
    assert not concern.serious
    assert concern.remedy == "Set engine.threads to 4 (it is 2); take --quantization Q4_0."
    busy = Advice("", "Q4_0", ("Q4_0",), threads=4, cores=4, processors=4, load=3.0)
    assert busy.slow == "Stop what else runs here (the load was 3.0 before the trial)."
    idle = Advice("", "Q4_0", ("Q4_0",), threads=4, cores=4, processors=4, load=0.0)
    assert "faster machine" in idle.slow
    assert not list(speed_concerns(outcomes[:1], ADVICE))


def test_memory_that_is_nearly_used_up_is_a_note() -> None:
    (concern,) = memory_concerns(Memory(1_000_000_000, 50_000_000), ADVICE)
    assert concern.text == "memory is near its limit: 1,000 MB at most, 50 MB are left"
    assert "Q4_0" in concern.remedy and not concern.serious
    assert not list(memory_concerns(Memory(1_000_000_000, 500_000_000), ADVICE))
    assert not list(memory_concerns(Memory(1_000_000_000, None), ADVICE))

"""The engine answers in text and sound as the reference does, over two turns, with the same weights."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.parity.cases import FOLDER, TOKENIZER, WEIGHTS, digest
from tests.parity.comparison import Choices
from tests.parity.dialogue_cases import MOST_EVENTS, dialogue_weights
from tests.parity.dialogue_comparison import TURNS, compare_dialogue, near_choices
from tests.parity.dialogue_running import Answering, Followed, answering
from tests.parity.given import Given
from tests.parity.speech_cases import VOCODER
from tests.parity.speech_comparison import SNR_ROOM_DB, predicted_db, reference, signal_to_difference_db
from wyoming_lfm2.gguf.quantization import Quantization


@pytest.fixture(scope="module", params=WEIGHTS, ids=lambda quantization: quantization.value)
def quantization(request: pytest.FixtureRequest) -> Quantization:
    chosen: Quantization = request.param
    return chosen


@pytest.fixture(scope="module")
def model(quantization: Quantization, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    with answering(tmp_path_factory.mktemp("dialogue-parity"), quantization) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def forced(model: Answering, quantization: Quantization) -> list[Followed]:
    return list(model.dialogue([Given.all(reference(quantization, name)["events"]) for name in TURNS]))


def kinds(events: NDArray[np.int32]) -> str:
    """``t`` for a token, ``T`` for the end of the text, ``a`` for a frame, ``E`` for the last one, ``.`` the end."""
    names = {TOKENIZER.number("<|text_end|>"): "T", TOKENIZER.number("<|im_end|>"): "."}
    return "".join(
        names.get(int(event[0]), "t") if event[1] < 0 else "E" if event[0] == VOCODER.end_of_audio else "a"
        for event in events
    )


def test_the_weights_are_those_that_the_reference_had(quantization: Quantization) -> None:
    record = json.loads((FOLDER / "dialogue.json").read_text())
    assert digest(dialogue_weights(quantization)) == record["weights_sha256"][quantization.value]


def test_the_references_answers_have_every_transition_there_is(quantization: Quantization) -> None:
    answers = [kinds(reference(quantization, name)["events"]) for name in TURNS]
    both = "|".join(answers)
    assert all(part in both for part in ("t" * 6 + "a" * 12 + "t", "Ta", "aE", "Et", "E.")), both
    assert all(len(answer) == MOST_EVENTS or answer[-1] == "." for answer in answers)


def test_the_prompt_is_token_for_token_the_references(model: Answering, quantization: Quantization) -> None:
    first, second = (reference(quantization, name) for name in TURNS)
    text, heard = (model.work(number, model.beginning).turn for number in (1, 0))
    history = [*model.beginning.prefix, *heard.prompt.before_answer]
    assert first["prompt"].tolist() == history
    written = first["events"][:, 1] < 0
    answer = [int(token) for token in first["events"][written, 0] if token != heard.prompt.im_end]
    assert isinstance(text.said, tuple)
    history += [*answer, *text.prompt.before_turn, *text.said, *text.prompt.before_answer]
    assert second["prompt"].tolist() == history


def test_the_context_is_row_for_row_as_long_as_the_references(
    forced: list[Followed], quantization: Quantization
) -> None:
    for followed, name in zip(forced, TURNS, strict=True):
        expected = reference(quantization, name)
        ended = kinds(expected["events"]).endswith(".")
        assert followed.rows == len(expected["modality"]) + len(expected["events"]) - ended


def test_along_the_references_events_every_number_is_the_references(
    forced: list[Followed], quantization: Quantization
) -> None:
    compared = list(compare_dialogue(forced, quantization))
    assert len(compared) == 18
    for one in compared:
        if isinstance(one, Choices):
            assert one.same_decided == one.decided > 0, one
        else:
            assert one.agrees, f"{one} is off by more than its tolerance"


def test_the_streamed_sound_is_the_references_batch_sound(
    forced: list[Followed], quantization: Quantization
) -> None:
    for followed, name in zip(forced, TURNS, strict=True):
        expected = reference(quantization, name)["sound"]
        ratio = signal_to_difference_db(followed.forced.sound, np.clip(expected, -1, 1))
        assert ratio > predicted_db(quantization, name) - SNR_ROOM_DB


def test_left_alone_it_gives_the_references_answers(model: Answering, quantization: Quantization) -> None:
    """Both whole lists. Only choices nearer than the tolerance of their logits are made for it: few in F32."""
    given = [near_choices(quantization, name) for name in TURNS]
    for got, expected in zip(model.dialogue(given), given, strict=True):
        assert kinds(got.events) == kinds(expected.events)
        np.testing.assert_array_equal(got.events, expected.events)
        if quantization is Quantization.F32:
            assert expected.told.sum() < 0.05 * (expected.events >= 0).sum()


def test_a_second_turn_is_the_same_when_the_first_has_left_the_memory(
    model: Answering, forced: list[Followed], quantization: Quantization
) -> None:
    events = [Given.all(reference(quantization, name)["events"]) for name in TURNS]
    again = list(model.dialogue(events, keep=False))
    assert [followed.rows for followed in again] == [followed.rows for followed in forced]
    for one in compare_dialogue(again, quantization):
        assert one.same_decided == one.decided if isinstance(one, Choices) else one.agrees, one

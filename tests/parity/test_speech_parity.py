"""The engine speaks as the reference does, with the same weights."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from tests.parity.cases import FOLDER, TOKENIZER, WEIGHTS, digest
from tests.parity.comparison import Choices
from tests.parity.speech_cases import VOCODER, speech_weights
from tests.parity.speech_comparison import (
    SNR_ROOM_DB,
    compare_speech,
    logits_tolerance,
    predicted_db,
    reference,
    signal_to_difference_db,
)
from tests.parity.speech_running import Forced, Speaking, speaking
from wyoming_lfm2.gguf.quantization import Quantization


@pytest.fixture(scope="module", params=WEIGHTS, ids=lambda quantization: quantization.value)
def quantization(request: pytest.FixtureRequest) -> Quantization:
    chosen: Quantization = request.param
    return chosen


@pytest.fixture(scope="module")
def model(quantization: Quantization, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaking]:
    with speaking(tmp_path_factory.mktemp("speech-parity"), quantization) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def forced(model: Speaking, quantization: Quantization) -> Forced:
    return model.forced(reference(quantization)["events"])


def test_the_weights_are_those_that_the_reference_had(quantization: Quantization) -> None:
    record = json.loads((FOLDER / "spoken.json").read_text())
    assert digest(speech_weights(quantization)) == record["weights_sha256"][quantization.value]


def test_the_reference_writes_speaks_and_ends(quantization: Quantization) -> None:
    events = reference(quantization)["events"]
    frames = events[:, 1] >= 0
    (places,) = np.nonzero(frames)
    assert len(places) > 16
    assert (places == np.arange(places[0], places[-1] + 1)).all(), "one piece of speech"
    assert TOKENIZER.tokens[events[places[0] - 1, 0]] == "<|audio_start|>" and places[0] > 1
    assert (events[places[-1]] == VOCODER.end_of_audio).all()
    assert (events[places[:-1], 0] != VOCODER.end_of_audio).all()
    assert TOKENIZER.tokens[events[-1, 0]] == "<|im_end|>"


def test_the_prompt_is_token_for_token_the_references(model: Speaking, quantization: Quantization) -> None:
    assert model.prompt_tokens() == reference(quantization)["prompt"].tolist()


def test_along_the_references_events_every_number_is_the_references(
    forced: Forced, quantization: Quantization
) -> None:
    compared = list(compare_speech(forced, quantization))
    assert len(compared) == 8
    for one in compared:
        if isinstance(one, Choices):
            assert one.same_decided == one.decided > 0, one
            if quantization is Quantization.F32:
                assert one.same == one.steps, one
        else:
            assert one.agrees, f"{one} is off by more than its tolerance"


def test_the_streamed_sound_is_the_references_batch_sound(forced: Forced, quantization: Quantization) -> None:
    expected = reference(quantization)["sound"]
    assert forced.sound.shape == expected.shape
    assert signal_to_difference_db(forced.sound, expected) > predicted_db(quantization) - SNR_ROOM_DB


def test_left_alone_it_makes_the_references_events(model: Speaking, quantization: Quantization) -> None:
    """The whole list in F32. In Q8_0 up to the first choice that is nearer than the tolerance of the logits:
    it may fall otherwise, and what follows is another sentence."""
    expected = reference(quantization)
    events, sound = model.generate()
    if quantization is Quantization.F32:
        np.testing.assert_array_equal(events, expected["events"])
        assert sound.shape == expected["sound"].shape
        assert signal_to_difference_db(sound, np.clip(expected["sound"], -1, 1)) > 30
        return
    near = expected["depth_margins"].min(axis=1) <= logits_tolerance(quantization)
    before = int(np.flatnonzero(expected["events"][:, 1] >= 0)[0])
    sure = before + int(np.flatnonzero(near)[0])
    assert sure >= before
    np.testing.assert_array_equal(events[:sure], expected["events"][:sure])

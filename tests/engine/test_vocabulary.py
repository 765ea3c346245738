from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.llama.vocabulary import StreamedText, Vocabulary
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.models.model_set import ModelSet


@pytest.fixture(scope="module")
def vocabulary(ending_set: ModelSet) -> Iterator[Vocabulary]:
    model = ModelRunner(ending_set, EngineSettings(threads=1), 30.0)
    yield model.backbone.vocabulary
    model.close()


@given(text=st.text(max_size=60))
def test_text_comes_back_in_fragments_that_are_whole_characters(vocabulary: Vocabulary, text: str) -> None:
    streamed = StreamedText(vocabulary)
    fragments = [streamed.add(token) for token in vocabulary.tokenize(text, special=False)]
    assert "".join(fragments) == text


def test_a_character_is_given_out_with_its_last_byte(vocabulary: Vocabulary) -> None:
    streamed = StreamedText(vocabulary)
    tokens = vocabulary.tokenize("é€")
    assert len(tokens) == 5
    assert [streamed.add(token) for token in tokens] == ["", "é", "", "", "€"]


def test_bytes_that_are_no_character_are_replaced_and_the_next_one_is_whole(vocabulary: Vocabulary) -> None:
    streamed = StreamedText(vocabulary)
    half = vocabulary.tokenize("€")[:2]
    after = vocabulary.tokenize("a")
    assert "".join(streamed.add(token) for token in [*half, *after]) == "\N{REPLACEMENT CHARACTER}a"


def test_control_tokens_have_no_text(vocabulary: Vocabulary) -> None:
    assert vocabulary.piece(vocabulary.special("<|im_end|>")) == b""


def test_a_special_token_that_the_vocabulary_lacks_is_named(vocabulary: Vocabulary) -> None:
    for text in ("<|nothing|>", "turn"):
        with pytest.raises(EngineError, match="control token"):
            vocabulary.special(text)

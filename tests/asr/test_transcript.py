from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wyoming_lfm2.asr.transcript import TranscriptJoiner

texts = st.lists(st.lists(st.text(alphabet=" \nab.", max_size=4), max_size=5), max_size=5)


@given(texts)
def test_fragments_joined_are_the_pieces_joined_with_one_space(pieces: list[list[str]]) -> None:
    joiner, said, ended = TranscriptJoiner(), "", []
    for fragments in pieces:
        for fragment in fragments:
            said += joiner.add_fragment(fragment)
        ended.append(joiner.end_piece())
    assert ended == ["".join(fragments).strip() for fragments in pieces]
    assert said == " ".join(text for text in ended if text)


def test_text_is_given_as_soon_as_it_is_certain() -> None:
    joiner = TranscriptJoiner()
    assert [joiner.add_fragment(fragment) for fragment in (" Turn", " ", "on ", "it.")] == [
        "Turn",
        "",
        " on",
        " it.",
    ]
    joiner.end_piece()
    assert joiner.add_fragment("Now.") == " Now."

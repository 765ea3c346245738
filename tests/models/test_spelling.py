"""What a model is told that wants the letters, too."""

from __future__ import annotations

import pytest

from wyoming_lfm2.models.spelling import spelled


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Turn on the light.", "Turn TURN on ON the THE light. LIGHT"),
        ("It's Emma's TV, isn't it?", "It's ITS Emma's EMMAS TV, TV isn't ISNT it? IT"),
        ("a  -  b", "a A - b B"),
        ("Zoë's Wi-Fi", "Zoë's ZOËS Wi-Fi WIFI"),
        ("20 %", "20 %"),
        (" ", ""),
    ],
)
def test_each_word_is_followed_by_its_letters(text: str, wanted: str) -> None:
    assert spelled(text) == wanted

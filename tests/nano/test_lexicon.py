"""How words sound, in signs that are a token each."""

from __future__ import annotations

from pathlib import Path

from nano.corpus import lexicon

CMUDICT = """\
am AE1 M
kitchen K IH1 CH AH0 N
light L AY1 T # a remark
light(2) L AY0 T
lights L AY1 T S
isn't IH1 Z AH0 N T
is IH1 Z
must M AH1 S T
pm P IY1 EH1 M
shipment SH IH1 P M AH0 N T
xylem Z AY1 L AH0 M
"""


def test_words_of_the_vocabulary_and_common_ones_sound_as_in_the_dictionary(tmp_path: Path) -> None:
    (tmp_path / "cmudict.dict").write_text(CMUDICT, encoding="utf-8")
    (tmp_path / "vocabulary.txt").write_text(
        "\u0120must\n\u0120shipment\nxy\n light\n\u0120zzz", encoding="utf-8"
    )
    tokens = ["\u0120is", "\u0120kitchen", "\u0120light", "PM", "AM", "\u0120am", "P", "M", "<|im_end|>"]
    found = lexicon.lexicon(
        lexicon.read_cmudict(tmp_path / "cmudict.dict"),
        tokens,
        lexicon.common_words(tmp_path / "vocabulary.txt"),
    )
    ours = {word: sounds for word, sounds in found.items() if word in CMUDICT}
    assert ours == {
        "am": "&M", "kitchen": "K`Q@N", "light": "L~T", "lights": "L~TX", "must": "M^XT", "pm": "P|{M",
        "is": "`Z", "isn't": "`Z@NT",
    }  # fmt: skip
    assert found["AM"] == "+{M"
    assert found["soundbar"] == "X>NDB\\R"
    lexicon.write(found, tmp_path / "lexicon.tsv")
    assert lexicon.read(tmp_path / "lexicon.tsv").sounds == found


def test_every_sound_has_a_sign_of_its_own_that_is_one_token() -> None:
    signs = {lexicon.signs([phoneme + "1"]) for phoneme in lexicon._SIGNS} | {lexicon.signs(["AH0"])}
    assert len(signs) == 40
    assert all(len(sign.encode()) == 1 for sign in signs), "all bytes are tokens"

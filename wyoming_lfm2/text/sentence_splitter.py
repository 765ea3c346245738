"""Cuts text, as it comes, into sentences that can be spoken one by one.

``sentence-stream`` knows where a sentence ends. What it does not know is here: lines of
lists and headings, abbreviations that end in a dot in the middle of a sentence, and text
that never ends a sentence at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from sentence_stream import SentenceBoundaryDetector

LONGEST = 300
"""Characters in a sentence, written or spoken; a longer one is cut at a comma or, failing that, between words.
The model was made for sentences, and a listener waits for the first of them."""

_SLICE = 200
"""Characters given to the detector at once: it searches all that it holds for each sentence."""

_LIST_LINE = re.compile(r"\n(?=[ \t]*(?:[-*+•#>]|\d{1,3}[.)])[ \t#>])")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_LINE_BEGIN = 16
"""Characters of a line that tell whether it is a heading."""

_UNDECIDED = re.compile(r"(?:(?<!\n)\n[ \t]*(?:[-*+•#>]+|\d{1,3}[.)]?)?|\*+|°\s?[CF]?)\Z")
"""The end of what has come, if the next characters decide what it is. An empty line ends a sentence anyway."""

_EMPHASIS = re.compile(r"(?<!\d)\*+(?=\S)|(?<=\S)\*+(?!\d)")
"""The detector sees no end of a sentence before "**Next"; "2*3" is something else."""

_SCALE = re.compile(r"°\s?([CF])(?!\w)")
_SCALE_SIGNS = {"C": "\N{DEGREE CELSIUS}", "F": "\N{DEGREE FAHRENHEIT}"}
"""The detector takes the C of "21 °C." for somebody's initial, and waits for the rest of the name."""

_NOON = re.compile(r"(?<![^\W\d_])[AP]M\.\s{1,3}(?=[A-Z])")
"""The detector takes the end of "It is 7 PM." for somebody's initials, too."""

_RECENT = 8
"""Characters in which the longest of these is seen, with one before and one behind it."""

_GOES_ON = re.compile(r"\b(?:e\.g|i\.e|approx|vs|ca|incl|resp|[Nn]o|St|Mt|Prof|Gen|Capt|Fig)\.$")
_TITLE = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|[A-Z])\.$")
_ITEM_NUMBER = re.compile(r"\d{1,3}[.)]")
_CLAUSE = re.compile(r"[,;:]\s+|[\N{EM DASH}、\N{FULLWIDTH COMMA}\N{FULLWIDTH SEMICOLON}]\s*")
"""A comma inside of a number is followed by a digit."""

_STOP = re.compile(
    r"[.!?…。\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}][^\w,;:\N{EN DASH}\N{EM DASH}-]*\Z"
)
"""The end of a sentence, with quotation marks, brackets, emoji and white space behind it."""

_DECIMAL = re.compile(r"\d\.\Z")
"""Maybe the first half of a number."""


class SentenceSplitter:
    """Cuts one text. Whatever the pieces it comes in, the sentences are the same, but for the longest."""

    def __init__(self) -> None:
        self._detector = SentenceBoundaryDetector()
        self._undecided = ""
        self._held = ""
        self._before = "\n"
        self._recent = ""
        self._line = ""

    def add_text(self, text: str) -> Iterator[str]:
        """Take the next piece; yields the sentences that are complete by it, none of them blank."""
        for begin in range(0, len(text), _SLICE):
            yield from self._add(text[begin : begin + _SLICE])

    @property
    def ended(self) -> bool:
        """Whether what is left looks like a whole sentence, which only the next text can prove."""
        detector = self._detector
        left = f"{self._held} {detector.current_sentence}{detector.remaining_text}{self._undecided}"
        text = left.strip()
        if not _STOP.search(left) or _DECIMAL.search(left) or _ITEM_NUMBER.fullmatch(text):
            return False
        ends_line = (self._before + self._undecided).endswith("\n")
        return ends_line or not (_GOES_ON.search(text) or _TITLE.search(text))

    def finish_text(self) -> Iterator[str]:
        """No more text comes, at least for now; yields what is left."""
        left, self._undecided = self._undecided, ""
        yield from self._detect(self._plain(left))
        yield from self._complete(self._detector.finish(), last=True)

    def _add(self, text: str) -> Iterator[str]:
        text = self._undecided + text.replace("\r\n", "\n")
        found = _UNDECIDED.search(text)
        settled = found.start() if found else len(text)
        self._undecided = text[settled:]
        yield from self._detect(self._plain(text[:settled]))

    def _plain(self, text: str) -> str:
        """Without what would mislead the detector."""
        before, self._before = self._before, text[-1:] or self._before
        text = _EMPHASIS.sub(lambda found: found[0] if found.start() < len(before) else "", before + text)
        text = _LIST_LINE.sub("\n\n", text[len(before) :])
        text = _SCALE.sub(lambda found: _SCALE_SIGNS[found[1]], text)
        lines = self._cut_at_noon(text).split("\n")
        parts = []
        for number, line in enumerate(lines):
            if number:
                # Lines that stand for themselves are marked by an empty line, which the detector cuts at.
                parts.append("\n\n" if _HEADING.match(self._line) else "\n")
                self._line = ""
            parts.append(line)
            self._line = (self._line + line)[:_LINE_BEGIN]
        return "".join(parts)

    def _cut_at_noon(self, text: str) -> str:
        """With an empty line, which the detector cuts at, before the sentence that follows a time of day."""
        before, self._recent = self._recent, (self._recent + text)[-_RECENT:]
        marked = _NOON.sub(
            lambda found: found[0] + ("\n\n" if found.end() >= len(before) else ""), before + text
        )
        return marked[len(before) :]

    def _detect(self, text: str) -> Iterator[str]:
        for sentence in self._detector.add_chunk(text):
            yield from self._complete(sentence)
        if len(self._detector.remaining_text) > LONGEST:
            # No end of a sentence in sight: begin to speak anyway, at the last good place.
            text = self._detector.finish()
            cut = _last_cut(text[:LONGEST])
            yield from self._complete(text[:cut], last=True)
            yield from self._detect(text[cut:])

    def _complete(self, sentence: str, *, last: bool = False) -> Iterator[str]:
        sentence = f"{self._held} {sentence}".strip()
        self._held = ""
        goes_on = _GOES_ON.search(sentence[-10:]) or _ITEM_NUMBER.fullmatch(sentence)
        if not last and goes_on and len(sentence) < LONGEST:
            self._held = sentence
            return
        yield from cut_to_length(sentence)


def cut_to_length(sentence: str) -> Iterator[str]:
    """Pieces of at most ``LONGEST`` characters, none much longer than the others; nothing of a blank one."""
    sentence = sentence.strip()
    while len(sentence) > LONGEST:
        pieces = math.ceil(len(sentence) / LONGEST)
        cut = _last_cut(sentence[: math.ceil(len(sentence) / pieces)])
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    if sentence:
        yield sentence


def _last_cut(text: str) -> int:
    """Where to cut at the latest: after a clause if one ends in the second half, else between words."""
    ends = [found.end() for found in _CLAUSE.finditer(text) if found.end() > len(text) // 2]
    if ends:
        return ends[-1]
    space = text.rfind(" ")
    return space + 1 if space > 0 else len(text)

"""Makes plain text of what a model writes: for a screen, and for whatever voice reads it out.

Models decorate: Markdown, lists, emoji. The prompt asks them not to, and they do it all the same. Here only
that goes away. Numbers, units and abbreviations stay as they are written, since an answer is also shown, and
whoever speaks it (:mod:`.verbalizer`, or another server's voice) makes words of them in its own way.
"""

from __future__ import annotations

import re

from wyoming_lfm2.text.markup import drop_emoji, name_emoji, strip_markdown, strip_tags
from wyoming_lfm2.text.sentence_splitter import SentenceSplitter

_PRODUCT = re.compile(r"(?<=\d)([ \t]*)\*([ \t]*)(?=\d)")
_PRODUCT_BEGUN = re.compile(r"\d[\d \t*]*$")
_LEFT = re.compile(r"\*+|`+|~{2,}|(?<!\w)_+|_+(?!\w)|(?:^|(?<=\n))[ \t]*(?:#{1,6}|>)(?=\s|$)")
_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")
_BEFORE_SIGN = re.compile(r"\s+(?=[,;:.!?](?:\s|$))")
_COMMAS = re.compile(r",(?:\s*,)+")
_BREAK = re.compile(r"(?:[ \t]*\n)+\s*")
_SPACES = re.compile(r"[^\S\n]+")

_ENDS = ".!?,;:\N{HORIZONTAL ELLIPSIS}"
_WIDE_ENDS = (
    "\N{IDEOGRAPHIC FULL STOP}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}"
)
"""Behind these there is no space."""

_SIGNS = str.maketrans({"\N{DEGREE CELSIUS}": "°C", "\N{DEGREE FAHRENHEIT}": "°F"})
_LONGEST_DROPPED = 50


def plain_text(text: str) -> str:
    """Text of a sentence or so without Markdown, tags, emoji and line breaks; empty if nothing is left."""
    # The sentence splitter writes a degree as one sign, which would count as a picture.
    return _plain(drop_emoji(strip_markdown(strip_tags(text.translate(_SIGNS)))))


class PlainTextStream:
    """:func:`plain_text` for an answer that comes in fragments.

    What :meth:`feed` and :meth:`finish` return, joined, is the whole of it. It comes sentence by sentence:
    before a sentence ends, nobody knows what an asterisk in it means.
    """

    def __init__(self) -> None:
        self._splitter = SentenceSplitter()
        self._begun = ""
        self._end = ""
        self._dropped = ""

    def feed(self, fragment: str) -> str:
        """Take the next fragment; what is plain by now, often nothing."""
        text = self._begun + fragment
        found = _PRODUCT_BEGUN.search(text)
        settled = found.start() if found else len(text)
        self._begun = text[settled:]
        # To the splitter every asterisk is emphasis.
        text = _PRODUCT.sub("\\1\N{MULTIPLICATION SIGN}\\2", text[:settled])
        return "".join([self._add(sentence) for sentence in self._splitter.add_text(text)])

    def finish(self) -> str:
        """The answer is complete; the rest of it."""
        sentences = (*self._splitter.add_text(self._begun), *self._splitter.finish_text())
        rest = "".join([self._add(sentence) for sentence in sentences])
        if not rest and not self._end:
            # An answer that is nothing but a thumb that points up is an answer all the same.
            return _plain(name_emoji(self._dropped))
        return rest

    def _add(self, sentence: str) -> str:
        plain = plain_text(sentence)
        if not plain:
            self._dropped = (self._dropped + sentence)[:_LONGEST_DROPPED]
            return ""
        before, self._end = self._end, plain[-1]
        return _between(before) + plain if before else plain


def _plain(text: str) -> str:
    text = "".join(sign if sign.isprintable() or sign.isspace() else " " for sign in text)
    text = _BRACKETS.sub("", _LEFT.sub("", text))
    text = _BREAK.sub(lambda found: _between(text[: found.start()].rstrip()[-1:]), text)
    text = _COMMAS.sub(",", _BEFORE_SIGN.sub("", _SPACES.sub(" ", text)))
    text = text.strip(" ,;")
    return text if any(sign.isalnum() for sign in text) else ""


def _between(end: str) -> str:
    """What separates the items of a list, or two sentences, when they stand on one line."""
    if end in _WIDE_ENDS:
        return ""
    return " " if end in _ENDS else ", "

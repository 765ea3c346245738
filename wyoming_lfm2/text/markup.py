"""Takes away what is written for the eye (Markdown, tags, links, emoji), or turns it into what can be said."""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->|<[?!][^<>]*>", re.DOTALL)
_ALIAS = re.compile(
    r"<sub\b[^<>]*\balias\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')[^<>]*>[^<>]*</sub>", re.IGNORECASE
)
_BREAK = re.compile(r"<(?:break|br|/p|/s|/li|/div)\b[^<>]*>", re.IGNORECASE)

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n`]*$", re.MULTILINE)
_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])")
_FOOTNOTE = re.compile(r"\[\^?\d{1,3}\](?!\()")
_LINE_MARK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?(?!\d)|[-*+•][ \t]+(?:\[[ xX]\][ \t]+)?)", re.MULTILINE
)
_ITEM_NUMBER = re.compile(r"^[ \t]*(\d{1,3})[.)][ \t]+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE)
_TABLE_RULE = re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+[ \t:|-]*$", re.MULTILINE)
_STRONG = re.compile(r"(\*{1,3}|~~|(?<!\w)_{1,3})(?=\S)([^*~\n]+?)(?<=\S)\1(?!\w)")
_CODE = re.compile(r"`+([^`\n]*)`+")

_EMAIL = re.compile(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b")
_URL = re.compile(
    r"\b(?:https?|ftp|wss?|tcp|file)://(?:www\.)?([^\s/?#<>()\[\]]+)[^\s<>()\[\]]*?(?=[.,;:!?]*(?:[\s<>()\[\]]|$))"
)
_TOP = "com|org|net|edu|gov|io|dev|app|info|ai|eu|de|fr|uk|local"
_DOMAIN = re.compile(
    # Without "www." only what cannot be the name of an entity, such as light.kitchen.
    rf"(?<![\w@./-])(?:www\.([^\s/?#<>()\[\]]*[^\s/?#<>()\[\].,;:!?])|((?:[A-Za-z\d-]+\.)*[A-Za-z][A-Za-z\d-]*\.(?:{_TOP})(?:\.[a-z]{{2}})?))"
    r"(?![\w-]|\.\w)[^\s<>()\[\]]*?(?=[.,;:!?]*(?:[\s<>()\[\]]|$))"
)

_JOINERS = re.compile("[\ufe00-\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")


def strip_tags(text: str) -> str:
    """Text without SSML's or HTML's tags; a break becomes a comma, an alias is said in the place of its word."""
    text = _ALIAS.sub(lambda found: found[1] or found[2] or "", text)
    text = _BREAK.sub(", ", text)
    return html.unescape(_TAG.sub("", text))


def strip_markdown(text: str) -> str:
    """Text without Markdown's signs; links keep their words, list items their numbers."""
    for pattern in (_FENCE, _RULE, _TABLE_RULE, _FOOTNOTE):
        text = pattern.sub(" ", text)
    text = _IMAGE_OR_LINK.sub(r"\1", text)
    text = _CODE.sub(r"\1", text)
    text = _LINE_MARK.sub("", text)
    text = _ITEM_NUMBER.sub(r"\1, ", text)
    for _ in range(3):  # bold inside of italics, and the like
        text = _STRONG.sub(r"\2", text)
    return text.replace("|", ", ")


def say_addresses(text: str) -> str:
    """A link becomes its host's name, a mail address its words: "home assistant dot io"."""
    text = _EMAIL.sub(lambda found: f"{_dots(found[1])} at {_dots(found[2])}", text)
    text = _URL.sub(lambda found: _dots(_host(found[1])), text)
    return _DOMAIN.sub(lambda found: _dots(found[1] or found[2]), text)


def drop_emoji(text: str) -> str:
    """Text without emoji and other pictures."""
    return "".join(" " if _is_picture(sign) else sign for sign in _JOINERS.sub("", text))


def name_emoji(text: str) -> str:
    """Text with the names of emoji in their places, in English."""
    named = (f" {_picture_name(sign)} " if _is_picture(sign) else sign for sign in _JOINERS.sub("", text))
    return "".join(named)


def _host(authority: str) -> str:
    """Without a login and without the port."""
    return authority.rpartition("@")[2].partition(":")[0]


def _dots(address: str) -> str:
    return address.strip(".").replace(".", " dot ").replace("_", " ").replace("-", " ")


def _is_picture(sign: str) -> bool:
    # The degree sign is of the same category, and is said.
    return sign != "°" and unicodedata.category(sign) == "So"


def _picture_name(sign: str) -> str:
    name = unicodedata.name(sign, "").lower().replace("-", " ")
    if name.startswith("regional indicator"):  # half of a flag
        return ""
    return re.sub(r"^(?:black|white|heavy) (?=\w)|\bsign$", "", name).strip()


class TagStripper:
    """:func:`strip_tags` for text that comes in pieces: a tag that has begun waits for its end."""

    _LONGEST_TAG = 2_000

    def __init__(self) -> None:
        self._begun = ""

    def strip(self, text: str) -> str:
        """Take the next piece; what is plain text by now."""
        text = self._begun + text
        begin = text.rfind("<")
        unfinished = begin >= 0 and ">" not in text[begin:] and len(text) - begin < self._LONGEST_TAG
        settled = begin if unfinished else len(text)
        self._begun = text[settled:]
        return strip_tags(text[:settled])

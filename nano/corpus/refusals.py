"""What is not nano's to answer: questions about the world, chatter, nonsense, words that it has never read.

One answer to all of it. What is asked has to be of many kinds and full of foreign words, so that the answer goes with
whatever is none of the home's business, and not with the words that happened to stand here.
"""

from __future__ import annotations

import random

from nano.corpus import words
from nano.corpus.exchange import Exchange
from nano.corpus.foreign import ADJECTIVES, NAMES, NOUNS, OTHER, PLACES, VERBS
from nano.corpus.template import Sampler

REFUSAL = "Sorry, I can't help with that."

_TEMPLATES = (
    "what is the capital of {place}", "who is the president of {place}", "how many people live in {place}",
    "where is {place}", "tell me about {place}", "how far is it to {place}", "is {place} bigger than {place}",
    "what language do they speak in {place}", "what should I see in {place}", "how do I get to {place}",
    "who is {name}", "who was {name} {name}", "when was {name} born", "how old is {name} {name}",
    "did {name} win the {noun}", "what did {name} say about the {noun}", "who wrote the {noun}", "why is {name} {adjective}",
    "how do I {verb} a {noun}", "how do you {verb} {adjective} {noun}", "can you {verb} my {noun}", "why do {noun}s {verb}",
    "can a {noun} {verb}", "what is a {noun}", "what does {noun} mean", "how much does a {noun} cost", "what is the best {noun}",
    "how tall is the {noun}", "how do you spell {noun}", "translate {noun} into {language}", "what is {noun} in {language}",
    "give me a recipe for {noun}", "how long do I {verb} the {noun}", "what can I make with {noun} and {noun}",
    "write a {noun} about {adjective} {noun}s", "write me a poem about the {noun}", "read me the {noun}",
    "explain {adjective} {noun}", "what is the meaning of {noun}", "is the {noun} {adjective}", "which {noun} is {adjective}",
    "who will win the {noun}", "should I {verb} the {noun}", "I want to {verb} a {noun}", "my {noun} is {adjective}",
    "the {adjective} {noun} {verb}s", "do you think {name} is {adjective}", "what do you think about {noun}",
    "do you believe in {noun}", "have you seen my {noun}", "I saw a {adjective} {noun} in {place}", "book a {noun} to {place}",
    "order a {noun}", "buy {few} {noun}s online", "how many {noun}s are in a {noun}", "what year did the {noun} {verb}",
    "what is the square root of {number}", "what is {number} divided by {number}", "what is {few} plus {few}", "what's {few} times {number}", "{few} minus {few}", "solve the {noun}", "calculate the {noun}",
    "{noun}", "{noun} {noun}", "{adjective} {noun}", "{noun} and {noun}", "{verb} the {noun}", "{verb} {name}", "{name} {name}",
    "{noun} {verb} {adjective}", "{word} {word} {word}", "{word} {word}", "{word}", "{word} {noun} {word} {verb}",
    "{domain} {domain} {domain}", "{domain} {noun} {domain} {number}", "the {domain} {domain} {noun} of {domain}",
    "what is the {domain} of a {noun}", "why is the {noun} in the {domain}", "who invented the {thing}", "who invented the {noun}",
    "how does a {thing} work", "how does a {noun} work", "when did {name} {verb} the {noun}", "is it true that {name} can {verb}",
    "I think that the {noun} should {verb} more {noun}s before {name} goes to {place}",
    "can you tell me whether the {adjective} {noun} in {place} is going to {verb} next year",
    "what happened in {place} when the {noun} met {name}", "my {noun} told me that {name} wants to {verb} the {adjective} {noun}",
    "who won the {noun}", "who won the {adjective} {noun}", "who won the {noun} in {place}", "when did {name} win the {noun}",
    "{other}", "{other}", "{other} {other}", "{other} {name}",
    "how tall is the Eiffel Tower", "what is love", "what's the traffic like", "when is the next {noun} to {place}",
    "what time does the {noun} open", "how many {smallunit} are in a {bigunit}", "what is the stock price of {name}",
    "what's the score of the {noun}", "how do I fix my {thing}", "where can I buy a {thing}", "what color is a {noun}",
)  # fmt: skip
_LANGUAGES = (
    "Spanish",
    "French",
    "German",
    "Italian",
    "Japanese",
    "Latin",
    "Russian",
    "Chinese",
    "Dutch",
    "Greek",
)
_ENDS = (
    "tion",
    "ment",
    "er",
    "ing",
    "ness",
    "ist",
    "al",
    "ity",
    "on",
    "ax",
    "um",
    "us",
    "y",
    "le",
    "ock",
    "ish",
)
_MIDDLES = "ab ac ad am an ap ar as at e eb ed en er es i ib id in ir is o ob od om on or os u ub ud un ur us".split()
_STARTS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl l m n p pl pr qu r s sc sh sk sl sm sn sp st str t th tr v w z".split()


class Refusals:
    """Draws what is refused."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._sampler = Sampler({}, self._fill, rng)
        self._domain = sorted({word for listed in (words.AREAS, words.ITEMS, words.SWITCHES, words.LIGHTS, words.COLORS)
                               for name in listed for word in name.split()})  # fmt: skip

    def _word(self) -> str:
        """A word that could be English."""
        syllables = (
            self._rng.choice(_STARTS) + self._rng.choice(_MIDDLES) for _ in range(self._rng.randint(1, 2))
        )
        return "".join(syllables) + self._rng.choice(_ENDS)

    def _fill(self, name: str) -> str:
        rng = self._rng
        if name in ("noun", "verb", "adjective", "name", "place") and rng.random() < 0.12:
            word = self._word()
            return word.capitalize() if name in ("name", "place") else word
        lists = {
            "noun": NOUNS, "verb": VERBS, "adjective": ADJECTIVES, "name": NAMES, "place": PLACES, "language": _LANGUAGES,
            "other": OTHER,
            "domain": self._domain, "thing": words.SWITCHES,
            "smallunit": ("seconds", "minutes", "hours", "grams", "inches", "ounces", "meters"),
            "bigunit": ("minute", "hour", "day", "kilogram", "foot", "pound", "mile"),
        }  # fmt: skip
        if name in lists:
            return rng.choice(lists[name])
        if name == "word":
            return self._word()
        return str(rng.randint(2, 12) if name == "few" else rng.randint(13, 999))

    def exchange(self) -> Exchange:
        """Something out of place."""
        return Exchange(self._sampler.sample(self._rng.choice(_TEMPLATES)), REFUSAL, topic="refusal")

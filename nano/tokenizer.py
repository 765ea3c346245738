"""nano's tokenizer: byte-level BPE that spells any text and has the domain's words whole.

Text is first cut as llama.cpp's ``lfm2`` pre-tokenizer does; a piece that is a token
is taken as it is (``ignore_merges``), anything else goes through the merges.
"""

from __future__ import annotations

import collections
import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

START, END_OF_TEXT, TURN, END_OF_TURN, PAD = (
    "<|startoftext|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"
)  # fmt: skip
RELEASED = (
    PAD, START, END_OF_TEXT, "<|fim_pre|>", "<|fim_mid|>", "<|fim_suf|>", TURN, END_OF_TURN,
    "<|tool_list_start|>", "<|tool_list_end|>", "<|tool_call_start|>", "<|tool_call_end|>",
    "<|tool_response_start|>", "<|tool_response_end|>", "<|audio_start|>", "<|text_start|>", "<|text_end|>",
)  # fmt: skip
"""Special tokens by their released names; the first fourteen at their released places."""
SPECIAL = RELEASED + tuple(f"<|reserved_{i}|>" for i in range(32 - len(RELEASED)))

_PIECES = Regex(
    "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
)
_PROMPTS = (
    "Perform ASR.", "Perform TTS. Use the US male voice.", "Perform TTS. Use the US female voice.",
    "Perform TTS. Use the UK male voice.", "Perform TTS. Use the UK female voice.",
    "Respond with interleaved text and audio.", "system\n", "user\n", "assistant\n",
)  # fmt: skip
_ANSWERS = (
    "I can't help with that. I'm sorry, I don't know that. I do not understand. Sure, okay, done. Yes, no, maybe.",
    "Hello! Hi there. Good morning, good afternoon, good evening, good night, goodbye. You're welcome. Thank you, thanks.",
    "It is sunny, cloudy, rainy, windy, foggy, stormy and snowing outside. The sun sets and rises. Partly clear, cloudy.",
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday today tomorrow yesterday week month year day days.",
    "January February March April May June July August September October November December.",
    "One two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty hundred.",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand percent degrees half quarter",
    "I you he she it we they me him her us them my your his our their who what when where why how which this that these",
    "and or but not with without about after before again also always never because can could did do does for from get go",
    "had has have here if into just know let like made make more most much new now of off old on only other out over said",
    "see should so some such tell than then there time to too under up use very want was were will would years people way",
    "Tell me a joke. How are you? What can you do? Who are you? I am your assistant. My name is nano. Ask me something.",
)
"""Words that answers need; the sentences of the domain bring their own."""
_NUMBERS = tuple(str(n) for n in (*range(10, 21), *range(30, 101, 10), *range(200, 1000, 100)))


def _cutter() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_PIECES, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def build(texts: Iterable[str], size_multiple: int = 32) -> Tokenizer:
    """A tokenizer in which every word of ``texts`` is one token.

    Digits stay single except for the numbers that are spoken as one word ("twelve",
    "forty"): "forty seven" is then "4", "7", and the two share what they learn.
    """
    cutter = _cutter()
    counts: collections.Counter[str] = collections.Counter()
    for text in (*texts, *_PROMPTS * 1000, *_ANSWERS):
        counts.update(piece for piece, _ in cutter.pre_tokenize_str(text))
    words = [word for word, _ in counts.most_common() if not any(c.isdigit() for c in word)]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = dict.fromkeys((*SPECIAL, *alphabet))
    merges: dict[tuple[str, str], None] = {}
    for word in (*_NUMBERS, *words):
        _grow(word, tokens, merges)
    while len(tokens) % size_multiple:
        tokens[f"<|reserved_{len(tokens)}|>"] = None
    vocabulary = {token: i for i, token in enumerate(tokens)}
    return assembled(vocabulary, list(merges), [token for token in tokens if token.startswith("<|")])


def assembled(vocabulary: dict[str, int], merges: list[tuple[str, str]], special: list[str]) -> Tokenizer:
    """A tokenizer from its parts, as `build` makes them or a model file has them."""
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=True))
    tokenizer.pre_tokenizer = _cutter()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    return tokenizer


def _grow(word: str, tokens: dict[str, None], merges: dict[tuple[str, str], None]) -> None:
    """Make ``word`` a token, reached by one merge from its longest known beginning."""
    if word in tokens:
        return
    cut = next(i for i in range(len(word) - 1, 0, -1) if word[:i] in tokens)
    _grow(word[cut:], tokens, merges)
    merges[(word[:cut], word[cut:])] = None
    tokens[word] = None


def merges_of(tokenizer: Tokenizer) -> list[str]:
    """The merges as a model file writes them: two tokens and a space between."""
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]


def load(path: Path) -> Tokenizer:
    """Read what `build` made and ``save`` wrote."""
    return Tokenizer.from_file(str(path))

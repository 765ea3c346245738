"""What of the model's wishes a grammar allows, token by token.

llama.cpp judges the tokens, by what it writes for them: the bytes of a token, and for a control token its
name. Only few are shown to it: the likeliest is usually allowed.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.errors import GrammarError
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.engine.llama.vocabulary import Vocabulary

_SHOWN = (1, 64, 2048)
"""How many of the likeliest tokens are shown, one number after the other; then all."""

ROOT = "root"
"""The rule at which an answer begins."""

_LONGEST = 500_000
_TOKEN = re.compile(r"<\|[A-Za-z0-9_]+\|>")
_WRONG = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_NEGATED_CLASS = re.compile(r"\[\^(?:\\.|[^\]\\])*\]")


def named_tokens(grammar: str) -> frozenset[str]:
    """The control tokens that ``grammar`` names.

    llama.cpp itself says whether the rules are right. It would throw across C, which ends the process, where a control
    token that is named can be spelled out in characters, too; so no other ``<`` may stand in such a grammar but among
    those that a class leaves out.

    :raises GrammarError: it has not the form in which llama.cpp may see it.
    """
    if len(grammar) > _LONGEST:
        raise GrammarError(f"the grammar has {len(grammar)} characters, and {_LONGEST} at most are allowed")
    if _WRONG.search(grammar):
        raise GrammarError("the grammar has control characters, or is no text in UTF-8")
    if not re.search(rf"^{ROOT} ::= ", grammar, re.MULTILINE):
        raise GrammarError(f"the grammar has no rule {ROOT}")
    names = frozenset(_TOKEN.findall(grammar))
    if names and "<" in _NEGATED_CLASS.sub("", _TOKEN.sub("", grammar)):
        raise GrammarError("the grammar allows the character <, with which control tokens begin")
    return names


class Grammar:
    """One answer's way through a grammar. Belongs to the worker thread; :meth:`close` frees it."""

    def __init__(self, library: Library, vocabulary: Vocabulary, text: str, ends: frozenset[int]) -> None:
        """Begin at ``root``.

        :param ends: tokens that end an answer, whichever of them the model takes.
        :raises GrammarError: the grammar is wrong.
        """
        names = named_tokens(text)
        self._llama = library.llama
        self._vocabulary = vocabulary
        self._ends = ends
        known = [token for token in sorted(ends) if vocabulary.is_end(token)]
        if not known:
            raise GrammarError("to llama.cpp none of the model's tokens ends an answer")
        self._end = known[0]
        self._control = {_control_token(vocabulary, name): name for name in names}
        library.complaints.take()
        self._sampler: Any = vocabulary.grammar_sampler(text.encode(), ROOT.encode())
        if not self._sampler:
            raise GrammarError(f"llama.cpp refuses the grammar ({library.complaints.take() or 'no reason'})")

    @property
    def may_end(self) -> bool:
        """Whether the answer may end here."""
        return bool(self._allowed(np.array([self._end], np.int32))[0])

    def choose(self, logits: NDArray[np.float32]) -> tuple[int, float]:
        """The likeliest token that is allowed, and its probability among all tokens.

        :param logits: float32, shape ``(n_vocab,)``; they stay as they are.
        :returns: any of the tokens that end an answer counts as one.
        :raises GrammarError: the vocabulary has nothing that the grammar allows.
        """
        best = int(np.argmax(logits))
        for count in (*_SHOWN, len(logits)):
            tokens = np.array([best], np.int32) if count == 1 else _likeliest(logits, count)
            for token in tokens[self._allowed(tokens)]:
                if self._is_writable(int(token)):
                    return int(token), _probability(logits, int(token))
        raise GrammarError("the grammar allows nothing that the model can write")

    def accept(self, token: int) -> str:
        """Go on behind ``token``, which :meth:`choose` gave and which does not end the answer.

        :returns: its name, if it is a control token; else nothing.
        """
        self._llama.llama_sampler_accept(self._sampler, token)
        return self._control.get(token, "")

    def close(self) -> None:
        """Free it. Can be repeated."""
        if self._sampler is not None:
            self._llama.llama_sampler_free(self._sampler)
            self._sampler = None

    def _allowed(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether llama.cpp allows each of ``tokens``, int32, shape ``(n,)``."""
        llama = self._llama
        ends = np.isin(tokens, list(self._ends))
        shown = np.zeros(len(tokens), [("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        shown["id"] = np.where(ends, self._end, tokens)
        candidates = llama.llama_token_data_array(
            data=shown.ctypes.data_as(ctypes.POINTER(llama.llama_token_data)),
            size=len(shown),
            selected=-1,
            sorted=False,
        )
        llama.llama_sampler_apply(self._sampler, ctypes.byref(candidates))
        allowed: NDArray[np.bool_] = np.isfinite(shown["logit"])
        return allowed

    def _is_writable(self, token: int) -> bool:
        """Whether it is no control token in the guise of characters, and no end that is none of ours."""
        if token in self._ends or token in self._control:
            return True
        return bool(self._vocabulary.piece(token)) and not self._vocabulary.is_end(token)


def _control_token(vocabulary: Vocabulary, name: str) -> int:
    if not vocabulary.has(name):
        raise GrammarError(f"the grammar names {name}, and the model has no such control token")
    return vocabulary.special(name)


def _likeliest(logits: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """Tokens by falling logits, int32, shape ``(min(count, n_vocab),)``."""
    if count < len(logits):
        found = np.argpartition(logits, -count)[-count:]
        return found[np.argsort(-logits[found], kind="stable")].astype(np.int32)
    return np.argsort(-logits, kind="stable").astype(np.int32)


def _probability(logits: NDArray[np.float32], token: int) -> float:
    """Softmax at temperature 1."""
    return float(1.0 / np.exp(logits - logits[token], dtype=np.float64).sum())

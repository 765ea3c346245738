"""Whether llama.cpp loads the vocabulary in a file, and whether a prompt can be written in it."""

from __future__ import annotations

from collections.abc import Iterable

from wyoming_lfm2.gguf.header import Header, ValueType, refuse, refuse_if_strict, text, warn
from wyoming_lfm2.gguf.tensor_check import CONVERT_ANEW
from wyoming_lfm2.gguf.tokenizer import SPECIAL_TOKENS, TokenType

MODEL = "tokenizer.ggml.model"
PRE = "tokenizer.ggml.pre"
TOKENS = "tokenizer.ggml.tokens"
TYPES = "tokenizer.ggml.token_type"
MERGES = "tokenizer.ggml.merges"

_NONE = ("none", "no_vocab")


def strings(header: Header, key: str) -> tuple[bytes, ...]:
    """An array of strings that must be there."""
    value = header.metadata.get(key)
    if value is None:
        refuse(header, f"its key {key} is missing", CONVERT_ANEW)
    if value.items is None or value.type is not ValueType.STRING:
        refuse(header, f"its key {key} is not a list of strings", CONVERT_ANEW)
    return tuple(item for item in value.items if isinstance(item, bytes))


def has_vocabulary(header: Header) -> bool:
    """Tell whether llama.cpp loads a vocabulary from this file."""
    return text(header, MODEL) not in (None, *_NONE)


def check_vocabulary(header: Header, control: Iterable[str] = SPECIAL_TOKENS) -> int:
    """Number of tokens. Raises ModelFileError.

    ``control`` are the control tokens that it must have.
    """
    if not has_vocabulary(header):
        refuse(
            header,
            "it has no vocabulary",
            "Use an LFM2-Audio backbone, not its detokenizer or another model.",
        )
    model = text(header, MODEL)
    if model != "gpt2":
        refuse_if_strict(
            header, f"its vocabulary is of the kind {model}", "Use the files of an LFM2-Audio model."
        )
    if not text(header, PRE):
        warn(
            header,
            f"its key {PRE} is missing, so llama.cpp divides text into words by a rule of its own",
            CONVERT_ANEW,
        )
    strings(header, MERGES)
    tokens = strings(header, TOKENS)
    if not tokens:
        refuse(header, "its vocabulary is empty", CONVERT_ANEW)
    # llama.cpp asserts that all are different, after it has given the empty ones a name.
    named = [token or b"[EMPTY_%d]" % number for number, token in enumerate(tokens)]
    if len(set(named)) != len(named):
        refuse_if_strict(header, "its vocabulary has a token twice", CONVERT_ANEW)
    types = header.metadata.get(TYPES)
    if (
        types is None
        or types.items is None
        or types.type is not ValueType.INT32
        or len(types.items) < len(tokens)
    ):
        refuse(header, f"its key {TYPES} is not a list of one integer a token", CONVERT_ANEW)
    if not {int(kind) for kind in types.items} <= {int(kind) for kind in TokenType}:
        # llama.cpp takes such a token for one of no type.
        warn(header, f"its key {TYPES} has an unknown type", CONVERT_ANEW)
    numbers = {token: number for number, token in enumerate(tokens)}
    for special in control:
        number = numbers.get(special.encode())
        if number is None or types.items[number] != TokenType.CONTROL:
            refuse_if_strict(
                header,
                f"its vocabulary has no control token {special}",
                "Use an LFM2-Audio backbone; other models do not know its prompt.",
            )
    return len(tokens)

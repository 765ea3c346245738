"""Dialogues in text, from ``nano.corpus.dialogues``: what nano answers, and what it would have the home do."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from nano import tokenizer as words
from nano.backbone import Backbone
from nano.voice.sequence import Row, Words, lay
from wyoming_lfm2.models.embedded import NANO_HOME_PROMPT, NANO_PROMPT

PROMPTS = {False: NANO_PROMPT, True: NANO_HOME_PROMPT}
"""System prompt without and with home control."""
_POOL = 16
"""Batches drawn together and sorted by length."""

Dialogue = dict[str, Any]


def read(path: Path, split: str) -> list[Dialogue]:
    """The dialogues of a split."""
    lines = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line["split"] == split]


def opened(tokenizer: Tokenizer, system: str) -> list[int]:
    """Ids up to where the user's first words stand."""
    ids: list[int] = tokenizer.encode(
        f"{words.START}{words.TURN}system\n{system}{words.END_OF_TURN}\n{words.TURN}user\n"
    ).ids
    return ids


def row_of(tokenizer: Tokenizer, dialogue: Dialogue) -> Row:
    """Prompt and turns; nano writes what the assistant says."""
    row: Row = [Words(opened(tokenizer, PROMPTS[dialogue["home"]]))]
    between = f"\n{words.TURN}user\n"
    for number, turn in enumerate(dialogue["turns"]):
        said = f"{between if number else ''}{turn['user']}{words.END_OF_TURN}\n{words.TURN}assistant\n"
        row.append(Words(tokenizer.encode(said).ids))
        row.append(Words(tokenizer.encode(turn["assistant"] + words.END_OF_TURN).ids, learned=True))
    return row


class DialogueBatches:
    """Draws dialogues of the training split, those of like length together."""

    def __init__(self, path: Path, tokenizer: Tokenizer, size: int, seed: int) -> None:
        self.tokenizer, self.size = tokenizer, size
        self.random = random.Random(seed)
        self.order = random.Random(0)  # the same in every worker, see VoiceBatches
        self.dialogues = read(path, "train")
        if not self.dialogues:
            raise ValueError(f"{path} has no dialogues to learn from")

    def stream(self) -> Iterator[list[Row]]:
        """Batches without end."""
        while True:
            drawn = [
                row_of(self.tokenizer, self.random.choice(self.dialogues)) for _ in range(_POOL * self.size)
            ]
            drawn.sort(key=_length)
            groups = [drawn[i : i + self.size] for i in range(0, len(drawn), self.size)]
            self.order.shuffle(groups)
            yield from groups


def dialogue_loss(backbone: Backbone, rows: list[Row]) -> tuple[Tensor, Tensor]:
    """Mean cross-entropy of what the assistant writes, and the share of its tokens that are right."""
    laid = lay(rows, backbone.embedding, backbone.embedding)
    hidden = backbone(laid.inputs).flatten(0, 1)
    logits = backbone.logits(hidden[laid.words_at]).float()
    right = (logits.argmax(-1) == laid.words).sum() / (laid.words >= 0).sum()
    return F.cross_entropy(logits, laid.words), right


def _length(row: Row) -> int:
    return sum(len(part.ids) if isinstance(part, Words) else len(part) for part in row)

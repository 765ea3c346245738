"""What a training run keeps on disk, so that it can go on after anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from nano import tokenizer as words
from nano.model import Nano
from nano.shape import NanoShape

STATE = "state.pt"
TOKENIZER = "tokenizer.json"


@dataclass
class TrainingState:
    """A run between two steps."""

    model: Nano
    average: Nano
    """Exponential moving average of the weights: what is measured and shipped."""
    optimizer: torch.optim.AdamW
    tokenizer: Tokenizer
    step: int = 0
    elapsed: float = 0.0
    """Seconds of wall clock spent, by which the learning rate falls."""

    def save(self, run: Path) -> None:
        """Write to ``run`` so that a crash leaves the last whole state."""
        values: dict[str, Any] = {
            "shape": self.model.shape.as_dict(),
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
        }
        part = run / (STATE + ".part")
        torch.save(values, part)
        part.replace(run / STATE)


def fresh(model: Nano, tokenizer: Tokenizer, rate: float) -> TrainingState:
    """A run at its beginning."""
    average = Nano(model.shape, tokenizer)
    average.load_state_dict(model.state_dict())
    average.eval().requires_grad_(False)
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}],
        lr=rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    return TrainingState(model, average, optimizer, tokenizer)


def load(run: Path, rate: float, dropout: float) -> TrainingState:
    """The run saved in ``run``. Raises FileNotFoundError where there is none."""
    values = torch.load(run / STATE, weights_only=True)
    tokenizer = words.load(run / TOKENIZER)
    model = Nano(NanoShape.from_dict(values["shape"]), tokenizer, dropout)
    model.load_state_dict(values["model"])
    state = fresh(model, tokenizer, rate)
    state.average.load_state_dict(values["average"])
    state.optimizer.load_state_dict(values["optimizer"])
    state.step, state.elapsed = values["step"], values["elapsed"]
    return state


def load_average(run: Path) -> tuple[Nano, Tokenizer, int]:
    """The averaged model of a run, its tokenizer and its step."""
    values = torch.load(run / STATE, weights_only=True, mmap=True)
    tokenizer = words.load(run / TOKENIZER)
    model = Nano(NanoShape.from_dict(values["shape"]), tokenizer)
    model.load_state_dict(values["average"])
    return model.eval().requires_grad_(False), tokenizer, values["step"]

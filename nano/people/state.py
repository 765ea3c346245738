"""What a run of ``nano.people.train`` keeps on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from nano import tokenizer as words
from nano.model import Nano
from nano.people.model import Listener
from nano.restore import restore
from nano.shape import NanoShape
from nano.state import STATE, TOKENIZER

HEADS_FASTER = 3.0
"""The heads begin at nothing: they learn at so many times the rate of the ears."""


@dataclass
class PeopleState:
    """A run between two steps."""

    listener: Listener
    average: Nano
    """Exponential moving average of the ears: what is measured and shipped."""
    optimizer: torch.optim.AdamW
    tokenizer: Tokenizer
    step: int = 0
    elapsed: float = 0.0
    """Seconds of wall clock spent, by which the learning rate falls."""

    def save(self, run: Path) -> None:
        """Write to ``run`` so that a crash leaves the last whole state. ``nano.export`` reads it, too."""
        part = run / (STATE + ".part")
        values = {
            "shape": self.average.shape.as_dict(),
            "listener": self.listener.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
        }
        torch.save(values, part)
        part.replace(run / STATE)


def _around(nano: Nano, average: Nano, tokenizer: Tokenizer, rate: float) -> PeopleState:
    listener = Listener(nano)
    average.eval().requires_grad_(False)
    ears, heads = listener.ears(), listener.heads()
    groups = [
        {"params": [p for p in ears if p.dim() >= 2], "weight_decay": 0.02, "faster": 1.0},
        {"params": [p for p in ears if p.dim() < 2], "weight_decay": 0.0, "faster": 1.0},
        {"params": heads, "weight_decay": 0.0, "faster": HEADS_FASTER},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)
    return PeopleState(listener, average, optimizer, tokenizer)


def begun(backbone: Path, mmproj: Path, run: Path, rate: float, dropout: float) -> PeopleState:
    """A new run in the folder ``run``, from two model files. Raises ModelFileError for a wrong one."""
    nano, tokenizer = restore(backbone, mmproj, dropout)
    run.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(run / TOKENIZER))
    average = Nano(nano.shape, tokenizer)
    average.load_state_dict(nano.state_dict())
    return _around(nano, average, tokenizer, rate)


def load(run: Path, rate: float, dropout: float) -> PeopleState:
    """The run saved in ``run``. Raises FileNotFoundError where there is none."""
    values = torch.load(run / STATE, weights_only=True)
    tokenizer = words.load(run / TOKENIZER)
    shape = NanoShape.from_dict(values["shape"])
    nano, average = Nano(shape, tokenizer, dropout), Nano(shape, tokenizer)
    average.load_state_dict(values["average"])
    state = _around(nano, average, tokenizer, rate)
    state.listener.load_state_dict(values["listener"])
    state.optimizer.load_state_dict(values["optimizer"])
    state.step, state.elapsed = values["step"], values["elapsed"]
    return state

"""What a training run of the codec keeps on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nano.codec.model import Codec
from nano.codec.shape import CodecShape

STATE = "codec.pt"


@dataclass
class CodecState:
    """A run between two steps. Once ``frozen``, encoder and books stay, so that codes keep their meaning.

    With a ``given`` detokenizer, that of model files, the encoder alone learns, to write its codes.
    """

    codec: Codec
    average: Codec
    optimizer: torch.optim.AdamW
    step: int = 0
    elapsed: float = 0.0
    fitted: bool = False
    frozen: bool = False
    given: bool = False

    def save(self, run: Path) -> None:
        """Write to ``run`` so that a crash leaves the last whole state."""
        values: dict[str, Any] = {
            "shape": self.codec.shape.as_dict(),
            "codec": self.codec.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
            "fitted": self.fitted,
            "frozen": self.frozen,
            "given": self.given,
        }
        part = run / (STATE + ".part")
        torch.save(values, part)
        part.replace(run / STATE)


def fresh(codec: Codec, rate: float, given: bool = False) -> CodecState:
    """A run at its beginning."""
    average = Codec(codec.shape)
    average.load_state_dict(codec.state_dict())
    average.eval().requires_grad_(False)
    if given:
        codec.detokenizer.requires_grad_(False)
    matrices = [p for p in codec.parameters() if p.dim() >= 2]
    vectors = [p for p in codec.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}],
        lr=rate,
        betas=(0.8, 0.98),
        fused=True,
    )
    return CodecState(codec, average, optimizer, fitted=given, given=given)


def load(run: Path, rate: float) -> CodecState:
    """The run saved in ``run``. Raises FileNotFoundError where there is none."""
    values = torch.load(run / STATE, weights_only=True)
    state = fresh(Codec(CodecShape.from_dict(values["shape"])), rate, values.get("given", False))
    state.codec.load_state_dict(values["codec"])
    state.average.load_state_dict(values["average"])
    state.optimizer.load_state_dict(values["optimizer"])
    state.step, state.elapsed = values["step"], values["elapsed"]
    state.fitted, state.frozen = values["fitted"], values["frozen"]
    return state


def load_average(run: Path) -> tuple[Codec, bool]:
    """The averaged codec of a run, and whether its codes are final."""
    values = torch.load(run / STATE, weights_only=True)
    codec = Codec(CodecShape.from_dict(values["shape"]))
    codec.load_state_dict(values["average"])
    return codec.eval().requires_grad_(False), values["frozen"]

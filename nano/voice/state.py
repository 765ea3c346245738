"""What a run that teaches nano to speak keeps on disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn

from nano import state as hearing_state
from nano import tokenizer as words
from nano.backbone import Attention
from nano.model import Nano
from nano.shape import NanoShape
from nano.voice.model import Voice
from nano.voice.pronunciation import fold, places, pronounce
from nano.voice.shape import VoiceShape

STATE = "voice.pt"
PRONUNCIATIONS = "pronunciations.tsv"
"""How words sound, as `nano.corpus.lexicon` writes it."""
_PLACES = "nano.backbone.embedding.parametrizations.weight.0.places"


class SpeakingNano(nn.Module):
    """Everything that is shipped but the detokenizer."""

    def __init__(self, nano: Nano, voice: Voice) -> None:
        super().__init__()
        self.nano, self.voice = nano, voice


@dataclass
class VoiceState:
    """A run between two steps; the first `old_layers` of the backbone came with its hearing."""

    model: SpeakingNano
    average: SpeakingNano
    optimizer: torch.optim.AdamW
    tokenizer: Tokenizer
    old_layers: int
    ears: bool
    """Whether encoder and adapter learn, too."""
    converses: bool = False
    """Whether it has learnt from dialogues."""
    step: int = 0
    elapsed: float = 0.0

    def save(self, run: Path) -> None:
        """Write to ``run`` so that a crash leaves the last whole state."""
        values: dict[str, Any] = {
            "shape": self.model.nano.shape.as_dict(),
            "voice": self.model.voice.shape.as_dict(),
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "old_layers": self.old_layers,
            "ears": self.ears,
            "converses": self.converses,
            "step": self.step,
            "elapsed": self.elapsed,
        }
        part = run / (STATE + ".part")
        torch.save(values, part)
        part.replace(run / STATE)

    def add_hearing(self, before: Nano, after: Nano) -> None:
        """Add what the hearing has learnt from `before`, with which this run began, to `after`.

        What was not trained here becomes as in `after`; what both have changed gets both changes.
        """
        old, new = before.state_dict(), after.state_dict()
        with torch.no_grad():
            for model in (self.model.nano, self.average.nano):
                values = model.state_dict()
                for name, value in new.items():
                    values[name] += value - old[name]


def deepened(nano: Nano, tokenizer: Tokenizer, more: str) -> Nano:
    """`nano` with layers on top that change nothing until they are trained."""
    shape = replace(
        nano.shape, backbone=replace(nano.shape.backbone, pattern=nano.shape.backbone.pattern + more)
    )
    deeper = Nano(shape, tokenizer)
    deeper.load_state_dict({**deeper.state_dict(), **nano.state_dict()})
    for layer in list(deeper.backbone.layers)[len(nano.backbone.layers) :]:
        operator = layer.operator
        nn.init.zeros_(operator.o.weight if isinstance(operator, Attention) else operator.out_proj.weight)
        nn.init.zeros_(layer.down.weight)
    return deeper


def part_of(name: str, old_layers: int) -> str:
    """What a parameter belongs to: ``ears``, what came ``old`` with the hearing, or what is ``new``."""
    if name.startswith(("nano.encoder.", "nano.adapter.", "nano.ctc.")):
        return "ears"
    parts = name.split(".")
    of_new_layer = parts[1:3] == ["backbone", "layers"] and int(parts[3]) >= old_layers
    if parts[0] != "nano" or of_new_layer or parts[-1] == "table":  # of pronunciations
        return "new"
    return "old"


def assembled(
    model: SpeakingNano, average: SpeakingNano, tokenizer: Tokenizer, old_layers: int, rate: float, ears: bool
) -> VoiceState:
    """A run with a new optimiser, a group for each part's matrices and vectors; ``ears`` learn or stay as they are."""
    average.load_state_dict(model.state_dict())
    average.eval().requires_grad_(False)
    groups: dict[tuple[str, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        part = part_of(name, old_layers)
        if part == "ears" and not ears:
            parameter.requires_grad_(False)
        else:
            groups.setdefault((part, parameter.dim() >= 2), []).append(parameter)
    optimizer = torch.optim.AdamW(
        [
            {"params": some, "part": part, "weight_decay": 0.02 if matrix else 0.0}
            for (part, matrix), some in sorted(groups.items())
        ],
        lr=rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    return VoiceState(model, average, optimizer, tokenizer, old_layers, ears)


def fresh(hearing: Path, more: str, rate: float, ears: bool) -> VoiceState:
    """A run at its beginning, from what a run of ``nano.train`` hears."""
    nano, tokenizer, _ = hearing_state.load_average(hearing)
    deeper = deepened(nano, tokenizer, more)
    voice = Voice(VoiceShape(backbone_width=deeper.shape.backbone.width))
    return begun(SpeakingNano(deeper, voice), tokenizer, len(nano.backbone.layers), rate, ears)


def begun(model: SpeakingNano, tokenizer: Tokenizer, old_layers: int, rate: float, ears: bool) -> VoiceState:
    """A run at its beginning, from a model of which the first layers can hear."""
    average = SpeakingNano(Nano(model.nano.shape, tokenizer), Voice(model.voice.shape))
    known = model.state_dict().get(_PLACES)
    if known is None:
        known = places(tokenizer)
        pronounce(model.nano.backbone.embedding, known)
    pronounce(average.nano.backbone.embedding, known)
    return assembled(model, average, tokenizer, old_layers, rate, ears)


def after(run: Path, rate: float, ears: bool) -> VoiceState:
    """A run at its beginning, from the averaged model of another."""
    before = load(run, rate)
    model = before.average.requires_grad_(True).train()
    return begun(model, before.tokenizer, before.old_layers, rate, ears)


def load(run: Path, rate: float) -> VoiceState:
    """The run saved in ``run``. Raises FileNotFoundError where there is none."""
    values = torch.load(run / STATE, weights_only=True)
    tokenizer = words.load(run / hearing_state.TOKENIZER)
    shape, voice = NanoShape.from_dict(values["shape"]), VoiceShape(**values["voice"])
    model = SpeakingNano(Nano(shape, tokenizer), Voice(voice))
    average = SpeakingNano(Nano(shape, tokenizer), Voice(voice))
    if _PLACES in values["model"]:
        for some in (model, average):
            pronounce(some.nano.backbone.embedding, values["model"][_PLACES])
    state = assembled(model, average, tokenizer, values["old_layers"], rate, values.get("ears", False))
    model.load_state_dict(values["model"])
    average.load_state_dict(values["average"])
    state.optimizer.load_state_dict(values["optimizer"])
    state.converses = values.get("converses", False)
    state.step, state.elapsed = values["step"], values["elapsed"]
    return state


def load_average(run: Path) -> tuple[SpeakingNano, Tokenizer, VoiceState]:
    """The averaged model of a run with one plain table of embeddings, its tokenizer and the run itself."""
    state = load(run, 0.0)
    fold(state.average.nano.backbone.embedding)
    return state.average, state.tokenizer, state

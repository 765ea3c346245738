"""Opens synthesisers by name and hands out sentences of a split."""

from __future__ import annotations

import json
import random
from importlib import import_module
from pathlib import Path
from typing import Protocol

from nano.speech.engines.utterance import Utterance

ENGINES = {"espeak": "Espeak", "flite": "Flite", "festival": "Festival", "hibari": "Hibari", "piper": "Piper",
           "kokoro": "Kokoro", "kokoro-british": "BritishKokoro", "kokoro-accented": "AccentedKokoro"}  # fmt: skip


class Engine(Protocol):
    """A synthesiser; `name` goes into the manifest."""

    name: str

    def say(self, spoken: str, rng: random.Random) -> Utterance:
        """Speak `spoken` (words only, no digits) in a voice drawn with `rng`."""


def open_engine(name: str) -> Engine:
    """The synthesiser `name`; only its own package is imported. Raises KeyError for an unknown one."""
    module = import_module(f"nano.speech.engines.{name.partition('-')[0]}")
    engine: Engine = getattr(module, ENGINES[name])()
    return engine


def sentences(path: Path, split: str, seed: int) -> list[dict[str, str]]:
    """The sentences of `split` in the order of `seed`."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    chosen = [line for line in lines if line["split"] == split]
    random.Random(seed).shuffle(chosen)
    return chosen

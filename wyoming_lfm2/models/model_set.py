"""The files that together are one LFM2-Audio model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ModelSet:
    """Where the parts of one model are; nothing here says that they are sound."""

    name: str
    """For example ``nano`` or ``lfm2.5-audio-1.5b``."""
    backbone: Path
    """LFM2 language model, GGUF architecture ``lfm2``."""
    mmproj: Path
    """FastConformer encoder and adapter, projector ``lfm2a``."""
    vocoder: Path | None = None
    """Depthformer and audio embeddings; needed for speech output."""
    tokenizer: Path | None = None
    """Detokenizer, GGUF architecture ``lfm2``; needed for speech output."""
    languages: tuple[str, ...] = ("en",)
    """BCP 47 tags of what the model understands, the default first."""
    version: str = "1"
    """Version of the files, shown to clients."""
    description: str = ""
    """One line for a person."""

"""The official model sets by name: what each is, where it is published, and how its files are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from wyoming_lfm2.models import voices
from wyoming_lfm2.models.model_set import ModelDescription

Part = Literal["backbone", "mmproj", "vocoder", "tokenizer"]

HEARING_PARTS: tuple[Part, ...] = ("backbone", "mmproj")
"""What speech to text needs; the other parts are for speech output."""

SPEECH_PARTS: tuple[Part, ...] = ("vocoder", "tokenizer")
"""What text to speech needs besides."""

_PREFIXES: dict[str, Part] = {
    "mmproj-": "mmproj",
    "vocoder-": "vocoder",
    "audiodecoder-": "vocoder",
    "tokenizer-": "tokenizer",
}
_QUANTIZATION = re.compile(r"-(F32|BF16|F16|I?Q\d\w*)\.gguf$", re.IGNORECASE)


@dataclass(frozen=True)
class CatalogEntry:
    """One official set: what it is, and what of it is published where."""

    model: ModelDescription
    """Its version is that of the files, which is known when they are here."""
    stem: str
    """What its backbone files are called, before the quantisation."""
    quantizations: tuple[str, ...]
    """As published when this was written, the smallest first; the hub's own list decides."""
    parts: tuple[Part, ...] = (*HEARING_PARTS, *SPEECH_PARTS)
    """What is published."""
    sound_of: str | None = None
    """The set whose speech files make its codes audible, for one that has no tokenizer file of its own."""

    @property
    def name(self) -> str:
        """What people call it by."""
        return self.model.name

    @property
    def repository(self) -> str:
        """On the Hugging Face Hub."""
        return self.model.maker_url.removeprefix(_HUB)


_HUB = "https://huggingface.co/"

CATALOG = {
    entry.name: entry
    for entry in (
        CatalogEntry(
            ModelDescription(
                "lfm2.5-audio-1.5b",
                "LFM2.5-Audio 1.5B by Liquid AI, English",
                languages=("en",),
                maker="Liquid AI",
                maker_url=f"{_HUB}LiquidAI/LFM2.5-Audio-1.5B-GGUF",
                voices=voices.LFM2_5,
            ),
            stem="LFM2.5-Audio-1.5B",
            quantizations=("Q4_0", "Q8_0", "F16"),
        ),
        CatalogEntry(
            ModelDescription(
                "lfm2.5-audio-1.5b-jp",
                "LFM2.5-Audio 1.5B JP by Liquid AI, Japanese",
                languages=("ja",),
                maker="Liquid AI",
                maker_url=f"{_HUB}LiquidAI/LFM2.5-Audio-1.5B-JP-GGUF",
                asr_prompt="Perform ASR in japanese.",
                voices=voices.LFM2_5_JP,
            ),
            stem="LFM2.5-Audio-1.5B-JP",
            quantizations=("Q4_0", "Q8_0", "F16"),
        ),
        CatalogEntry(
            ModelDescription(
                "lfm2-audio-1.5b",
                "LFM2-Audio 1.5B by Liquid AI, the first release, English",
                languages=("en",),
                maker="Liquid AI",
                maker_url=f"{_HUB}LiquidAI/LFM2-Audio-1.5B-GGUF",
                voices=voices.LFM2,
            ),
            stem="LFM2-Audio-1.5B",
            quantizations=("Q8_0", "F16"),
            parts=("backbone", "mmproj", "vocoder"),
            # Both were trained on the codes of Mimi.
            sound_of="lfm2.5-audio-1.5b",
        ),
    )
}
"""By name; ``nano`` is not in it, since it is not downloaded: see `models.embedded`."""

LICENSE = "LFM Open License v1.0 (lfm1.0)"
"""Of the official files; whoever downloads them agrees to it, not to this program's."""


def part_of(file_name: str) -> Part:
    """Say which part of a set a GGUF file is, by the prefixes that the official files have."""
    lowered = file_name.lower()
    return next((part for prefix, part in _PREFIXES.items() if lowered.startswith(prefix)), "backbone")


def quantization_of(file_name: str) -> str | None:
    """Return the quantisation that a GGUF file's name ends with, in capitals; None if it names none."""
    match = _QUANTIZATION.search(file_name)
    return match.group(1).upper() if match else None


def size_order(quantization: str) -> float:
    """Sort key that puts the smaller quantisations first: their bits for each weight."""
    digits = re.search(r"\d+", quantization)
    return float(digits.group()) if digits else 99.0

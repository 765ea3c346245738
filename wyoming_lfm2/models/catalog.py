"""The model sets that this program knows by name, and how their files are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from wyoming_lfm2.models import voices
from wyoming_lfm2.models.model_set import ASR_PROMPT
from wyoming_lfm2.models.voices import NamedVoice

Part = Literal["backbone", "mmproj", "vocoder", "tokenizer"]

HEARING_PARTS: tuple[Part, ...] = ("backbone", "mmproj")
"""What speech to text needs; the other parts are for speech output."""

SPEECH_PARTS: tuple[Part, ...] = ("vocoder", "tokenizer")
"""What text to speech needs besides."""

EMBEDDED = "nano"
"""The set that comes with the package."""

EMBEDDED_MAKER = "wyoming-lfm2"
"""It is this project's own, in the architecture of LFM2-Audio."""

_PREFIXES: dict[str, Part] = {
    "mmproj-": "mmproj",
    "vocoder-": "vocoder",
    "audiodecoder-": "vocoder",
    "tokenizer-": "tokenizer",
}
_QUANTIZATION = re.compile(r"-(F32|BF16|F16|I?Q\d\w*)\.gguf$", re.IGNORECASE)


@dataclass(frozen=True)
class CatalogEntry:
    """One official set."""

    name: str
    repository: str
    """On the Hugging Face Hub."""
    stem: str
    """What its backbone files are called, before the quantisation."""
    quantizations: tuple[str, ...]
    """As published when this was written, the smallest first; the hub's own list decides."""
    languages: tuple[str, ...]
    description: str
    parts: tuple[Part, ...] = ("backbone", "mmproj", "vocoder", "tokenizer")
    """What is published."""
    asr_prompt: str = ASR_PROMPT
    """System prompt for transcription."""
    voices: tuple[NamedVoice, ...] = voices.LFM2_5
    sound_of: str | None = None
    """The set whose speech files make its codes audible, for one that has no tokenizer file of its own."""
    maker: str = "Liquid AI"

    @property
    def url(self) -> str:
        """The page of its repository."""
        return f"https://huggingface.co/{self.repository}"


CATALOG = {
    entry.name: entry
    for entry in (
        CatalogEntry(
            name="lfm2.5-audio-1.5b",
            repository="LiquidAI/LFM2.5-Audio-1.5B-GGUF",
            stem="LFM2.5-Audio-1.5B",
            quantizations=("Q4_0", "Q8_0", "F16"),
            languages=("en",),
            description="LFM2.5-Audio 1.5B by Liquid AI, English",
        ),
        CatalogEntry(
            name="lfm2.5-audio-1.5b-jp",
            repository="LiquidAI/LFM2.5-Audio-1.5B-JP-GGUF",
            stem="LFM2.5-Audio-1.5B-JP",
            quantizations=("Q4_0", "Q8_0", "F16"),
            languages=("ja",),
            description="LFM2.5-Audio 1.5B JP by Liquid AI, Japanese",
            asr_prompt="Perform ASR in japanese.",
            voices=voices.LFM2_5_JP,
        ),
        CatalogEntry(
            name="lfm2-audio-1.5b",
            repository="LiquidAI/LFM2-Audio-1.5B-GGUF",
            stem="LFM2-Audio-1.5B",
            quantizations=("Q8_0", "F16"),
            languages=("en",),
            description="LFM2-Audio 1.5B by Liquid AI, the first release, English",
            parts=("backbone", "mmproj", "vocoder"),
            voices=voices.LFM2,
            # Both were trained on the codes of Mimi.
            sound_of="lfm2.5-audio-1.5b",
        ),
    )
}
"""By name; ``nano`` is not in it, since it is not downloaded."""

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

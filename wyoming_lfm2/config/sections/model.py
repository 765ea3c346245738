"""The model: which one it is and where its files are (``model``), and how it runs (``engine``)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wyoming_lfm2.config.sections.section import Place, Section


class ModelSettings(Section):
    """Which model is resident and where its files are."""

    name: str = "nano"
    """Model set: nano, lfm2.5-audio-1.5b, lfm2.5-audio-1.5b-jp or lfm2-audio-1.5b."""
    quantization: str | None = None
    """Quantisation of a downloaded set: Q4_0, Q8_0 or F16; default: its smallest. nano has one only."""
    directory: Place | None = None
    """Folder that already holds the set's GGUF files; nothing is downloaded then."""
    mimi: Place | None = None
    """Mimi's weights, of the first release's checkpoint: they make the sound, with the extra mimi installed."""
    cache: Place | None = None
    """Folder for downloads and derived files; default: the user's cache folder."""
    checks: Literal["strict", "warn"] = "strict"
    """Files and versions that llama.cpp may not survive: refuse, or warn and try; see docs/model-checks.md."""
    offline: bool = False
    """Never go to the network, not even for a file that is missing."""


class EngineSettings(Section):
    """How the resident model runs."""

    threads: int | None = Field(default=None, ge=1, le=256)
    """Threads for the model; default: the physical cores this process may use, at most 4."""
    wait_policy: Literal["passive", "active"] = "passive"
    """How idle OpenMP threads wait: passive yields to other programs, active spins."""
    gpu_layers: int = Field(default=0, ge=0, le=9999)
    """Backbone layers offloaded, where llama.cpp was built for a GPU."""
    context: int = Field(default=4096, ge=256, le=131072)
    """Tokens of context, shared by all sequences."""
    sequences: int = Field(default=4, ge=1, le=32)
    """Requests that may be in the model's memory at once."""
    queue: int = Field(default=16, ge=1, le=1024)
    """Requests that may wait; one more is refused as busy."""
    tokens_per_second: float = Field(default=12.0, ge=0.01, le=1000)
    """Transcript tokens allowed per second of audio; a runaway transcript stops there."""
    frames_per_character: float = Field(default=2.0, ge=0.01, le=100)
    """Frames of 80 ms allowed per spoken character, beside two seconds; a runaway sentence stops there."""

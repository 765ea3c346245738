"""The sizes of all four files of a model, by which the reference is built."""

from __future__ import annotations

from dataclasses import dataclass

from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.gguf.detokenizer_layout import DetokenizerHyperparameters
from wyoming_lfm2.gguf.encoder_layout import EncoderHyperparameters
from wyoming_lfm2.gguf.vocoder_layout import VocoderHyperparameters


@dataclass(frozen=True)
class Sizes:
    """One model."""

    backbone: BackboneHyperparameters
    encoder: EncoderHyperparameters
    vocoder: VocoderHyperparameters
    detokenizer: DetokenizerHyperparameters

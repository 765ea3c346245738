"""Whom the answers to ``describe`` name as the makers of the model."""

from __future__ import annotations

from wyoming.info import Attribution

ATTRIBUTION = Attribution(name="Liquid AI (LFM2-Audio)", url="https://huggingface.co/LiquidAI")

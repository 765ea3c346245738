"""Whom the answers to ``describe`` name as the makers: of the program, and of the model that it serves."""

from __future__ import annotations

from wyoming.info import Attribution

from wyoming_lfm2.engine.api import EngineInfo

PROGRAM = Attribution(name="wyoming-lfm2", url="")


def model_attribution(resident: EngineInfo) -> Attribution:
    """The maker of a model and of its voices. Clients fail over a missing one, not over empty words."""
    return Attribution(name=resident.maker or "unknown", url=resident.maker_url)

"""What the answers to ``describe`` say under every domain: who made the program, and what model it serves."""

from __future__ import annotations

from typing import Any

from wyoming.info import Attribution

from wyoming_lfm2.engine.api import EngineInfo

PROGRAM = Attribution(name="wyoming-lfm2", url="")


def model_attribution(resident: EngineInfo) -> Attribution:
    """The maker of a model and of its voices. Clients fail over a missing one, not over empty words."""
    return Attribution(name=resident.maker or "unknown", url=resident.maker_url)


def resident_entry(resident: EngineInfo) -> dict[str, Any]:
    """The resident model, as ``AsrModel``, ``HandleModel`` and ``IntentModel`` take it."""
    return {
        "name": resident.name,
        "attribution": model_attribution(resident),
        "installed": True,
        "description": resident.description,
        "version": resident.version,
        "languages": list(resident.languages),
    }

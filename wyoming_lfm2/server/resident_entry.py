"""The resident model in the answer to ``describe``: the same under every domain that it serves."""

from __future__ import annotations

from typing import Any

from wyoming_lfm2.engine.api import EngineInfo
from wyoming_lfm2.server.info import model_attribution


def resident_entry(resident: EngineInfo) -> dict[str, Any]:
    """What ``AsrModel``, ``HandleModel`` and ``IntentModel`` take."""
    return {
        "name": resident.name,
        "attribution": model_attribution(resident),
        "installed": True,
        "description": resident.description,
        "version": resident.version,
        "languages": list(resident.languages),
    }

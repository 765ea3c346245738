"""The set that is downloaded in tests, and where it goes."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import constants

from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.models.catalog import CATALOG
from wyoming_lfm2.models.storage import set_folder

ENTRY = CATALOG["lfm2.5-audio-1.5b"]


BACKBONE = "LFM2.5-Audio-1.5B-Q4_0.gguf"


CHUNK = constants.DOWNLOAD_CHUNK_SIZE
"""The hub's library writes in pieces of this size; a broken connection loses the last one."""


MMPROJ = "mmproj-LFM2.5-Audio-1.5B-Q4_0.gguf"


def folder_of(settings: ModelSettings) -> Path:
    assert settings.cache is not None
    return set_folder(settings.cache, settings.name)

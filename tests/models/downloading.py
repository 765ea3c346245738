"""The set that is downloaded in tests, and where it goes."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import constants

from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.models.catalog import CATALOG
from wyoming_lfm2.models.download import partial_path
from wyoming_lfm2.models.storage import read_record, set_folder

ENTRY = CATALOG["lfm2.5-audio-1.5b"]
BACKBONE = "LFM2.5-Audio-1.5B-Q4_0.gguf"
CHUNK = constants.DOWNLOAD_CHUNK_SIZE
"""The hub's library writes in pieces of this size; a broken connection loses the last one."""
MMPROJ = "mmproj-LFM2.5-Audio-1.5B-Q4_0.gguf"


def folder_of(settings: ModelSettings) -> Path:
    assert settings.cache is not None
    return set_folder(settings.cache, settings.name)


def replaced_by_part(settings: ModelSettings, part: bytes) -> Path:
    """Where the downloaded backbone was, of which only ``part`` is there now, as after an interruption."""
    path = folder_of(settings) / BACKBONE
    record = read_record(path)
    assert record is not None
    path.unlink()
    partial_path(path, record.sha256).write_bytes(part)
    return path


def download_script(settings: ModelSettings) -> str:
    """A program that downloads the set, for a process of its own."""
    return (
        "from wyoming_lfm2.config.settings import ModelSettings\n"
        "from wyoming_lfm2.models.catalog import CATALOG\n"
        "from wyoming_lfm2.models.download import download_set\n"
        f"settings = ModelSettings(name={ENTRY.name!r}, cache={str(settings.cache)!r})\n"
        "download_set(CATALOG[settings.name], settings)\n"
    )

"""A hub on loopback that has one set, and settings for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.downloading import ENTRY
from tests.models.hub_server import Hub, running
from wyoming_lfm2.config.settings import ModelSettings


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {
        f"{prefix}LFM2.5-Audio-1.5B-{quantization}.gguf": os.urandom(300_000)
        for prefix in ("", "mmproj-", "vocoder-", "tokenizer-")
        for quantization in ("Q4_0", "Q8_0")
    }
    for name in ("HF_TOKEN", "HF_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    with running(Hub(ENTRY.repository, files)) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> ModelSettings:
    return ModelSettings(name=ENTRY.name, cache=tmp_path / "cache")

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.models.locate import ModelNotDownloadedError, locate_model_set

NAME = "lfm2.5-audio-1.5b"
COMMAND = f"Run: /opt/bin/wyoming-lfm2 models download {NAME} --quantization Q4_0"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's home without downloads, and the program as it was called."""
    monkeypatch.setattr(sys, "argv", ["/opt/bin/wyoming-lfm2", "serve"])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    return tmp_path


def remedy(settings: ModelSettings) -> str:
    with pytest.raises(ModelNotDownloadedError) as caught:
        locate_model_set(settings)
    return caught.value.remedy


def test_a_users_own_cache_needs_no_option(home: Path) -> None:
    assert remedy(ModelSettings(name=NAME)) == COMMAND
    assert remedy(ModelSettings(name=NAME, cache=home / ".cache" / "wyoming-lfm2")) == COMMAND


def test_a_service_names_the_cache_that_it_looks_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", "/var/cache/wyoming-lfm2")
    assert remedy(ModelSettings(name=NAME)) == f"{COMMAND} --cache /var/cache/wyoming-lfm2"


def test_a_cache_of_the_settings_is_named_too(home: Path) -> None:
    assert remedy(ModelSettings(name=NAME, cache=home / "my disk")) == f"{COMMAND} --cache '{home}/my disk'"

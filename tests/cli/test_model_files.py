from __future__ import annotations

from pathlib import Path

import pytest

from wyoming_lfm2.cli.command import CommandError
from wyoming_lfm2.cli.model_files import obtain_model_set, warn_if_memory_is_short
from wyoming_lfm2.config.settings import EngineSettings, ModelSettings


def test_too_little_memory_is_said_before_the_system_ends_the_process_without_a_word(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Users' row 21."""
    model_set = obtain_model_set(ModelSettings(directory=folder, name="tiny"))
    monkeypatch.setattr("wyoming_lfm2.models.memory.available_bytes", lambda: 1_000_000)
    warn_if_memory_is_short(model_set, EngineSettings())
    assert "tiny needs about" in caplog.text
    assert "1 MB are free" in caplog.text


def test_enough_memory_is_not_worth_a_word(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model_set = obtain_model_set(ModelSettings(directory=folder, name="tiny"))
    for available in (10**12, None):
        monkeypatch.setattr("wyoming_lfm2.models.memory.available_bytes", lambda amount=available: amount)
        warn_if_memory_is_short(model_set, EngineSettings())
    assert caplog.text == ""


def test_an_unknown_model_ends_the_command_with_its_neighbour() -> None:
    with pytest.raises(CommandError, match=r"Did you mean lfm2\.5-audio-1\.5b-jp\?"):
        obtain_model_set(ModelSettings(name="lfm2.5-audio-jp"))

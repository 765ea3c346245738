from __future__ import annotations

import json
from pathlib import Path

import pytest

from wyoming_lfm2.satellite.preferences import FILE_NAME, Preferences, PreferencesFile


def test_what_was_changed_is_there_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "satellite"
    first = PreferencesFile(folder)
    first.change(volume=0.4)
    first.change(muted=True, sensitivities={"okay_nabu": "high"})
    first.change(sensitivities={"alexa": 0.8})
    expected = Preferences(0.4, True, {"okay_nabu": "high", "alexa": 0.8})
    assert PreferencesFile(folder).current == first.current == expected


def test_without_a_file_the_settings_hold(tmp_path: Path) -> None:
    defaults = Preferences(volume=0.7)
    assert PreferencesFile(tmp_path, defaults).current == defaults
    assert PreferencesFile(None, defaults).current == defaults
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_changes_hold_until_the_end() -> None:
    assert PreferencesFile(None).change(volume=0.2).volume == 0.2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"volume": 2}',
        '{"volume": NaN}',
        '{"volume": true}',
        '{"muted": 1}',
        '{"sensitivities": []}',
        '{"sensitivities": {"okay_nabu": null}}',
        "\0" * 100,
        "[" * 60_000,
    ],
)
def test_a_broken_file_is_put_aside(tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(content)
    preferences = PreferencesFile(tmp_path)
    assert preferences.current == Preferences()
    assert (tmp_path / f"{FILE_NAME}.broken").read_text() == content
    assert "put aside" in caplog.text
    preferences.change(muted=True)
    assert PreferencesFile(tmp_path).current.muted


def test_bytes_that_are_no_text_are_put_aside_too(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe")
    assert PreferencesFile(tmp_path).current == Preferences()
    assert (tmp_path / f"{FILE_NAME}.broken").exists()


def test_what_a_later_version_has_written_besides_does_not_disturb(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps({"volume": 0.5, "brightness": 3}))
    assert PreferencesFile(tmp_path).current.volume == 0.5


def test_a_place_that_cannot_be_written_costs_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    preferences = PreferencesFile(tmp_path / "file" / "state")
    assert preferences.change(muted=True).muted
    assert "will not survive a restart" in caplog.text


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences = PreferencesFile(tmp_path)
    preferences.change(volume=0.5)

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    preferences.change(volume=0.6)
    assert PreferencesFile(tmp_path).current.volume == 0.5
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_what_does_not_change_is_not_written(tmp_path: Path) -> None:
    preferences = PreferencesFile(tmp_path)
    preferences.change(volume=0.5)
    (tmp_path / FILE_NAME).unlink()
    preferences.change(volume=0.5)
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize("volume", [-0.1, 1.1, float("nan")])
def test_a_volume_that_is_none(tmp_path: Path, volume: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        PreferencesFile(tmp_path).change(volume=volume)

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from wyoming_lfm2.cli.finding import State
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.cli.satellite_checks import satellite
from wyoming_lfm2.config.settings import Settings

NO_SOUND = (
    *("--set", f"satellite.microphone_command={sys.executable},-c,import time; time.sleep(60)"),
    *("--set", "satellite.loudspeaker_command=cat"),
)


def test_without_pyaudio_and_without_commands_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    version_of = metadata.version

    def version(name: str) -> str:
        if name == "pyaudio":
            raise metadata.PackageNotFoundError(name)
        return version_of(name)

    monkeypatch.setattr(metadata, "version", version)
    assert main(["satellite"]) == 2
    assert "portaudio19-dev" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--uri", "stdio://"], "stdio://"),
        (["--uri", "tcp://127.0.0.1:0", "--set", "satellite.wake_words={no_such_word: {}}"], "no_such_word"),
        (["--brain", "http://somewhere"], "http://somewhere"),
        (["--uri", "tcp://127.0.0.1:0", "--set", "satellite.microphone_channel=2"], "microphone_channels"),
        (["--uri", "tcp://127.0.0.1:0", "--control", "/no/such/folder/socket"], "/no/such/folder/socket"),
    ],
)
def test_what_cannot_work_ends_it_with_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["satellite", "--no-discovery", "--cache", str(tmp_path), *NO_SOUND, *arguments]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_doctor_calls_it_a_problem_only_if_the_machine_is_to_be_a_satellite() -> None:
    for enabled, state in ((False, State.NOTE), (True, State.PROBLEM)):
        settings = Settings.model_validate(
            {
                "satellite": {
                    "enabled": enabled,
                    "wake_words": {"no_such_word": {}},
                    "microphone_command": ["cat"],
                    "loudspeaker_command": ["cat"],
                }
            }
        )
        findings = list(satellite(settings))
        assert [finding.state for finding in findings] == [State.GOOD, state]
        assert "no_such_word" in findings[1].text

from __future__ import annotations

import subprocess
import sys

import pytest

from wyoming_lfm2 import __version__
from wyoming_lfm2.cli import main as cli
from wyoming_lfm2.cli.command import CommandError
from wyoming_lfm2.cli.main import COMMANDS, main


def test_help_and_version_import_neither_the_model_nor_numpy() -> None:
    script = (
        "import sys\n"
        "from wyoming_lfm2.cli.main import main\n"
        "try:\n"
        "    main([sys.argv[1]])\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0\n"
        "heavy = {'llama_cpp', 'numpy', 'huggingface_hub', 'wyoming', 'zeroconf'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for option in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", script, option], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout == f"wyoming-lfm2 {__version__}\n"


def test_python_dash_m_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wyoming_lfm2", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"wyoming-lfm2 {__version__}\n")


@pytest.mark.parametrize("words", [["--help"], *([c.__name__.split(".")[-1], "--help"] for c in COMMANDS)])
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    assert "usage: wyoming-lfm2" in capsys.readouterr().out


def test_without_a_command_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    assert "usage: wyoming-lfm2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["serve", "--set", "engine.thread=1"],
            "There is no setting engine.thread; did you mean engine.threads?",
        ),
        (
            ["serve", "--set", "engine.threads"],
            "--set engine.threads: write it as --set engine.threads=VALUE.",
        ),
        (["serve", "--threads", "none"], "command line: 'none' is not possible for engine.threads: "),
        (["serve", "--config", "/none.yaml"], "/none.yaml: there is no such settings file."),
        (["serve", "--uri", "http://localhost"], "'http://localhost' is not a uri that can be served."),
        (
            ["models", "download", "lfm2.5-audio"],
            "There is no model lfm2.5-audio; did you mean lfm2.5-audio-1.5b?",
        ),
        (["health", "--uri", "nonsense"], "'nonsense' is not a uri"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_status_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"wyoming-lfm2: {sentence}")
    assert error.count("\n") == 1


def test_an_unknown_variable_is_one_sentence_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WYOMING_LFM2_SERVICE_URL", "tcp://0.0.0.0:1")
    assert main(["serve"]) == 2
    assert "did you mean WYOMING_LFM2_SERVICE_URI?" in capsys.readouterr().err


def test_a_command_that_fails_ends_with_its_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: object) -> int:
        raise CommandError("It did not work.")

    monkeypatch.setattr(cli.health, "run", fail)
    assert main(["health"]) == 1
    assert capsys.readouterr().err == "wyoming-lfm2: It did not work.\n"


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.health, "run", interrupted)
    assert main(["health"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    done = subprocess.run(
        f"{sys.executable} -m wyoming_lfm2 serve --print-config | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("m", "")

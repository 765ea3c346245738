from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import types
from pathlib import Path
from subprocess import DEVNULL, PIPE

import numpy as np
import pytest
import soundfile

from tests.cli.serving import Start, listening
from tests.model_sets import tiny_model_set
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.gguf.quantization import Quantization

GUARD_S = 150.0

LIMIT = ["--set", "engine.frames_per_character=0.05"]
"""The tiny model knows no end: two seconds are enough."""


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model that also speaks, though nothing that anyone would understand."""
    folder = tmp_path_factory.mktemp("speaking")
    rig = {"<|audio_start|>": 8.0}
    return tiny_model_set(folder, quantization=Quantization.Q8_0, rig=rig, speech=True).backbone.parent


@pytest.fixture
def words(speaking: Path, tmp_path: Path) -> list[str]:
    return ["speak", "--model-directory", str(speaking), "--cache", str(tmp_path / "cache"), *LIMIT]


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model_set(tmp_path_factory.mktemp("silent"), quantization=Quantization.Q8_0).backbone.parent


def test_a_sentence_becomes_a_wav_file_the_same_for_the_same_seed(words: list[str], tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.wav" for name in ("one", "again", "other")]
    for file, seed in zip(files, ("1", "1", "2"), strict=True):
        # Voices of a set that draws its codes: nano's are greedy, and the same for every seed.
        model = ["--model", "lfm2.5-audio-1.5b"]
        assert main([*words, *model, "Hello there.", "--output", str(file), "--seed", seed]) == 0
    info = soundfile.info(files[0])
    assert (info.samplerate, info.channels, info.subtype) == (24_000, 1, "PCM_16")
    one, again, other = (file.read_bytes() for file in files)
    assert one == again
    assert one != other
    assert sorted(path.name for path in tmp_path.glob("*.wav*")) == ["again.wav", "one.wav", "other.wav"]


def test_a_pipe_gets_wav_and_standard_input_is_text(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wyoming_lfm2", *words],
        input=b"Hello there. And a second sentence.\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    samples, rate = soundfile.read(io.BytesIO(done.stdout))
    assert rate == 24_000
    assert len(samples) > 0


async def test_a_line_is_spoken_before_the_next_one_comes(words: list[str]) -> None:
    """A line of notes seldom ends in a full stop."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "wyoming_lfm2", *words, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(b"Buy milk\n")
        async with asyncio.timeout(GUARD_S):
            assert (await process.stdout.readexactly(1_000)).startswith(b"RIFF")
        process.stdin.close()
        await process.stdout.read()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_nothing_to_say_is_a_sound_of_no_length(words: list[str], tmp_path: Path) -> None:
    assert main([*words, "...", "-o", str(tmp_path / "nothing.wav")]) == 0
    assert soundfile.info(tmp_path / "nothing.wav").frames == 0


def test_a_server_speaks_what_the_model_here_speaks(
    words: list[str], speaking: Path, start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    here, there = tmp_path / "here.wav", tmp_path / "there.wav"
    assert main([*words, "Hello there.", "-o", str(here)]) == 0
    options = ["--model-directory", str(speaking), "--cache", str(tmp_path / "cache"), *LIMIT]
    uri = listening(start("--uri", "tcp://127.0.0.1:0", *options))
    assert main(["speak", "Hello there.", "--uri", uri, "-o", str(there)]) == 0
    assert there.read_bytes() == here.read_bytes()
    assert main(["voices", "--uri", uri, "--json"]) == 0
    (voice, *_) = (voice["name"] for voice in json.loads(capfd.readouterr().out))
    errors = []
    for where in (words[1:], ["--uri", uri]):
        # A server would speak all the same, in another voice.
        assert main(["speak", "Hello.", "--voice", voice[:-1], "-o", str(tmp_path / "no.wav"), *where]) == 2
        errors.append(capfd.readouterr().err)
    assert errors[0] == f"wyoming-lfm2: There is no voice {voice[:-1]}; did you mean {voice}?\n"
    assert errors[1] == errors[0]
    assert not (tmp_path / "no.wav").exists()


def test_the_loudspeaker_is_used_where_there_is_one(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[bytes] = []

    class Stream:
        write = played.append

        def stop_stream(self) -> None:
            played.append(b"stopped")

        def close(self) -> None:
            pass

    class PyAudio:
        def get_format_from_width(self, width: int, unsigned: bool) -> int:
            assert (width, unsigned) == (2, False)
            return 8

        def open(self, **options: object) -> Stream:
            assert options == {"format": 8, "channels": 1, "rate": 24_000, "output": True}
            return Stream()

        def terminate(self) -> None:
            played.append(b"terminated")

    monkeypatch.setitem(sys.modules, "pyaudio", types.SimpleNamespace(PyAudio=PyAudio))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main([*words, "Hello there."]) == 0
    assert played[-2:] == [b"stopped", b"terminated"]
    assert np.frombuffer(b"".join(played[:-2]), "<i2").any()


def test_a_loudspeaker_that_is_not_there_is_one_sentence(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main([*words, "Hello there."]) == 2
    error = capfd.readouterr().err
    assert "--output FILE" in error
    assert f"{sys.executable} -m pip install 'wyoming-lfm2[satellite]'" in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_sentence_and_leaves_nothing(
    words: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*words, "Hello.", "-o", str(tmp_path / "missing" / "x.wav")]) == 1
    assert "cannot be written: No such file" in capfd.readouterr().err


def test_a_model_that_cannot_speak_says_what_is_missing(
    silent: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "x.wav"
    assert main(["speak", "--model-directory", str(silent), "Hello.", "-o", str(file)]) == 1
    assert "vocoder" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())
    assert main(["voices", "--model-directory", str(silent)]) == 1
    assert "vocoder" in capfd.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--uri", "http://x"],
        ["--seed", "-1"],
        ["--voice", "nobody"],
        ["--uri", "tcp://127.0.0.1:9", "--seed", "1"],
    ],
)
def test_what_makes_no_sense_has_status_2(
    words: list[str], wrong: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*words, "Hello.", "-o", str(tmp_path / "x.wav"), *wrong]) == 2
    assert capfd.readouterr().err.count("\n") == 1
    assert not (tmp_path / "x.wav").exists()


def test_a_server_that_is_not_there_is_one_sentence(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for command in (["speak", "Hello.", "-o", str(tmp_path / "x.wav")], ["voices"]):
        assert main([*command, "--uri", "tcp://127.0.0.1:9"]) == 1
        assert capfd.readouterr().err.startswith("wyoming-lfm2: tcp://127.0.0.1:9: no connection")
    assert not list(tmp_path.iterdir())


def test_voices_of_the_model_and_the_settings_are_listed(
    speaking: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ["--model-directory", str(speaking), "--set", "speaking.voices={butler: {description: calm}}"]
    assert main(["voices", *options, "--set", "speaking.voice=butler", "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)
    assert listed[0]["name"] == "butler"
    assert all(voice["languages"] for voice in listed)
    assert main(["voices", *options]) == 0
    table = capfd.readouterr().out.splitlines()
    assert table[0].split() == ["VOICE", "LANGUAGES", "WHAT"]
    assert len(table) == len(listed) + 1

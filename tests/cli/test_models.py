from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.hub_server import Hub, running
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.invocation import program
from wyoming_lfm2.models.catalog import CATALOG

NAME = "lfm2-audio-1.5b"
FILES = {
    f"{prefix}LFM2-Audio-1.5B-Q8_0.gguf": prefix.encode() * 100_000 + b"GGUF"
    for prefix in ("", "mmproj-audioencoder-", "audiodecoder-")
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setenv("WYOMING_LFM2_MODEL_CACHE", str(tmp_path / "cache"))
    sound = {f"{part}-LFM2.5-Audio-1.5B-Q4_0.gguf": part.encode() for part in ("vocoder", "tokenizer")}
    others = {CATALOG["lfm2.5-audio-1.5b"].repository: sound}
    with running(Hub(CATALOG[NAME].repository, dict(FILES), others)) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "models" / NAME


def test_download_says_where_the_files_are_and_how_to_use_them(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "download", NAME]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith(str(folder(tmp_path) / "LFM2-Audio-1.5B-Q8_0.gguf"))
    assert len(out) == 6
    cache = tmp_path / "cache"
    assert out[5] == f"Use it with: {program()} serve --model {NAME} --quantization Q8_0 --cache {cache}"


def test_what_only_speech_needs_can_be_left_out(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "download", NAME, "--hearing-only"]) == 0
    assert {path.name for path in folder(tmp_path).glob("*.gguf")} == set(FILES) - {
        "audiodecoder-LFM2-Audio-1.5B-Q8_0.gguf"
    }
    capsys.readouterr()
    main(["models", "list"])
    assert "downloaded, silent" in capsys.readouterr().out


def test_list_says_what_is_here_and_what_is_on_the_hub(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "download", NAME]) == 0
    hub.requests.clear()
    capsys.readouterr()
    assert main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:2] == [NAME, "Q8_0"] and "downloaded" in line for line in lines)
    assert any(line.split()[:2] == [NAME, "F16"] and "on the hub" in line for line in lines)
    for name in CATALOG:
        assert any(line.startswith(name) for line in lines)
    assert any(line.startswith("nano") for line in lines)
    assert hub.requests == []


def test_verify_finds_a_changed_file_and_the_next_download_replaces_it(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["models", "download", NAME])
    assert main(["models", "verify"]) == 0
    file = folder(tmp_path) / "LFM2-Audio-1.5B-Q8_0.gguf"
    content = file.read_bytes()
    file.write_bytes(b"X" + content[1:])
    capsys.readouterr()
    assert main(["models", "verify", NAME]) == 1
    out = capsys.readouterr().out
    assert f"BAD   {file}  has sha256 " in out
    assert out.count("good") == 2
    assert main(["models", "download", NAME]) == 0
    assert file.read_bytes() == content
    assert main(["models", "verify", NAME]) == 0


def test_verify_finds_a_file_that_was_cut(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["models", "download", NAME])
    file = folder(tmp_path) / "mmproj-audioencoder-LFM2-Audio-1.5B-Q8_0.gguf"
    file.write_bytes(file.read_bytes()[:-1])
    assert main(["models", "verify"]) == 1
    assert "bytes and not" in capsys.readouterr().out
    main(["models", "download", NAME])
    assert main(["models", "verify"]) == 0


def test_verify_of_what_is_not_here_says_how_to_get_it(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "verify", NAME]) == 1
    command = f"{program()} models download {NAME} --cache {tmp_path}/cache"
    assert f"Run: {command}\n" in capsys.readouterr().err
    assert main(["models", "verify"]) == 0
    assert "Nothing is downloaded" in capsys.readouterr().out


def test_offline_is_one_sentence_and_asks_nobody(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "download", NAME, "--offline"]) == 1
    assert capsys.readouterr().err == (
        f"wyoming-lfm2: model.offline is set, so {NAME} cannot be downloaded.\n"
    )
    assert hub.requests == []


def test_nano_needs_no_download(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "download", "nano"]) == 0
    assert "comes with the package" in capsys.readouterr().out

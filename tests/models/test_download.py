"""Which files a download brings, of which commit, and what is asked of whom for it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.downloading import BACKBONE, ENTRY, MMPROJ, download_script, folder_of
from tests.models.hub_server import COMMIT, Hub, running
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.invocation import program
from wyoming_lfm2.models.catalog import CATALOG, HEARING_PARTS
from wyoming_lfm2.models.download import download_set
from wyoming_lfm2.models.hub import DownloadError
from wyoming_lfm2.models.locate import ModelNotDownloadedError, locate_model_set
from wyoming_lfm2.models.storage import read_record


def test_a_download_brings_the_files_their_records_and_the_commit(hub: Hub, settings: ModelSettings) -> None:
    files = download_set(ENTRY, settings)
    assert [path.name for path in files] == [BACKBONE, MMPROJ, f"vocoder-{BACKBONE}", f"tokenizer-{BACKBONE}"]
    for path in files:
        assert path.read_bytes() == hub.files[path.name]
        record = read_record(path)
        assert record is not None
        assert (record.repository, record.revision) == (ENTRY.repository, COMMIT)
    assert not list(folder_of(settings).glob("*.part"))
    found = locate_model_set(settings)
    assert found.files == tuple(files)
    assert found.tts_unavailable_reason == ""


def test_a_set_downloaded_for_hearing_says_how_to_make_it_speak(hub: Hub, settings: ModelSettings) -> None:
    download_set(ENTRY, settings, parts=HEARING_PARTS)
    found = locate_model_set(settings)
    assert (found.vocoder, found.tokenizer) == (None, None)
    assert found.tts_unavailable_reason == (
        "lfm2.5-audio-1.5b hears but cannot speak: its vocoder and tokenizer files are missing. "
        f"Run: {program()} models download lfm2.5-audio-1.5b --quantization Q4_0 --cache {settings.cache}"
    )
    assert len(download_set(ENTRY, settings)) == 4
    assert locate_model_set(settings).tts_unavailable_reason == ""


def test_a_speech_file_that_is_not_published_so_small_comes_in_another_quantization(
    hub: Hub, settings: ModelSettings
) -> None:
    del hub.files[f"tokenizer-{BACKBONE}"]
    assert [path.name for path in download_set(ENTRY, settings)][3] == "tokenizer-LFM2.5-Audio-1.5B-Q8_0.gguf"
    tokenizer = locate_model_set(settings).tokenizer
    assert tokenizer is not None and tokenizer.name == "tokenizer-LFM2.5-Audio-1.5B-Q8_0.gguf"


def test_the_first_release_comes_with_the_files_that_make_its_codes_audible(
    hub: Hub, settings: ModelSettings
) -> None:
    first = CATALOG["lfm2-audio-1.5b"]
    settings = settings.model_copy(update={"name": first.name})
    hub.others[first.repository] = {
        f"{prefix}LFM2-Audio-1.5B-Q8_0.gguf": prefix.encode() + b"GGUF"
        for prefix in ("", "mmproj-audioencoder-", "audiodecoder-")
    }
    download_set(first, settings)
    found = locate_model_set(settings)
    assert [path.name for path in found.files] == [
        "LFM2-Audio-1.5B-Q8_0.gguf",
        "mmproj-audioencoder-LFM2-Audio-1.5B-Q8_0.gguf",
        "audiodecoder-LFM2-Audio-1.5B-Q8_0.gguf",
        f"tokenizer-{BACKBONE}",
        f"vocoder-{BACKBONE}",
    ]
    assert found.code_table is not None and found.code_table.parent.name == ENTRY.name
    assert found.tts_unavailable_reason == ""
    assert found.model.voices == first.model.voices


def test_nothing_else_is_asked_of_the_hub(settings: ModelSettings) -> None:
    names = {BACKBONE: b"1", MMPROJ: b"2", f"vocoder-{BACKBONE}": b"3", f"tokenizer-{BACKBONE}": b"4"}
    with running(Hub(ENTRY.repository, dict(names))) as hub:
        home = {"HF_ENDPOINT": hub.url, "HF_HOME": str(settings.cache)}
        subprocess.run(
            [sys.executable, "-c", download_script(settings)],
            env={**os.environ, **home},
            check=True,
            stderr=subprocess.DEVNULL,
        )
    repository = f"GET /{ENTRY.repository}/resolve/{COMMIT}"
    assert hub.requests == [
        f"GET /api/models/{ENTRY.repository}/revision/main",
        *(line for name in names for line in (f"{repository}/{name}", f"GET /cdn/{name}")),
    ]


def test_before_the_download_the_set_says_how_to_get_it(settings: ModelSettings) -> None:
    with pytest.raises(ModelNotDownloadedError, match=r"Run: .* models download lfm2\.5-audio-1\.5b"):
        locate_model_set(settings)


def test_what_is_there_is_not_fetched_again(hub: Hub, settings: ModelSettings) -> None:
    download_set(ENTRY, settings)
    hub.requests.clear()
    download_set(ENTRY, settings)
    assert hub.bodies_asked_for() == []


def test_all_parts_and_another_quantization_can_be_had(hub: Hub, settings: ModelSettings) -> None:
    files = download_set(ENTRY, settings, quantization="q8_0")
    assert len(files) == 4
    assert all("Q8_0" in path.name for path in files)
    with pytest.raises(ModelNotDownloadedError):
        locate_model_set(settings)
    located = locate_model_set(settings.model_copy(update={"quantization": "Q8_0"}))
    assert located.tokenizer is not None


def test_a_download_stays_on_the_commit_of_the_first_one(hub: Hub, settings: ModelSettings) -> None:
    download_set(ENTRY, settings)
    hub.requests.clear()
    download_set(ENTRY, settings, quantization="Q8_0")
    assert any(f"/revision/{COMMIT}" in line for line in hub.requests)
    assert not any("/revision/main" in line for line in hub.requests)
    hub.commit = "f" * 40
    with pytest.raises(DownloadError, match=f"has no revision {COMMIT}; try --revision main"):
        download_set(ENTRY, settings)
    download_set(ENTRY, settings, revision="main")
    record = read_record(folder_of(settings) / BACKBONE)
    assert record is not None
    assert record.revision == "f" * 40


def test_offline_asks_nobody(hub: Hub, settings: ModelSettings) -> None:
    with pytest.raises(DownloadError, match=r"model\.offline is set"):
        download_set(ENTRY, settings.model_copy(update={"offline": True}))
    assert hub.requests == []


def test_the_token_comes_from_a_file_and_goes_to_the_hub_alone(
    hub: Hub, settings: ModelSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "hf_secret"
    with pytest.raises(DownloadError, match="HF_TOKEN_FILE"):
        download_set(ENTRY, settings)
    (tmp_path / "token").write_text("hf_secret\n", encoding="utf-8")
    monkeypatch.setenv("HF_TOKEN_FILE", str(tmp_path / "token"))
    assert len(download_set(ENTRY, settings)) == 4
    monkeypatch.setenv("HF_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(DownloadError, match=r"HF_TOKEN_FILE: .* cannot be read"):
        download_set(ENTRY, settings)


def test_two_downloads_of_one_set_do_not_mix(hub: Hub, settings: ModelSettings) -> None:
    folder = folder_of(settings)
    folder.mkdir(parents=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DownloadError, match="Another download"):
            download_set(ENTRY, settings)
    assert len(download_set(ENTRY, settings)) == 4


def test_the_cache_is_marked_as_one_for_backups(hub: Hub, settings: ModelSettings) -> None:
    """Users' row 22."""
    download_set(ENTRY, settings)
    assert settings.cache is not None
    tag = (settings.cache / "CACHEDIR.TAG").read_bytes()
    assert tag.startswith(b"Signature: 8a477f597d28d172789f06886806bc55")

"""Downloads that break off, are killed, are spoilt on the way or have no place: resumed, or one sentence."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.downloading import BACKBONE, CHUNK, ENTRY, download_script, folder_of, replaced_by_part
from tests.models.hub_server import Hub
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.models.download import download_set, partial_path
from wyoming_lfm2.models.hub import DownloadError


def test_a_connection_that_keeps_breaking_is_resumed_within_one_run(
    hub: Hub, settings: ModelSettings
) -> None:
    hub.files[BACKBONE] = os.urandom(2 * CHUNK + 1000)
    hub.cut_after = CHUNK + 1000
    files = download_set(ENTRY, settings)
    assert files[0].read_bytes() == hub.files[BACKBONE]
    assert hub.bodies_asked_for()[:2] == [f"GET /cdn/{BACKBONE}", f"GET /cdn/{BACKBONE} bytes={CHUNK}-"]


def test_an_interrupted_run_is_resumed_by_the_next_one(hub: Hub, settings: ModelSettings) -> None:
    content = hub.files[BACKBONE]
    download_set(ENTRY, settings)
    path = replaced_by_part(settings, content[:123_456])
    hub.requests.clear()
    download_set(ENTRY, settings)
    assert hub.bodies_asked_for() == [f"GET /cdn/{BACKBONE} bytes=123456-"]
    assert path.read_bytes() == content


def test_a_run_that_is_killed_leaves_its_part_for_the_next_one(hub: Hub, settings: ModelSettings) -> None:
    # Each connection brings a little and breaks; the process is killed while it is still trying.
    hub.files[BACKBONE] = os.urandom(3 * CHUNK)
    hub.cut_after = CHUNK + 1000
    process = subprocess.Popen([sys.executable, "-c", download_script(settings)], stderr=subprocess.DEVNULL)
    while len(hub.bodies_asked_for()) < 2:
        assert process.poll() is None
    process.kill()
    process.wait()
    parts = list(folder_of(settings).glob("*.part"))
    assert len(parts) == 1
    hub.cut_after = None
    hub.requests.clear()
    got = parts[0].stat().st_size
    assert got >= CHUNK
    files = download_set(ENTRY, settings)
    assert hub.bodies_asked_for()[0] == f"GET /cdn/{BACKBONE} bytes={got}-"
    assert files[0].read_bytes() == hub.files[BACKBONE]


def test_a_server_that_knows_no_ranges_is_fetched_from_the_start(hub: Hub, settings: ModelSettings) -> None:
    download_set(ENTRY, settings)
    path = replaced_by_part(settings, b"x" * 1000)
    hub.ignore_ranges = True
    download_set(ENTRY, settings)
    assert path.read_bytes() == hub.files[BACKBONE]


def test_a_file_with_the_wrong_hash_is_refused_and_deleted(hub: Hub, settings: ModelSettings) -> None:
    hub.spoil = True
    with pytest.raises(DownloadError, match=f"{BACKBONE} has the wrong sha256"):
        download_set(ENTRY, settings)
    assert not list(folder_of(settings).glob("*.gguf"))
    assert not list(folder_of(settings).glob("*.part"))
    hub.spoil = False
    assert download_set(ENTRY, settings)[0].read_bytes() == hub.files[BACKBONE]


def test_a_part_that_does_not_belong_ends_as_a_wrong_hash_not_as_a_model(
    hub: Hub, settings: ModelSettings
) -> None:
    download_set(ENTRY, settings)
    path = replaced_by_part(settings, b"x" * 1000)
    with pytest.raises(DownloadError, match="wrong sha256"):
        download_set(ENTRY, settings)
    assert not path.exists()


def test_a_repository_that_is_not_there_is_one_sentence(hub: Hub, settings: ModelSettings) -> None:
    hub.repository = "somebody/else"
    with pytest.raises(DownloadError, match=f"{ENTRY.repository} is not there, or not for you"):
        download_set(ENTRY, settings)


def test_a_quantization_that_is_not_there_lists_those_that_are(hub: Hub, settings: ModelSettings) -> None:
    with pytest.raises(DownloadError, match="no backbone and no mmproj in F16; it has Q4_0, Q8_0"):
        download_set(ENTRY, settings, quantization="F16")


def test_a_file_that_vanished_between_list_and_download_is_one_sentence(
    hub: Hub, settings: ModelSettings
) -> None:
    class Vanishing(dict[str, bytes]):
        def __contains__(self, name: object) -> bool:
            return False

    hub.files = Vanishing(hub.files)
    with pytest.raises(DownloadError, match=f"{BACKBONE} stopped at 0 of 300,000 bytes"):
        download_set(ENTRY, settings)


def test_no_connection_is_one_sentence(settings: ModelSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match=r"http://127\.0\.0\.1:9 cannot be asked for LiquidAI/LFM2\.5"):
        download_set(ENTRY, settings)


def test_a_disk_with_too_little_room_is_refused_before_anything_is_fetched(
    hub: Hub, settings: ModelSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(DownloadError, match="has 1 MB free and 68 MB are needed"):
        download_set(ENTRY, settings)
    assert hub.bodies_asked_for() == []


def test_a_disk_that_fills_up_on_the_way_is_one_sentence(hub: Hub, settings: ModelSettings) -> None:
    partial = partial_path(folder_of(settings) / BACKBONE, hashlib.sha256(hub.files[BACKBONE]).hexdigest())
    partial.parent.mkdir(parents=True)
    partial.symlink_to("/dev/full")
    with pytest.raises(DownloadError, match=r"The disk of .* is full; make room"):
        download_set(ENTRY, settings)
    assert partial.is_symlink()


def test_a_cache_that_cannot_be_made_is_one_sentence(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DownloadError, match="Not a directory"):
        download_set(ENTRY, ModelSettings(cache=tmp_path / "file" / "cache"))

"""The names under which servers are announced: lasting, and no two the same (users' rows 5 and 6)."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from zeroconf import ServiceStateChange

from tests.discovery.watching import Watcher
from wyoming_lfm2.config.settings import DiscoverySettings
from wyoming_lfm2.discovery import announcer, machine_name
from wyoming_lfm2.discovery.announcer import Discovery, default_instance, host_label
from wyoming_lfm2.discovery.machine_name import stable_machine_name


@pytest.fixture
def without_machine_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_name, "_MACHINE_ID_FILES", (tmp_path / "no-machine-id",))


def container_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a container finds about itself, anew each time that it is made."""
    monkeypatch.setattr("socket.gethostname", lambda: name)
    monkeypatch.setattr("uuid.getnode", lambda: int.from_bytes(name.encode()))


def test_the_name_stays_and_tells_servers_on_one_machine_apart(tmp_path: Path) -> None:
    """Users' row 5."""
    name = stable_machine_name(tmp_path)
    assert default_instance(10300, tmp_path) == default_instance(10300, tmp_path) == f"wyoming-lfm2-{name}"
    assert default_instance(10301, tmp_path) == f"wyoming-lfm2-{name}-10301"


def test_the_machines_id_itself_is_not_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "machine-id"
    file.write_text("0123456789abcdef0123456789abcdef\n")
    monkeypatch.setattr(machine_name, "_MACHINE_ID_FILES", (tmp_path / "none", file))
    name = stable_machine_name(tmp_path / "cache")
    assert len(name) == 8
    assert name not in file.read_text()
    file.write_text("0123456789abcdef0123456789abcde0\n")
    assert stable_machine_name(tmp_path / "cache") != name
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("without_machine_id")
def test_a_container_that_is_made_again_keeps_its_name_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users' row 5: a new name is a new device for Home Assistant."""
    cache = tmp_path / "deep" / "cache"
    container_called("a1", monkeypatch)
    name = stable_machine_name(cache)
    container_called("b2", monkeypatch)
    assert stable_machine_name(cache) == name
    assert [path.name for path in cache.iterdir()] == ["instance-id"]
    assert name not in (cache / "instance-id").read_text()
    assert stable_machine_name(tmp_path / "another") != name


@pytest.mark.usefixtures("without_machine_id")
def test_an_id_that_was_lost_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "instance-id").write_text("\n")
    name = stable_machine_name(tmp_path)
    assert (tmp_path / "instance-id").read_text().strip()
    assert stable_machine_name(tmp_path) == name


@pytest.mark.usefixtures("without_machine_id")
def test_without_a_place_for_an_id_the_hosts_name_has_to_do_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "file"
    file.touch()
    container_called("a1", monkeypatch)
    name = stable_machine_name(file / "cache")
    (warning,) = caplog.records
    assert "model.cache" in warning.getMessage() and "discovery.instance" in warning.getMessage()
    monkeypatch.setattr("uuid.getnode", lambda: 7)
    assert stable_machine_name(file / "cache") == name
    container_called("b2", monkeypatch)
    assert stable_machine_name(file / "cache") != name


@pytest.mark.usefixtures("without_machine_id")
async def test_the_server_is_announced_by_the_id_in_its_cache(watcher: Watcher, tmp_path: Path) -> None:
    """Users' row 5."""
    announced = Discovery(
        DiscoverySettings.model_validate({"addresses": ("127.0.0.1",)}), ["0.0.0.0"], 10300, tmp_path
    )
    announced.start()
    try:
        assert (tmp_path / "instance-id").exists()
        await watcher.sees(ServiceStateChange.Added, default_instance(10300, tmp_path))
    finally:
        await announced.stop()


@pytest.mark.usefixtures("without_machine_id")
async def test_a_server_that_is_not_announced_keeps_no_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, announcer.__name__)
    for settings, host in ((DiscoverySettings(enabled=False), "0.0.0.0"), (DiscoverySettings(), "127.0.0.1")):
        quiet = Discovery(settings, [host], 10300, tmp_path)
        quiet.start()
        await quiet.stop()
    assert not (tmp_path / "instance-id").exists()


def test_rooms_in_any_script_have_host_names_of_their_own() -> None:
    """Users' row 6: two servers that claim one host name take each other's address."""
    names = ["居間", "台所", "Кухня", "Küche", "K-che", "K che", "living room", "living-room", "!!!", "???"]
    names += ["居" * 21, "居" * 20, "x" * 62 + "!", "x" * 62 + "?"]
    labels = [host_label(name) for name in names]
    assert len(set(labels)) == len(names)
    for label in labels:
        assert label.isascii() and label.replace("-", "").isalnum()
        assert len(label) <= 63 and label == label.strip("-")
    assert host_label("居間") == host_label("居間")


def test_a_name_of_letters_digits_and_hyphens_is_the_host_name_itself() -> None:
    """As before: a server that is updated stays who it is."""
    assert host_label("wyoming-lfm2-0123abcd-10301") == "wyoming-lfm2-0123abcd-10301"

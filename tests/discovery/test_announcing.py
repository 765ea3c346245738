"""When and as what the server is announced over zeroconf (users' rows 5 and 6)."""

from __future__ import annotations

import asyncio
import logging
from ipaddress import ip_address
from pathlib import Path

import pytest
from zeroconf import IPVersion, ServiceStateChange
from zeroconf.asyncio import AsyncZeroconf

from tests.discovery.watching import NAME, Watcher, until
from wyoming_lfm2.config.settings import DiscoverySettings
from wyoming_lfm2.discovery import announcer
from wyoming_lfm2.discovery.announcer import Discovery


def on_loopback(**changes: object) -> DiscoverySettings:
    """Settings that announce on this machine only what is asked for."""
    return DiscoverySettings.model_validate({"instance": NAME, "addresses": ("127.0.0.1",), **changes})


async def test_the_server_is_announced_and_says_goodbye(watcher: Watcher, tmp_path: Path) -> None:
    announced = Discovery(on_loopback(), ["127.0.0.1"], 10300, tmp_path)
    announced.start()
    await watcher.sees(ServiceStateChange.Added)
    info = await watcher.info()
    assert (info.port, info.parsed_addresses()) == (10300, ["127.0.0.1"])
    await announced.stop()
    await watcher.sees(ServiceStateChange.Removed)


async def test_the_port_and_the_addresses_can_be_set_behind_a_port_mapping(
    watcher: Watcher, tmp_path: Path
) -> None:
    """Users' row 6."""
    addresses = ("192.168.7.7", "fd00::7")
    announced = Discovery(on_loopback(addresses=addresses, port=55300), ["172.17.0.2"], 10300, tmp_path)
    announced.start()
    try:
        await watcher.sees(ServiceStateChange.Added)
        info = await watcher.info()
        assert info.port == 55300
        assert set(info.parsed_addresses(IPVersion.All)) == set(addresses)
    finally:
        await announced.stop()


async def test_a_change_of_address_is_announced_under_the_same_name(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Users' rows 5 and 6."""
    addresses = [ip_address("192.168.7.1")]
    monkeypatch.setattr(announcer, "reachable_addresses", lambda _hosts: list(addresses))
    announced = Discovery(DiscoverySettings(instance=NAME), ["0.0.0.0"], 10300, tmp_path, poll_s=0.05)
    announced.start()
    try:
        await watcher.sees(ServiceStateChange.Added)
        await asyncio.sleep(1.2)  # records younger than a second are not flushed (RFC 6762, 10.2)
        addresses[:] = [ip_address("192.168.7.2")]
        await watcher.sees(ServiceStateChange.Updated)

        async def moved() -> bool:
            return (await watcher.info()).parsed_addresses() == ["192.168.7.2"]

        await until(moved)
    finally:
        await announced.stop()


async def test_a_name_that_is_taken_is_said_once_and_used_when_it_is_free(
    watcher: Watcher, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Users' row 6: never a second name, which would be a second device (row 5)."""
    first = Discovery(on_loopback(), ["127.0.0.1"], 10300, tmp_path)
    first.start()
    await watcher.sees(ServiceStateChange.Added)
    second = Discovery(on_loopback(), ["127.0.0.1"], 10301, tmp_path, poll_s=0.05)
    second.start()
    try:

        async def warned() -> bool:
            return "Set discovery.instance" in caplog.text

        await until(warned)
        await first.stop()
        await watcher.sees(ServiceStateChange.Removed)
        await watcher.sees(ServiceStateChange.Added)
        assert (await watcher.info()).port == 10301
        assert len([r for r in caplog.records if "discovery.instance" in r.getMessage()]) == 1
    finally:
        await second.stop()


async def test_a_machine_without_multicast_is_one_warning_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    tried = 0

    def no_such_device(**_: object) -> AsyncZeroconf:
        nonlocal tried
        tried += 1
        raise OSError(19, "No such device")

    monkeypatch.setattr(announcer, "AsyncZeroconf", no_such_device)
    announced = Discovery(on_loopback(), ["127.0.0.1"], 10300, tmp_path, poll_s=0.01)
    announced.start()

    async def tried_again() -> bool:
        return tried >= 3

    await until(tried_again)
    await announced.stop()
    assert len([r for r in caplog.records if "No such device" in r.getMessage()]) == 1


@pytest.mark.parametrize(
    ("settings", "hosts", "reason"),
    [
        (DiscoverySettings(), ["127.0.0.1"], "only this machine"),
        (DiscoverySettings(), ["::1", "127.0.0.1"], "only this machine"),
        (DiscoverySettings(enabled=False), ["0.0.0.0"], "discovery.enabled is off"),
    ],
)
async def test_what_cannot_or_shall_not_be_found_is_not_announced(
    settings: DiscoverySettings,
    hosts: list[str],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Users' row 6: an off switch."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(announcer, "AsyncZeroconf", None)
    quiet = Discovery(settings, hosts, 10300, tmp_path)
    quiet.start()
    await asyncio.sleep(0)
    await quiet.stop()
    (record,) = [r for r in caplog.records if r.name == announcer.__name__]
    assert reason in record.getMessage()

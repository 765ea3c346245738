"""What other machines see of the server over zeroconf (users' rows 5 and 6)."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path

import ifaddr
import pytest
from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from tests.network_namespaces import two_namespaces
from wyoming_lfm2 import discovery
from wyoming_lfm2.config.settings import DiscoverySettings
from wyoming_lfm2.discovery import SERVICE_TYPE, Discovery, default_instance
from wyoming_lfm2.own_addresses import reachable_addresses, stable_machine_name

GUARD_S = 60.0
NAME = "wyoming-lfm2-under-test"


class Watcher:
    """Another machine's view, over loopback."""

    def __init__(self) -> None:
        self.zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"])
        self.changes: asyncio.Queue[tuple[ServiceStateChange, str]] = asyncio.Queue()
        self.browser = AsyncServiceBrowser(self.zeroconf.zeroconf, SERVICE_TYPE, handlers=[self._changed])

    def _changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        self.changes.put_nowait((state_change, name.removesuffix(f".{SERVICE_TYPE}")))

    async def sees(self, change: ServiceStateChange, name: str = NAME) -> None:
        """Wait for a change of one name; other servers on the network may come and go."""
        async with asyncio.timeout(GUARD_S):
            while await self.changes.get() != (change, name):
                pass

    async def info(self, name: str = NAME) -> AsyncServiceInfo:
        info = await self.zeroconf.async_get_service_info(SERVICE_TYPE, f"{name}.{SERVICE_TYPE}", 30_000)
        assert info is not None
        return info

    async def close(self) -> None:
        await self.browser.async_cancel()
        await self.zeroconf.async_close()


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    watcher = Watcher()
    yield watcher
    await watcher.close()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what has no event to wait for."""
    async with asyncio.timeout(GUARD_S):
        while not await true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def on_loopback(**changes: object) -> DiscoverySettings:
    """Settings that announce on this machine only what is asked for."""
    return DiscoverySettings.model_validate({"instance": NAME, "addresses": ("127.0.0.1",), **changes})


async def test_the_server_is_announced_and_says_goodbye(watcher: Watcher) -> None:
    announced = Discovery(on_loopback(), ["127.0.0.1"], 10300)
    announced.start()
    await watcher.sees(ServiceStateChange.Added)
    info = await watcher.info()
    assert (info.port, info.parsed_addresses()) == (10300, ["127.0.0.1"])
    await announced.stop()
    await watcher.sees(ServiceStateChange.Removed)


async def test_the_port_and_the_addresses_can_be_set_behind_a_port_mapping(watcher: Watcher) -> None:
    """Users' row 6."""
    addresses = ("192.168.7.7", "fd00::7")
    announced = Discovery(on_loopback(addresses=addresses, port=55300), ["172.17.0.2"], 10300)
    announced.start()
    try:
        await watcher.sees(ServiceStateChange.Added)
        info = await watcher.info()
        assert info.port == 55300
        assert set(info.parsed_addresses(IPVersion.All)) == set(addresses)
    finally:
        await announced.stop()


async def test_a_change_of_address_is_announced_under_the_same_name(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users' rows 5 and 6."""
    addresses = [ip_address("192.168.7.1")]
    monkeypatch.setattr(discovery, "reachable_addresses", lambda _hosts: list(addresses))
    announced = Discovery(DiscoverySettings(instance=NAME), ["0.0.0.0"], 10300, poll_s=0.05)
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
    watcher: Watcher, caplog: pytest.LogCaptureFixture
) -> None:
    """Users' row 6: never a second name, which would be a second device (row 5)."""
    first = Discovery(on_loopback(), ["127.0.0.1"], 10300)
    first.start()
    await watcher.sees(ServiceStateChange.Added)
    second = Discovery(on_loopback(), ["127.0.0.1"], 10301, poll_s=0.05)
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
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = 0

    def no_such_device(**_: object) -> AsyncZeroconf:
        nonlocal tried
        tried += 1
        raise OSError(19, "No such device")

    monkeypatch.setattr(discovery, "AsyncZeroconf", no_such_device)
    announced = Discovery(on_loopback(), ["127.0.0.1"], 10300, poll_s=0.01)
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
) -> None:
    """Users' row 6: an off switch."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(discovery, "AsyncZeroconf", None)
    quiet = Discovery(settings, hosts, 10300)
    quiet.start()
    await asyncio.sleep(0)
    await quiet.stop()
    (record,) = [r for r in caplog.records if r.name == discovery.__name__]
    assert reason in record.getMessage()


def adapter(name: str, *addresses: str) -> ifaddr.Adapter:
    ips = [ifaddr.IP(a if "." in a else (a, 0, 0), 24, name) for a in addresses]
    return ifaddr.Adapter(name, name, ips)


ADAPTERS = [
    adapter("lo", "127.0.0.1", "::1"),
    adapter("eth0", "192.168.1.20", "fe80::1", "fd00::20", "2001:db8::20"),
    adapter("wlan0", "192.168.1.9", "169.254.3.4"),
    adapter("docker0", "172.17.0.1"),
]


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["0.0.0.0"], ["192.168.1.9", "192.168.1.20"]),
        (["::"], ["192.168.1.9", "192.168.1.20", "2001:db8::20", "fd00::20"]),
        (["192.168.1.20"], ["192.168.1.20"]),
        (["fd00::20"], ["fd00::20"]),
        (["10.0.0.1"], []),
        (["127.0.0.1"], []),
    ],
)
def test_the_announced_addresses_are_those_that_others_can_use(hosts: list[str], expected: list[str]) -> None:
    """Users' row 6: neither the bind address nor loopback, link-local or a container bridge."""
    assert [str(a) for a in reachable_addresses(hosts, ADAPTERS)] == expected


def test_a_container_bridge_is_better_than_nothing() -> None:
    assert [str(a) for a in reachable_addresses(["0.0.0.0"], [ADAPTERS[0], ADAPTERS[3]])] == ["172.17.0.1"]


def test_the_name_stays_and_tells_servers_on_one_machine_apart() -> None:
    """Users' row 5."""
    assert default_instance(10300) == default_instance(10300) == f"wyoming-lfm2-{stable_machine_name()}"
    assert default_instance(10301) == f"wyoming-lfm2-{stable_machine_name()}-10301"


def test_the_machines_id_itself_is_not_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "machine-id"
    file.write_text("0123456789abcdef0123456789abcdef\n")
    monkeypatch.setattr("wyoming_lfm2.own_addresses._MACHINE_ID_FILES", (tmp_path / "none", file))
    name = stable_machine_name()
    assert len(name) == 8
    assert name not in file.read_text()
    file.write_text("0123456789abcdef0123456789abcde0\n")
    assert stable_machine_name() != name


ANNOUNCE = """
import asyncio, sys
from wyoming_lfm2.config.settings import DiscoverySettings
from wyoming_lfm2.discovery import Discovery
async def main():
    announced = Discovery(DiscoverySettings(instance="left"), ["::"], 10300, poll_s=0.2)
    announced.start()
    await asyncio.to_thread(sys.stdin.read)
    await announced.stop()
asyncio.run(main())
"""

BROWSE = """
import asyncio
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf
async def main():
    zeroconf = AsyncZeroconf(ip_version=IPVersion.All)
    changes = asyncio.Queue()
    def changed(zeroconf, service_type, name, state_change):
        changes.put_nowait((state_change.name, name))
    AsyncServiceBrowser(zeroconf.zeroconf, "_wyoming._tcp.local.", handlers=[changed])
    while True:
        change, name = await changes.get()
        info = await zeroconf.async_get_service_info("_wyoming._tcp.local.", name, 1000)
        addresses = sorted(info.parsed_addresses(IPVersion.All)) if info and change != "Removed" else []
        print(change, name.partition(".")[0], *addresses, flush=True)
asyncio.run(main())
"""


async def test_another_machine_sees_the_server_come_move_and_go() -> None:
    """Two network namespaces: IPv4 and IPv6, a new address, the goodbye."""
    with two_namespaces() as names:
        pipe = asyncio.subprocess.PIPE
        python = sys.executable
        browser = await asyncio.create_subprocess_exec(
            *names.command(names.right, python, "-c", BROWSE), stdout=pipe
        )
        server = await asyncio.create_subprocess_exec(
            *names.command(names.left, python, "-c", ANNOUNCE), stdin=pipe
        )
        assert browser.stdout is not None
        assert server.stdin is not None

        async def sees(line: str) -> None:
            assert browser.stdout is not None
            async with asyncio.timeout(60):
                while (seen := (await browser.stdout.readline()).decode().strip()) != line:
                    assert seen, "the browser ended"

        try:
            await sees("Added left 10.77.0.1 fd77::1")
            names.ip(names.left, "address", "add", "10.77.0.99/24", "dev", "eth0")
            await sees("Updated left 10.77.0.1 10.77.0.99 fd77::1")
            server.stdin.close()
            await sees("Removed left")
            assert await server.wait() == 0
        finally:
            for process in (browser, server):
                if process.returncode is None:
                    process.kill()
                await process.wait()

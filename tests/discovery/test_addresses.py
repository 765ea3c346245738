"""Which of a machine's addresses are announced (users' row 6)."""

from __future__ import annotations

from pathlib import Path

import ifaddr
import pytest

from wyoming_lfm2.discovery import addresses
from wyoming_lfm2.discovery.addresses import reachable_addresses


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


@pytest.mark.parametrize(
    ("interface", "address"),
    [
        ("tailscale0", "100.101.102.103"),
        ("wg0", "10.8.0.1"),
        ("tun0", "10.8.0.6"),
        ("tap0", "10.9.0.1"),
        ("ztabcdef12", "10.147.17.4"),
        ("ppp0", "10.64.64.64"),
        ("hassio", "172.30.32.1"),
        ("utun-of-tailscale", "100.101.102.103"),
    ],
)
def test_a_vpn_is_announced_only_if_there_is_nothing_else(interface: str, address: str) -> None:
    """Users' row 6: Home Assistant tries one of the addresses, in the order in which zeroconf's sets have them."""
    vpn = adapter(interface, address)
    assert [str(a) for a in reachable_addresses(["0.0.0.0"], [ADAPTERS[1], vpn])] == ["192.168.1.20"]
    assert [str(a) for a in reachable_addresses(["0.0.0.0"], [ADAPTERS[0], vpn])] == [address]
    assert [str(a) for a in reachable_addresses([address], [ADAPTERS[1], vpn])] == [address]


def test_a_vpn_by_another_name_is_known_by_having_two_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users' row 6: the flags are those of WireGuard's interfaces and of Ethernet's."""
    for interface, flags in (("nordlynx", "0x10d1"), ("eth0", "0x1003")):
        (tmp_path / interface).mkdir()
        (tmp_path / interface / "flags").write_text(f"{flags}\n")
    monkeypatch.setattr(addresses, "_INTERFACES", tmp_path)
    adapters = [adapter("nordlynx", "10.5.0.2"), adapter("eth0", "192.168.1.20")]
    assert [str(a) for a in reachable_addresses(["0.0.0.0"], adapters)] == ["192.168.1.20"]

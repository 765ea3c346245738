"""The addresses at which other machines can reach this one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from pathlib import Path

import ifaddr

Address = IPv4Address | IPv6Address

_GUESTS = ("docker", "br-", "veth", "virbr", "cni", "flannel", "podman", "lxcbr", "hassio")
"""Interfaces behind which only this machine's own guests are."""

_TUNNELS = ("tailscale", "wg", "tun", "tap", "zt", "ppp")
"""Interfaces behind which only the other ends of a VPN are."""

_CARRIER_GRADE = IPv4Network("100.64.0.0/10")
"""Of providers' inner networks, and of Tailscale, whatever its interface is called."""

_INTERFACES = Path("/sys/class/net")

_POINT_TO_POINT = 0x10
"""Linux's ``IFF_POINTOPOINT``: a tunnel or a telephone line, whatever it is called."""


def reachable_addresses(
    hosts: Sequence[str], adapters: Iterable[ifaddr.Adapter] | None = None
) -> list[Address]:
    """Addresses for a server that is bound to ``hosts``, sorted, IPv4 first.

    No loopback and no link-local ones (Home Assistant wants neither), and none of
    this machine's container bridges or VPNs, unless there is nothing else. To put
    those last would not do: zeroconf delivers addresses in any order, and Home
    Assistant tries one of them only.

    :param hosts: the addresses of the bound sockets; ``0.0.0.0`` stands for all of
        IPv4, ``::`` for all there are.
    :param adapters: the machine's, if they are known already.
    """
    bound = [ip_address(host.partition("%")[0]) for host in hosts]
    found: set[Address] = set()
    internal: set[Address] = set()
    for adapter in ifaddr.get_adapters() if adapters is None else adapters:
        leads_elsewhere = _leads_elsewhere(adapter.nice_name)
        for ip in adapter.ips:
            address = ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
            if _presentable(address) and any(_covers(b, address) for b in bound):
                own = internal if leads_elsewhere or address in _CARRIER_GRADE else found
                own.add(address)
    return sorted(found or internal, key=lambda address: (address.version, int(address)))


def _leads_elsewhere(interface: str) -> bool:
    """Whether others than the machines on the local network are behind an interface."""
    if interface.startswith((*_GUESTS, *_TUNNELS)):
        return True
    try:
        flags = int((_INTERFACES / interface / "flags").read_text(encoding="ascii"), 16)
    except (OSError, ValueError):
        return False
    return bool(flags & _POINT_TO_POINT)


def _presentable(address: Address) -> bool:
    return not (
        address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    )


def _covers(bound: Address, address: Address) -> bool:
    if bound.is_unspecified:
        return bound.version == 6 or address.version == 4
    return bound == address

"""The addresses at which other machines can reach this one, and a name for it that stays."""

from __future__ import annotations

import hashlib
import hmac
import socket
import uuid
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import ifaddr

Address = IPv4Address | IPv6Address

_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))

_INTERNAL_NAMES = ("docker", "br-", "veth", "virbr", "cni", "flannel", "podman", "lxcbr")
"""Interfaces behind which only this machine's own guests are."""


def reachable_addresses(
    hosts: Sequence[str], adapters: Iterable[ifaddr.Adapter] | None = None
) -> list[Address]:
    """Addresses for a server that is bound to ``hosts``, sorted, IPv4 first.

    No loopback and no link-local ones (Home Assistant wants neither), and none of
    this machine's container bridges, unless there is nothing else.

    :param hosts: the addresses of the bound sockets; ``0.0.0.0`` stands for all of
        IPv4, ``::`` for all there are.
    :param adapters: the machine's, if they are known already.
    """
    bound = [ip_address(host.partition("%")[0]) for host in hosts]
    found: set[Address] = set()
    internal: set[Address] = set()
    for adapter in ifaddr.get_adapters() if adapters is None else adapters:
        own = internal if adapter.nice_name.startswith(_INTERNAL_NAMES) else found
        for ip in adapter.ips:
            address = ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
            if _presentable(address) and any(_covers(b, address) for b in bound):
                own.add(address)
    return sorted(found or internal, key=lambda address: (address.version, int(address)))


def stable_machine_name() -> str:
    """Eight hexadecimal digits that stay the same as long as this installation does.

    The machine's id is meant to stay private, hence the hash. Without one (some
    containers) the network card's address has to do.
    """
    for path in _MACHINE_ID_FILES:
        try:
            machine_id = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if machine_id and machine_id != "uninitialized":
            break
    else:
        machine_id = f"{socket.gethostname()}-{uuid.getnode():012x}"
    return hmac.digest(machine_id.encode(), b"wyoming-lfm2", hashlib.sha256).hex()[:8]


def _presentable(address: Address) -> bool:
    return not (
        address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    )


def _covers(bound: Address, address: Address) -> bool:
    if bound.is_unspecified:
        return bound.version == 6 or address.version == 4
    return bound == address

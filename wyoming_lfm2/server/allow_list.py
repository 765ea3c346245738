"""Which networks may connect: the protocol has no authentication of its own."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address


class AllowList:
    """The networks of the settings; an empty list allows everyone."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    def allows(self, host: str) -> bool:
        """Whether a peer's address, as the socket reports it, is in one of the networks.

        An IPv4 client on a dual-stack socket appears as ``::ffff:192.168.1.5`` and
        counts as IPv4, whichever way the network is written.
        """
        if not self._networks:
            return True
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            mapped = address
            return any(address.ipv4_mapped in n or mapped in n for n in self._networks)
        if not isinstance(address, IPv6Address):
            mapped = IPv6Address(f"::ffff:{address}")
            return any(address in n or mapped in n for n in self._networks)
        return any(address in n for n in self._networks)

"""How Home Assistant finds the port by itself (``discovery``)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

from pydantic import AfterValidator, Field

from wyoming_lfm2.config.sections.section import Section

Address = Annotated[IPv4Address | IPv6Address, Field(union_mode="left_to_right")]

_LONGEST_INSTANCE = 63
"""Bytes in a label of the domain name system."""


def _instance_name(value: str) -> str:
    """What zeroconf takes as a name, and can find again."""
    name = value.strip()
    if not name:
        raise ValueError("the name is blank; leave it out for the default")
    if (size := len(name.encode())) > _LONGEST_INSTANCE:
        raise ValueError(
            f"the name has {size} bytes in UTF-8, and zeroconf takes {_LONGEST_INSTANCE}; choose a shorter one"
        )
    if not all(name.split(".")) or any(c < " " or c == "\x7f" for c in name):
        raise ValueError("zeroconf takes no control characters, and dots only between other characters")
    return name


InstanceName = Annotated[str, AfterValidator(_instance_name)]
"""Of what is announced."""


class DiscoverySettings(Section):
    """How Home Assistant finds the server by itself."""

    enabled: bool = True
    """Announce the port by zeroconf."""
    instance: InstanceName | None = None
    """Instance name, at most 63 bytes; default: wyoming-lfm2 and the machine's id, so that it is stable."""
    addresses: tuple[Address, ...] = ()
    """Addresses to announce; default: the machine's own, followed when they change."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """Port to announce, behind a port mapping; default: the port of the uri."""

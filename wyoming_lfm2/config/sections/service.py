"""The Wyoming port: where it listens, who may connect, and for how long (``service``)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from wyoming_lfm2.config.sections.discovery import InstanceName
from wyoming_lfm2.config.sections.section import OrOff, Section, mapping_of


def _network(value: Any) -> Any:
    """A network, also by the address of a machine in it with the length of the prefix."""
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value).strip(), strict=False)
    except ValueError as error:
        raise ValueError(
            "write a network as 192.168.1.0/24 or fd00::/64, one machine as 192.168.1.5"
        ) from error


Network = Annotated[IPv4Network | IPv6Network, Field(union_mode="left_to_right"), BeforeValidator(_network)]


class PortSettings(Section):
    """A further port, with the limits of the first one, and announced under a name of its own."""

    uri: str
    """tcp://HOST:PORT or unix:///PATH."""
    services: tuple[Literal["asr", "tts", "conversation"], ...] = ("asr", "tts", "conversation")
    """What is served there."""


class ServiceSettings(Section):
    """The Wyoming port."""

    uri: str = "tcp://0.0.0.0:10300"
    """tcp://HOST:PORT, unix:///PATH or stdio://."""
    name: str = "lfm2"
    """Program name; Home Assistant shows it as the title of the entry."""
    connections: int = Field(default=32, ge=1, le=4096)
    """Connections at once; one more gets an error and is closed."""
    idle_timeout_s: OrOff[float] = Field(default=120.0, ge=0.1, le=86_400)
    """A connection on which nothing happens for this long is closed."""
    slow_reader_timeout_s: float = Field(default=30.0, ge=0.1, le=3600)
    """A client that does not take an answer for this long is dropped."""
    allow: tuple[Network, ...] = ()
    """Networks that may connect, like 192.168.1.0/24 (`health` needs 127.0.0.0/8 too); empty: everyone."""
    ports: Annotated[dict[InstanceName, PortSettings], BeforeValidator(mapping_of)] = Field(default={})
    """More ports by the name that discovery announces: {NAME: {uri, services: [asr, tts, conversation]}}."""

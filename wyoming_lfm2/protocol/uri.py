"""Where the port is: ``tcp://HOST:PORT``, ``unix:///PATH`` or ``stdio://``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wyoming_lfm2.protocol.errors import ServiceError

DEFAULT_PORT = 10300
"""The port that Wyoming's speech-to-text servers use."""


@dataclass(frozen=True)
class TcpUri:
    """A TCP port; host ``0.0.0.0`` is all of IPv4, ``::`` is all of IPv6 and IPv4."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"


@dataclass(frozen=True)
class UnixUri:
    """A Unix domain socket."""

    path: Path

    def __str__(self) -> str:
        return f"unix://{self.path}"


@dataclass(frozen=True)
class StdioUri:
    """One client on standard input and output."""

    def __str__(self) -> str:
        return "stdio://"


def parse_uri(uri: str) -> TcpUri | UnixUri | StdioUri:
    """Read a uri as people write it.

    :raises ServiceError: it is none of the three, or a part is missing.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise ServiceError(f"{uri!r} is not a uri ({error}). Write for example tcp://0.0.0.0:10300") from None
    if parts.scheme == "tcp":
        if parts.hostname is None or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ServiceError(f"{uri!r} does not name a host. Write for example tcp://0.0.0.0:10300")
        return TcpUri(parts.hostname, DEFAULT_PORT if port is None else port)
    if parts.scheme == "unix":
        if parts.netloc or not parts.path.strip("/"):
            text = f"{uri!r} does not name a path. Write three slashes, for example unix:///run/lfm2.sock"
            raise ServiceError(text)
        return UnixUri(Path(unquote(parts.path)))
    if parts.scheme == "stdio":
        if parts.netloc or parts.path.strip("/"):
            raise ServiceError(f"{uri!r} has too much behind the slashes. Write stdio://")
        return StdioUri()
    raise ServiceError(
        f"{uri!r} is not a uri that can be served. Write tcp://HOST:PORT, unix:///PATH or stdio://"
    )

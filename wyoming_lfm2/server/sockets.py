"""Sockets for the port, bound but not yet listening.

Binding comes before the model is loaded, so that a port in use is known at once;
listening comes after, so that nobody connects to a server that cannot answer.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.protocol.uri import TcpUri, UnixUri

BACKLOG = 100


def bind_tcp(uri: TcpUri) -> list[socket.socket]:
    """One socket for each address of the host; port 0 becomes the same free port for all.

    :raises ServiceError: the host is unknown, the port is in use or not allowed.
    """
    try:
        found = socket.getaddrinfo(uri.host, uri.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ServiceError(
            f"{uri}: the host is not known here ({error}). Use 0.0.0.0 for all addresses"
        ) from None
    sockets: list[socket.socket] = []
    port = uri.port
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            sock = socket.socket(family, kind, protocol)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                # "::" means everybody; any other address means just that one.
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address[0] != "::"))
            sock.bind((address[0], port, *address[2:]))
            port = sock.getsockname()[1]
    except OSError as error:
        for sock in sockets:
            sock.close()
        raise ServiceError(f"{uri}: {_tcp_remedy(error)}") from None
    return sockets


def _tcp_remedy(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is in use. Stop the other program, or choose another port with --uri"
    if error.errno == errno.EACCES:
        return "no permission for this port. Choose one above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address. Use 0.0.0.0 for all of its addresses"
    return f"the port cannot be opened ({error})"


def bind_unix(uri: UnixUri) -> socket.socket:
    """A socket at a path; one that a dead server left behind is replaced, a live one is not.

    :raises ServiceError: the path is taken, too long, or cannot be written.
    """
    _remove_stale(uri.path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(uri.path))
    except OSError as error:
        sock.close()
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            text = f"no permission to create it. Choose a folder that {_user()} can write"
        elif error.errno == errno.ENOENT:
            text = f"the folder {uri.path.parent} does not exist. Create it, or choose another"
        elif error.errno == errno.EADDRINUSE:
            text = "it is in use. Stop the other program, or choose another path"
        else:
            text = f"the socket cannot be created ({error}). Choose another path, shorter than 108 bytes"
        raise ServiceError(f"{uri}: {text}") from None
    return sock


def remove_unix(path: Path, inode: int) -> None:
    """Take our socket away, unless somebody else has put theirs there since."""
    with suppress(OSError):
        if path.lstat().st_ino == inode:
            path.unlink()


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise ServiceError(
            f"unix://{path}: something that is not a socket is there. Move it, or choose another path"
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            with suppress(OSError):
                path.unlink()
        except OSError:
            return  # binding will say what is wrong
        else:
            raise ServiceError(f"unix://{path}: a server is listening there. Stop it, or choose another path")


def _user() -> str:
    return f"user {os.getuid()}"

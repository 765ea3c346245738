"""A small Hugging Face Hub on loopback: the two endpoints that a download uses, and ways to break them."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server holds, and how it misbehaves."""

    repository: str
    files: dict[str, bytes]
    others: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Files of further repositories."""
    commit: str = COMMIT
    url: str = ""
    cut_after: int | None = None
    """Close each connection after so many bytes of a body."""
    stall_after: int | None = None
    """Send nothing more after so many bytes of a body, and leave the connection open."""
    ignore_ranges: bool = False
    spoil: bool = False
    """Change a byte on the way."""
    token: str | None = None
    """Only this token may look."""
    requests: list[str] = field(default_factory=list)
    """``METHOD path range`` of everything asked for."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when nobody is served any more."""

    def content(self, name: str) -> bytes | None:
        """A file of any repository."""
        return next((files[name] for files in (self.files, *self.others.values()) if name in files), None)

    def bodies_asked_for(self) -> list[str]:
        return [line for line in self.requests if "/cdn/" in line]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        hub = self.server.hub
        path = self.path.split("?")[0]
        range_header = self.headers.get("Range", "")
        hub.requests.append(f"GET {path} {range_header}".strip())
        private = hub.token is not None and "/cdn/" not in path
        if private and self.headers.get("Authorization") != f"Bearer {hub.token}":
            self._refuse(401, "RepoNotFound")
            return
        if path.startswith("/api/models/"):
            self._describe(path.removeprefix("/api/models/"))
        elif match := re.fullmatch(rf"/[^/]+/[^/]+/resolve/{hub.commit}/(.+)", path):
            self.send_response(302)
            self.send_header("Location", f"{hub.url}/cdn/{match.group(1)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif content := hub.content(path.removeprefix("/cdn/")):
            self._send_body(content, range_header)
        else:
            self._refuse(404, "EntryNotFound")

    def _describe(self, what: str) -> None:
        hub = self.server.hub
        repository, _, revision = what.partition("/revision/")
        files = {hub.repository: hub.files, **hub.others}.get(repository)
        if files is None:
            self._refuse(404, "RepoNotFound")
            return
        if revision not in ("main", hub.commit):
            self._refuse(404, "RevisionNotFound")
            return
        siblings = [
            {
                "rfilename": name,
                "size": len(content),
                "lfs": {
                    "size": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "pointerSize": 130,
                },
            }
            for name, content in files.items()
        ]
        siblings.append({"rfilename": "README.md", "size": 10, "lfs": None})
        body = json.dumps({"id": repository, "sha": hub.commit, "siblings": siblings}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_body(self, content: bytes, range_header: str) -> None:
        hub = self.server.hub
        start = 0
        if range_header and not hub.ignore_ranges:
            start = int(range_header.removeprefix("bytes=").split("-")[0])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        body = content[start:]
        if hub.spoil:
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: hub.cut_after][: hub.stall_after])
        if hub.stall_after is not None:
            hub.over.wait()
        if hub.cut_after is not None:
            self.close_connection = True

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """Serve ``hub`` until the block ends; its ``url`` says where."""
    server = _Server(hub)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.over.set()
        server.shutdown()
        thread.join()
        server.server_close()

"""Two machines on one cable, made of Linux network namespaces; needs the right to make them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Namespaces:
    """Names for ``ip netns exec``; each has an interface ``eth0`` on the common cable."""

    left: str
    right: str

    def command(self, namespace: str, *command: str) -> list[str]:
        """A command line that runs in a namespace."""
        return ["ip", "netns", "exec", namespace, *command]

    def ip(self, namespace: str, *arguments: str) -> None:
        """Configure something in a namespace."""
        _run("ip", "-n", namespace, *arguments)


@contextmanager
def two_namespaces() -> Iterator[Namespaces]:
    """10.77.0.1 and fd77::1 on the left, 10.77.0.2 and fd77::2 on the right; skips where not permitted."""
    if shutil.which("ip") is None:
        pytest.skip("needs the command ip (package iproute2)")
    names = Namespaces(f"lfm2-left-{os.getpid()}", f"lfm2-right-{os.getpid()}")
    try:
        try:
            _run("ip", "netns", "add", names.left)
            _run("ip", "netns", "add", names.right)
            _run(
                *("ip", "link", "add", "eth0", "netns", names.left),
                *("type", "veth", "peer", "name", "eth0", "netns", names.right),
            )
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces are not permitted here: {error.stderr.strip()}")
        for number, namespace in enumerate((names.left, names.right), start=1):
            names.ip(namespace, "address", "add", f"10.77.0.{number}/24", "dev", "eth0")
            names.ip(namespace, "address", "add", f"fd77::{number}/64", "dev", "eth0", "nodad")
            names.ip(namespace, "link", "set", "lo", "up")
            names.ip(namespace, "link", "set", "eth0", "up")
            names.ip(namespace, "route", "add", "default", "dev", "eth0")
        yield names
    finally:
        for namespace in (names.left, names.right):
            with suppress(subprocess.CalledProcessError):
                _run("ip", "netns", "delete", namespace)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)

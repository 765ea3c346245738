"""What a machine on the same cable sees of the server (users' rows 5 and 6)."""

from __future__ import annotations

import asyncio
import sys

from tests.network_namespaces import two_namespaces

ANNOUNCE = """
import asyncio, sys
from pathlib import Path
from wyoming_lfm2.config.settings import DiscoverySettings
from wyoming_lfm2.discovery.announcer import Discovery
async def main():
    announced = Discovery(DiscoverySettings(instance="left"), ["::"], 10300, Path("."), poll_s=0.2)
    announced.start()
    await asyncio.to_thread(sys.stdin.read)
    await announced.stop()
asyncio.run(main())
"""

BROWSE = """
import asyncio
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf
async def main():
    zeroconf = AsyncZeroconf(ip_version=IPVersion.All)
    changes = asyncio.Queue()
    def changed(zeroconf, service_type, name, state_change):
        changes.put_nowait((state_change.name, name))
    AsyncServiceBrowser(zeroconf.zeroconf, "_wyoming._tcp.local.", handlers=[changed])
    while True:
        change, name = await changes.get()
        info = await zeroconf.async_get_service_info("_wyoming._tcp.local.", name, 1000)
        addresses = sorted(info.parsed_addresses(IPVersion.All)) if info and change != "Removed" else []
        print(change, name.partition(".")[0], *addresses, flush=True)
asyncio.run(main())
"""


async def test_another_machine_sees_the_server_come_move_and_go() -> None:
    """Two network namespaces: IPv4 and IPv6, a new address, the goodbye."""
    with two_namespaces() as names:
        pipe = asyncio.subprocess.PIPE
        python = sys.executable
        browser = await asyncio.create_subprocess_exec(
            *names.command(names.right, python, "-c", BROWSE), stdout=pipe
        )
        server = await asyncio.create_subprocess_exec(
            *names.command(names.left, python, "-c", ANNOUNCE), stdin=pipe
        )
        assert browser.stdout is not None
        assert server.stdin is not None

        async def sees(line: str) -> None:
            assert browser.stdout is not None
            async with asyncio.timeout(60):
                while (seen := (await browser.stdout.readline()).decode().strip()) != line:
                    assert seen, "the browser ended"

        try:
            await sees("Added left 10.77.0.1 fd77::1")
            names.ip(names.left, "address", "add", "10.77.0.99/24", "dev", "eth0")
            await sees("Updated left 10.77.0.1 10.77.0.99 fd77::1")
            server.stdin.close()
            await sees("Removed left")
            assert await server.wait() == 0
        finally:
            for process in (browser, server):
                if process.returncode is None:
                    process.kill()
                await process.wait()

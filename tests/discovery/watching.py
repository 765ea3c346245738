"""What another machine sees of a server over zeroconf."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from wyoming_lfm2.discovery.announcer import SERVICE_TYPE

GUARD_S = 60.0
NAME = "wyoming-lfm2-under-test"


class Watcher:
    """Another machine's view, over loopback."""

    def __init__(self) -> None:
        self.zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"])
        self.changes: asyncio.Queue[tuple[ServiceStateChange, str]] = asyncio.Queue()
        self.browser = AsyncServiceBrowser(self.zeroconf.zeroconf, SERVICE_TYPE, handlers=[self._changed])

    def _changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        self.changes.put_nowait((state_change, name.removesuffix(f".{SERVICE_TYPE}")))

    async def sees(self, change: ServiceStateChange, name: str = NAME) -> None:
        """Wait for a change of one name; other servers on the network may come and go."""
        async with asyncio.timeout(GUARD_S):
            while await self.changes.get() != (change, name):
                pass

    async def info(self, name: str = NAME) -> AsyncServiceInfo:
        info = await self.zeroconf.async_get_service_info(SERVICE_TYPE, f"{name}.{SERVICE_TYPE}", 30_000)
        assert info is not None
        return info

    async def close(self) -> None:
        await self.browser.async_cancel()
        await self.zeroconf.async_close()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what has no event to wait for."""
    async with asyncio.timeout(GUARD_S):
        while not await true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)

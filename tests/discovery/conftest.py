from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.discovery.watching import Watcher


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    watcher = Watcher()
    yield watcher
    await watcher.close()

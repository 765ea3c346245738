"""Home Assistant itself, as it starts from a configuration folder, without its front end."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from homeassistant import bootstrap, loader
from homeassistant.config import async_hass_config_yaml
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry, entity_registry

from tests.home_assistant.server import free_port

ROOMS = ("Kitchen", "Bedroom")
"""Each has one light, "Kitchen Light" and so on."""

_CONFIGURATION = """\
homeassistant:
  name: A home under test
  unit_system: metric
  time_zone: Europe/London
  currency: EUR
  country: GB
  latitude: 51.5
  longitude: 0.0
  elevation: 0
http:
  server_host: 127.0.0.1
  server_port: {port}
ffmpeg:
  ffmpeg_bin: {ffmpeg}
zeroconf:
assist_pipeline:
intent:
conversation:
input_boolean:
{relays}
template:
  - light:
{lights}
"""

_RELAY = """\
  {room}_relay:
    name: Relay {number}
"""

_LIGHT = """\
      - name: {name} Light
        unique_id: {room}_light
        state: "{{{{ is_state('input_boolean.{room}_relay', 'on') }}}}"
        turn_on: {{action: input_boolean.turn_on, target: {{entity_id: input_boolean.{room}_relay}}}}
        turn_off: {{action: input_boolean.turn_off, target: {{entity_id: input_boolean.{room}_relay}}}}
"""


@asynccontextmanager
async def home_assistant(folder: Path) -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant on this configuration folder; a second run finds what the first one stored."""
    if not (folder / "configuration.yaml").exists():
        write_configuration(folder)
    # Its front end, the backup, the energy page and so on are not what these tests are about, and take
    # packages of their own. All that is named in the configuration is set up as always.
    bootstrap.DEFAULT_INTEGRATIONS = set()
    hass = HomeAssistant(str(folder))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    assert await bootstrap.async_from_config_dict(await async_hass_config_yaml(hass), hass) is not None
    await hass.async_start()
    areas, entities = area_registry.async_get(hass), entity_registry.async_get(hass)
    for room in ROOMS:
        area = areas.async_get_area_by_name(room) or areas.async_create(room)
        entities.async_update_entity(f"light.{room.lower()}_light", area_id=area.id)
    try:
        yield hass
    finally:
        await hass.async_stop(force=True)


def write_configuration(folder: Path) -> None:
    """Make ``folder`` the configuration of a home with two rooms and a light in each."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [(name, name.lower()) for name in ROOMS]
    text = _CONFIGURATION.format(
        port=free_port(),
        ffmpeg=ffmpeg(),
        relays="".join(_RELAY.format(room=room, number=n) for n, (_, room) in enumerate(names, start=1)),
        lights="".join(_LIGHT.format(name=name, room=room) for name, room in names),
    )
    (folder / "configuration.yaml").write_text(text)


def ffmpeg() -> str:
    """The machine's ffmpeg, or the one that the set-up brought along."""
    if found := shutil.which("ffmpeg"):
        return found
    assert find_spec("imageio_ffmpeg"), "run script/set-up-home-assistant"
    from imageio_ffmpeg import get_ffmpeg_exe

    return str(get_ffmpeg_exe())


def light_is(hass: HomeAssistant, room: str) -> str:
    """Whether the light of a room is "on" or "off"."""
    state = hass.states.get(f"light.{room}_light")
    assert state is not None
    return state.state


async def switch(hass: HomeAssistant, room: str, *, on: bool) -> None:
    """Switch the light of a room by hand."""
    service = "turn_on" if on else "turn_off"
    await hass.services.async_call("light", service, {"entity_id": f"light.{room}_light"}, blocking=True)
    await hass.async_block_till_done()
    assert light_is(hass, room) == ("on" if on else "off")

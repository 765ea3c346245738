"""Home Assistant finds the server by itself: ``_wyoming._tcp.local.`` over zeroconf.

The library's helper announces the address that was bound, 0.0.0.0 for instance,
under a name made of a random network card. Here the name is one and stays one
(Home Assistant takes a new name for a new device), the addresses are the
machine's real ones and followed when they change, and nothing that goes wrong
on the network keeps the server from serving.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path

from zeroconf import Error as ZeroconfError
from zeroconf import IPVersion, NonUniqueNameException
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from wyoming_lfm2.config.settings import DiscoverySettings
from wyoming_lfm2.discovery.addresses import Address, reachable_addresses
from wyoming_lfm2.discovery.machine_name import stable_machine_name
from wyoming_lfm2.protocol.uri import DEFAULT_PORT

_LOGGER = logging.getLogger(__name__)

SERVICE_TYPE = "_wyoming._tcp.local."

_POLL_S = 30.0
"""How often the machine's addresses are looked at."""

_GOODBYE_S = 1.5
"""Withdrawing the announcement may take this long."""


class Discovery:
    """The announcement of one port: :meth:`start`, and :meth:`stop` to withdraw it."""

    def __init__(
        self,
        settings: DiscoverySettings,
        hosts: Sequence[str],
        port: int,
        cache: Path,
        poll_s: float = _POLL_S,
        *,
        name: str | None = None,
    ) -> None:
        """:param hosts: the addresses that the server is bound to.

        :param port: the port that it is bound to.
        :param cache: the folder for what has to last; see :func:`~.machine_name.stable_machine_name`.
        :param name: of a further port, in the place of ``instance`` of the settings; their ``port`` is the first's.
        """
        self._settings = settings
        self._hosts = hosts
        self._bound_port = port
        self._port = port if name else settings.port or port
        self._cache = cache
        self._poll_s = poll_s
        self._name = name or settings.instance or ""
        self._task: asyncio.Task[None] | None = None
        self._zeroconf: AsyncZeroconf | None = None
        self._info: AsyncServiceInfo | None = None
        self._complaint = ""

    def start(self) -> None:
        """Announce in the background; what prevents it is logged, never raised."""
        if not self._settings.enabled:
            _LOGGER.info("Not announced by zeroconf: discovery.enabled is off")
        elif not self._settings.addresses and not reachable_in_principle(self._hosts):
            hosts = ", ".join(self._hosts)
            _LOGGER.info("Not announced by zeroconf: bound to %s, which only this machine can reach", hosts)
        else:
            self._name = self._name or default_instance(self._bound_port, self._cache)
            self._task = asyncio.create_task(self._keep_announced(), name="discovery")

    async def stop(self) -> None:
        """Say goodbye, so that clients forget the server at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        zeroconf, self._zeroconf = self._zeroconf, None
        if zeroconf is None:
            return
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await zeroconf.async_close()
        except (TimeoutError, OSError, ZeroconfError) as error:
            _LOGGER.debug("The goodbye was not sent: %s", error)

    async def _keep_announced(self) -> None:
        while True:
            try:
                await self._announce(self._addresses())
                self._complaint = ""
            except NonUniqueNameException:
                self._complain(
                    f"Another server on the network is called {self._name!r}. Set discovery.instance to a "
                    "name of its own for each; until then this one is not announced"
                )
            except (OSError, ZeroconfError, RuntimeError) as error:
                self._complain(f"Not announced by zeroconf, tried again every {self._poll_s:g} s: {error!r}")
            except Exception:
                _LOGGER.exception("Not announced by zeroconf because of a mistake in the server")
                return
            await asyncio.sleep(self._poll_s)

    async def _announce(self, addresses: list[Address]) -> None:
        """Bring what is announced in line with ``addresses``."""
        if self._info is not None and addresses == _addresses_of(self._info):
            return
        if not addresses:
            if self._info is None:
                self._complain("Not announced by zeroconf: this machine has no address on a network yet")
            return  # a network that is away for a while: keep what we said
        version = IPVersion.All if any(a.version == 6 for a in addresses) else IPVersion.V4Only
        if self._zeroconf is None:
            self._zeroconf = AsyncZeroconf(ip_version=version)
        else:
            await self._zeroconf.async_update_interfaces(ip_version=version)
        info = self._service_info(addresses)
        if self._info is None:
            await (await self._zeroconf.async_register_service(info))
        else:
            await (await self._zeroconf.async_update_service(info))
        self._info = info
        where = ", ".join(str(address) for address in addresses)
        _LOGGER.info("Announced by zeroconf as %r at %s, port %d", self._name, where, self._port)

    def _service_info(self, addresses: list[Address]) -> AsyncServiceInfo:
        return AsyncServiceInfo(
            SERVICE_TYPE,
            f"{self._name}.{SERVICE_TYPE}",
            addresses=[address.packed for address in addresses],
            port=self._port,
            server=f"{host_label(self._name)}.local.",
        )

    def _addresses(self) -> list[Address]:
        if self._settings.addresses:
            return _sorted(self._settings.addresses)
        return reachable_addresses(self._hosts)

    def _complain(self, text: str) -> None:
        """Warn, but only once about the same thing."""
        if text != self._complaint:
            _LOGGER.warning(text)
        self._complaint = text


def default_instance(port: int, cache: Path) -> str:
    """The instance name if the settings have none: another one for each server on a machine."""
    suffix = "" if port == DEFAULT_PORT else f"-{port}"
    return f"wyoming-lfm2-{stable_machine_name(cache)}{suffix}"


def reachable_in_principle(hosts: Sequence[str]) -> bool:
    """Whether a server bound to ``hosts`` can be reached from another machine at all."""
    return any(not ip_address(host.partition("%")[0]).is_loopback for host in hosts)


def _addresses_of(info: AsyncServiceInfo) -> list[Address]:
    return _sorted([ip_address(packed) for packed in info.addresses_by_version(IPVersion.All)])


def _sorted(addresses: Iterable[Address]) -> list[Address]:
    return sorted(addresses, key=lambda address: (address.version, int(address)))


def host_label(instance: str) -> str:
    """A host name of our own (not the machine's, which avahi may announce already), unlike any other server's.

    Letters, digits and hyphens of the instance name; if it has anything else, a hash of it is appended,
    since the names of all rooms that are not written in Latin letters would otherwise be one.
    """
    label = "".join(c if c.isascii() and c.isalnum() else "-" for c in instance).strip("-")
    if label == instance:
        return label
    digits = hashlib.sha256(instance.encode()).hexdigest()[:8]
    return f"{label[:54].rstrip('-') or 'wyoming-lfm2'}-{digits}"

"""What goes wrong with one request ends its connection, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from wyoming_lfm2.audio.pcm import AudioFormatError
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.protocol.errors import ConnectionEndedError, RequestError
from wyoming_lfm2.server.service import Client

_LOGGER = logging.getLogger(__name__)


@contextmanager
def failures_end(client: Client) -> Iterator[None]:
    """Turn what the work inside raises into the ``error`` that ends the connection of ``client``.

    That the client is gone already is no failure; a cancellation passes through.
    """
    try:
        yield
    except ConnectionEndedError:
        pass
    except (EngineError, AudioFormatError) as error:
        client.fail(RequestError(str(error), error.code))
    except Exception:
        _LOGGER.exception("%s: a mistake in the server", client.name)
        client.fail(RequestError("Internal error", "internal"))

"""The client is tried against the port of ``tests/server``."""

from tests.server.conftest import (  # noqa: F401
    nothing_fails_unseen,
    port,
    quick_collections,
    start_port,
    uri,
)

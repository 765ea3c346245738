"""What the Wyoming port says when it cannot go on.

Two kinds: the port cannot be opened (:class:`ServiceError`, for the person who
started the program), and one client's connection has to end
(:class:`RequestError`, sent to that client as ``error{text, code}``).
"""

from __future__ import annotations

from textwrap import shorten

_LONGEST_TEXT = 200
"""Characters; no text of our own is longer."""


class ServiceError(Exception):
    """The port cannot be opened; the text says why and what to do."""


class RequestError(Exception):
    """A request failed: its client gets an ``error`` event and the connection is closed."""

    def __init__(self, text: str, code: str) -> None:
        # Texts may quote what the client sent, and become a line in the log.
        self.text = shorten(text, _LONGEST_TEXT, placeholder=" ...")
        self.code = code
        super().__init__(f"{self.text} ({code})")


class BadEventError(RequestError):
    """What the client sent is not a Wyoming event, or lacks what its type needs."""

    def __init__(self, text: str, code: str = "bad-event") -> None:
        super().__init__(text, code)


class ConnectionEndedError(Exception):
    """The client is gone, or its connection is being closed: nothing more can be sent."""

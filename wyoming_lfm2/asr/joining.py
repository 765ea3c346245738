"""The texts of the pieces become one transcript, while they are still being written."""

from __future__ import annotations


class TranscriptJoiner:
    """Puts one space between pieces and none around the whole.

    What it has given is never taken back, so white space waits until it is known
    that something follows it in the same piece.
    """

    def __init__(self) -> None:
        self._said_something = False
        self._piece = ""
        self._waiting = ""

    def add(self, fragment: str) -> str:
        """Take the next fragment of the piece; what of the transcript is new by that, maybe nothing."""
        text = self._waiting + fragment if self._piece else fragment.lstrip()
        settled = text.rstrip()
        self._waiting = text[len(settled) :]
        if not settled:
            return ""
        separator = " " if self._said_something and not self._piece else ""
        self._piece += settled
        return separator + settled

    def end_piece(self) -> str:
        """Begin the next piece; the text of this one, without white space around it."""
        piece, self._piece, self._waiting = self._piece, "", ""
        self._said_something = self._said_something or bool(piece)
        return piece

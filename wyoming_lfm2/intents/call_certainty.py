"""An answer that may be a call, taken in as it is written, and how sure of the call the model is.

The measure is the least probability of any piece of the call, from the decision to call up to its end: that
something is done at all, the intent, each slot and its value, that no slot is missing, that nothing else is done
besides. A call is right only if all of them are, and where the model wavers it wavers in one or two. From one half
on, each piece was likelier than all others together. The probabilities are those before the grammar: a model
that wanted to write something else, and was not allowed to, is not sure.
"""

from __future__ import annotations

from wyoming_lfm2.intents.calls import Call, read_call
from wyoming_lfm2.intents.grammar import CALL_END, CALL_START


class CallCertainty:
    """Takes the fragments of one answer."""

    def __init__(self) -> None:
        self._call = ""
        self.certainty = 1.0
        """Least probability of a piece of the call so far; 1 if there is none."""

    @property
    def calls(self) -> bool:
        """Whether it is a call."""
        return bool(self._call)

    @property
    def call_is_written(self) -> bool:
        """Whether the call is complete; what is said of it may follow."""
        return CALL_END in self._call

    def feed(self, text: str, probability: float) -> str:
        """Take the next fragment.

        :returns: it, if the answer is only words; they can be said at once.
        """
        if not self._call and text != CALL_START:
            return text
        if not self.call_is_written:
            self.certainty = min(self.certainty, probability)
        self._call += text
        return ""

    def call(self) -> Call:
        """The call, with what is said of it.

        :raises CallError: it is none that Home Assistant could take.
        """
        return read_call(self._call)

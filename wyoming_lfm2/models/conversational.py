"""Whether a nano was trained to converse, and on which prompts.

Its file says so by a tag, since some were made only to hear, or to speak.
"""

from __future__ import annotations

from pathlib import Path

from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.tags import CONVERSATIONAL, read_tags

NANO_PROMPT = "Answer briefly."
NANO_HOME_PROMPT = "Answer briefly. Control the home."
"""What nano is told before a dialogue, without home control and with it; it knows no other."""


def chat_unavailable_reason(backbone: Path) -> str:
    """Why the nano in ``backbone`` does not converse, and what to do; empty if it was trained to.

    Empty, too, for a file that cannot be read: what is wrong with it says whoever checks it.
    """
    try:
        tags = read_tags(backbone)
    except ModelFileError:
        return ""
    if CONVERSATIONAL in tags:
        return ""
    return (
        f"The nano in {backbone} was not trained to hold a conversation. For answers take the one that comes with "
        "the package (model.name nano, without model.directory), or set model.name to lfm2.5-audio-1.5b."
    )

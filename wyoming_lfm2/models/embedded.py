"""nano, the model set that comes with the package: what it is, and whether a file of it was trained to converse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.models import voices
from wyoming_lfm2.models.model_set import ModelDescription

EMBEDDED = "nano"

EMBEDDED_FOLDER = Path(__file__).parent / EMBEDDED
"""Inside the package."""

TAGS = "general.tags"
CONVERSATIONAL = "conversational"
"""Some were made only to hear, or to speak; this tag says of one that it converses. It is the hub's word for that."""

NANO_PROMPT = "Answer briefly."
NANO_HOME_PROMPT = "Answer briefly. Control the home."
"""What nano is told before a dialogue, without home control and with it; it knows no other."""

NANO = ModelDescription(
    EMBEDDED,
    "nano, a small LFM2-Audio for Home Assistant's commands, English",
    languages=("en",),
    # This project's own, in the architecture of LFM2-Audio.
    maker="wyoming-lfm2",
    voices=voices.NANO,
    interleaved=replace(voices.INTERLEAVED, temperature=voices.NANO[0].temperature),
    conversation_prompt=NANO_PROMPT,
    home_prompt=NANO_HOME_PROMPT,
)


def read_tags(backbone: Path) -> frozenset[str]:
    """What a backbone file says of itself in a word each; nothing where it has no such key.

    :raises ModelFileError: it cannot be read.
    """
    value = read_header(backbone).metadata.get(TAGS)
    items = value.items if value is not None else None
    return frozenset(item.decode("utf-8", "replace") for item in items or () if isinstance(item, bytes))


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

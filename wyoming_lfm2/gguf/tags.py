"""What a backbone file says of itself beyond its sizes, as nano's do."""

from __future__ import annotations

from pathlib import Path

from wyoming_lfm2.gguf.header import read_header

TAGS = "general.tags"
CONVERSATIONAL = "conversational"
"""It was trained to hold a dialogue; the word of the Hugging Face Hub."""


def read_tags(backbone: Path) -> frozenset[str]:
    """The tags of a file; none where it has no such key. Raises ModelFileError for one that cannot be read."""
    value = read_header(backbone).metadata.get(TAGS)
    items = value.items if value is not None else None
    return frozenset(item.decode("utf-8", "replace") for item in items or () if isinstance(item, bytes))

"""Words that this server adds to the Wyoming protocol. Other servers and clients pass over them."""

from __future__ import annotations

VAD_OFF = "off"
"""``vad_sensitivity`` of ``transcribe`` for a recording, which has an end of its own: do not listen for one."""

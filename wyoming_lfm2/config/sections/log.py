"""What is written down (``log``)."""

from __future__ import annotations

from typing import Literal

from wyoming_lfm2.config.sections.section import Place, Section


class LogSettings(Section):
    """What is written down. Audio and transcripts are not, unless asked for here."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severity that is logged."""
    transcripts: bool = False
    """Log transcripts, answers, and what is to be spoken, at level info (private data)."""
    save_audio: Place | None = None
    """Folder in which every request's audio is kept (private data)."""

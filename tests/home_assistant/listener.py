"""Whether what was spoken can be understood, where a Whisper is at hand."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from tests.home_assistant.server import GUARD_S


@dataclass(frozen=True)
class Listener:
    """Whisper, in a Python of its own."""

    python: Path
    model: Path

    async def hears(self, recording: Path) -> str:
        """What Whisper takes the recording for."""
        process = await asyncio.create_subprocess_exec(
            *(str(self.python), str(Path(__file__).with_name("whisper.py")), str(self.model), str(recording)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(GUARD_S):
            out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode().strip()


def words(text: str) -> list[str]:
    """Its words, without signs and capitals."""
    return re.findall(r"[a-z0-9']+", text.lower())


def share_of_words(wanted: str, heard: str) -> float:
    """How many of the words that should be there are there, in this order, from 0 to 1."""
    # Longest common subsequence.
    row = [0] * (len(words(heard)) + 1)
    for word in words(wanted):
        before = 0
        for at, other in enumerate(words(heard), start=1):
            before, row[at] = row[at], before + 1 if word == other else max(row[at], row[at - 1])
    return row[-1] / max(1, len(words(wanted)))

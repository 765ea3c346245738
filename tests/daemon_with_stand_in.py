"""The daemon as a process of its own, with a stand-in for the model.

``python -m tests.daemon_with_stand_in SETTINGS_JSON [MANNER]``, which is load-for-ever, hang, hang-in-a-step, fail,
busy-close, talkative, die or small
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.server.converser_stand_in import StandInConverser
from tests.server.hung_model import SteppingTranscriber
from tests.server.speaker_stand_in import StandInSpeaker
from wyoming_lfm2.app import run
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.engine.api import EngineInfo
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.protocol.errors import ServiceError


class StandInEngine(SteppingTranscriber):
    """With a voice, a mind, and the end that an engine has."""

    def __init__(self, manner: str) -> None:
        super().__init__()
        self.speaker = StandInSpeaker()
        self.speak = self.speaker.speak
        converser = StandInConverser()
        self.answer = converser.answer
        self.choose = converser.choose
        self.converse = converser.converse
        self.check_told = converser.check_told
        if manner == "small":
            converser.longest_told = 10
        self._manner = manner
        if manner in ("hang", "die"):
            self.may_begin.clear()
        if manner == "hang-in-a-step":
            self.may_step.clear()

    @property
    def info(self) -> EngineInfo:
        return self.speaker.info

    async def wait_closed(self) -> None:
        """For ever, unless it is to fail as soon as it is asked for something."""
        if self._manner == "die":
            await self.at_work.wait()
        else:
            await asyncio.Event().wait()

    async def close(self) -> None:
        """Free nothing; or take long over it, in a thread that cannot be interrupted."""
        if self._manner == "busy-close":
            await asyncio.to_thread(time.sleep, 3600)


def main() -> int:
    """Serve; the exit status as the command line would have it."""
    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(levelname)s %(message)s")
    settings = Settings.model_validate_json(sys.argv[1])
    manner = sys.argv[2] if len(sys.argv) > 2 else ""

    async def load() -> StandInEngine:
        print("loading", file=sys.stderr, flush=True)
        if manner == "load-for-ever":
            await asyncio.to_thread(time.sleep, 3600)
        if manner == "fail":
            raise ModelFileError(Path("backbone.gguf"), "The file is cut short", "Download it again")
        if manner == "talkative":
            print("a library says hello on standard output", flush=True)
        return StandInEngine(manner)

    try:
        limit_s = 0.5 if manner == "hang-in-a-step" else 60.0
        return run(settings, load, Path(tempfile.gettempdir()), limit_s)
    except (ServiceError, ModelFileError, EngineError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

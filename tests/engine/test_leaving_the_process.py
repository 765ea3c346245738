"""A library that is torn down while it computes would crash; the exit status says whether it did."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wyoming_lfm2.models.model_set import ModelSet

_PROGRAM = """
import asyncio, sys
from pathlib import Path
import numpy as np
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine import engine as module
from wyoming_lfm2.models.model_set import ModelDescription, ModelSet

module.CLOSE_TIMEOUT_S = 0.0

async def main():
    model_set = ModelSet(ModelDescription("tiny"), Path(sys.argv[1]), Path(sys.argv[2]))
    engine = await module.Engine.load(model_set, EngineSettings(threads=1), 30.0)
    work = asyncio.create_task(anext(engine.transcribe(np.zeros(480_000, np.float32))))
    await asyncio.sleep(0.05)
    if sys.argv[3] == "closed":
        await engine.close()
        result = (await asyncio.gather(work, return_exceptions=True))[0]
        print(type(result).__name__, flush=True)
    else:
        print("left", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize(("way", "says"), [("closed", "EngineClosedError"), ("forgotten", "left")])
def test_a_process_that_leaves_in_the_middle_of_a_step_leaves_cleanly(
    endless_set: ModelSet, way: str, says: str
) -> None:
    command = [sys.executable, "-c", _PROGRAM, str(endless_set.backbone), str(endless_set.mmproj), way]
    result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=150)
    assert (result.returncode, result.stdout.strip()) == (0, says)
    assert "Traceback" not in result.stderr

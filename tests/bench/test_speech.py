"""That the measurements of speech work, on a model that has next to no size. What they give is not judged."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from bench.speech_run import MANY, measure_speech
from bench.speech_table import speech_tables
from tests.model_sets import tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.llama.process_environment import prepare

prepare("passive")


async def test_speech_is_measured_from_its_parts_to_four_listeners_and_a_command(tmp_path: Path) -> None:
    speaking = tiny_model_set(tmp_path / "tiny", speech=True)
    results = await measure_speech(speaking, EngineSettings(threads=1), tmp_path / "cache", 1, 1.0)
    assert results.parts.keys() == {1, MANY}
    for times in results.parts.values():
        assert times["a whole frame, 80 ms of sound"] > times["of these, heads"] > 0
    assert results.first_sound_s > 0
    assert results.with_command.command_s is not None
    assert results.alone.command_s is None
    assert json.loads(json.dumps(asdict(results)))["peak_bytes"] > 2**20

    parts, listening = (table.splitlines() for table in speech_tables({1: results}).split("\n\n"))
    assert parts[0] == f"| one frame of speech, Q4_0 | 1 thread, one utterance | 1 thread, {MANY} at once |"
    assert [row.count("|") for row in parts] == [4] * 8
    assert [row.count("|") for row in listening] == [3] * 8

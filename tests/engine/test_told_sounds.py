"""A model whose file says how words sound is told it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model_sets import tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.gguf.pronunciations import Pronunciations


@pytest.mark.parametrize("known", [None, Pronunciations({"turn": "T*N", "on": "ON"})])
async def test_the_sounds_stand_in_the_prompt_if_the_file_has_them(
    tmp_path: Path, known: Pronunciations | None
) -> None:
    model_set = tiny_model_set(tmp_path, speech=True, pronunciations=known)
    engine = await Engine.load(model_set, EngineSettings(threads=1), 30.0, tmp_path / "cache")
    try:
        prompt = engine._speech.prompt  # type: ignore[union-attr]
        told = "Turn T*N it /IT on. ON" if known else "Turn it on."
        said = prompt.vocabulary.tokenize(told, special=False)
        assert prompt.text("Turn it on.")[: len(said)] == tuple(said)
        assert prompt.text("Turn it on.")[len(said)] == prompt.im_end
    finally:
        await engine.close()

"""A model whose file says that it wants letters is given them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model_sets import tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.models.spelling import spelled
from wyoming_lfm2.models.tags import SPELLED


@pytest.mark.parametrize("tags", [(), (SPELLED,)])
async def test_the_letters_stand_in_the_prompt_if_the_file_wants_them(
    tmp_path: Path, tags: tuple[str, ...]
) -> None:
    model_set = tiny_model_set(tmp_path, speech=True, tags=tags)
    engine = await Engine.load(model_set, EngineSettings(threads=1), 30.0, tmp_path / "cache")
    try:
        prompt = engine._speech.prompt  # type: ignore[union-attr]
        text = "Turn it on."
        said = prompt.vocabulary.tokenize(spelled(text) if tags else text, special=False)
        assert prompt.text(text)[: len(said)] == tuple(said)
        assert prompt.text(text)[len(said)] == prompt.im_end
    finally:
        await engine.close()

from __future__ import annotations

import asyncio

import pytest

from tests.engine.conftest import noise, transcript
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.models.model_set import ModelSet


@pytest.mark.parametrize(
    "settings",
    [
        EngineSettings(threads=1, sequences=32, queue=1),
        EngineSettings(threads=1, sequences=1, context=256),
        EngineSettings(threads=1, sequences=32, context=256),
        EngineSettings(threads=3),
        EngineSettings(),
        EngineSettings(threads=1, gpu_layers=99),
    ],
    ids=["most sequences", "least of all", "little context", "odd threads", "defaults", "offloaded"],
)
async def test_every_way_to_run_gives_the_same_transcripts(
    endless_set: ModelSet, endless: Engine, settings: EngineSettings
) -> None:
    pieces = [noise(1, seed) for seed in range(min(6, settings.sequences + settings.queue))]
    expected = [await transcript(endless, piece) for piece in pieces]
    engine = await Engine.load(endless_set, settings, 30.0)
    assert await asyncio.gather(*(transcript(engine, piece) for piece in pieces)) == expected
    await engine.close()


async def test_a_context_that_no_memory_holds_is_said_with_the_setting_to_change(
    endless_set: ModelSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wyoming_lfm2.engine.llama.library import load_library
    from wyoming_lfm2.gguf.errors import ModelFileError

    library = load_library()
    monkeypatch.setattr(library.llama, "llama_init_from_model", lambda *_: None)
    with pytest.raises(ModelFileError, match=r"engine\.context"):
        await Engine.load(endless_set, EngineSettings(threads=1), 30.0)

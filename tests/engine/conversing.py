"""Talking to a tiny random model, and counting what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wyoming_lfm2.config.settings import ConversationSettings, EngineSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.models.model_set import ModelSet

SYSTEM = "You are the voice of a home."
LIMITS = ConversationSettings(answer_tokens=12, dialogue_tokens=400)


async def conversing(
    model_set: ModelSet,
    limits: ConversationSettings = LIMITS,
    cache: Path | None = None,
    **settings: Any,
) -> Engine:
    """An engine that is to be closed."""
    return await Engine.load(model_set, EngineSettings(threads=1, **settings), 30.0, cache, limits)


async def answered(engine: Engine, text: str, dialogue: str | None = None, system: str = SYSTEM) -> str:
    """All fragments joined."""
    return "".join([fragment async for fragment in engine.answer(text, dialogue, system)])


def model_of(engine: Engine) -> ModelRunner:
    """The model behind the engine."""
    return engine._scheduler.loaded.result(timeout=0)


def history_of(engine: Engine, dialogue: str) -> DialogueHistory:
    """What is remembered of a dialogue."""
    history = engine._conversation._dialogues.get(dialogue).history
    assert history is not None
    return history


def forget_kept_sequences(engine: Engine) -> int:
    """Free what dialogues left in the model's memory, as a request that needs the room does; how many it was."""
    pool = model_of(engine).sequences
    kept = set(pool._dialogues.values())
    pool._forget(kept)
    return len(kept)


@contextmanager
def counted_rows(engine: Engine) -> Iterator[list[int]]:
    """The rows of each decode of the backbone while this lasts."""
    backbone = model_of(engine).backbone
    decode = backbone._decode
    rows: list[int] = []

    def counting(batch: Any, *, hidden: bool = False) -> None:
        rows.append(batch.n_tokens)
        decode(batch, hidden=hidden)

    backbone._decode = counting  # type: ignore[method-assign]
    try:
        yield rows
    finally:
        backbone._decode = decode  # type: ignore[method-assign]

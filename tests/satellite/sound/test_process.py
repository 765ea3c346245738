"""Sound programs that are well, silent, hanging, dying or missing."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from wyoming_lfm2.satellite.sound import process
from wyoming_lfm2.satellite.sound.device import SoundError
from wyoming_lfm2.satellite.sound.process import ProcessLoudspeaker, ProcessMicrophone
from wyoming_lfm2.satellite.sound.processing import CaptureFormat

CHILD = (sys.executable, "-m", "wyoming_lfm2.satellite.sound.pyaudio_child")

FAKE_PYAUDIO = """
import os, time
paInt16 = 8
class Stream:
    def __init__(self, out): self.out = out
    def read(self, n, exception_on_overflow=True):
        if os.environ.get("FAKE_READ") == "fail": raise OSError(-9999, "Unanticipated host error")
        if os.environ.get("FAKE_READ") == "hang": time.sleep(3600)
        time.sleep(n / 16000 / 4)
        return b"\\x05\\x00" * n
    def write(self, pcm):
        open(os.environ["FAKE_OUT"], "ab").write(pcm)
        time.sleep(len(pcm) / 2 / 24000)
    def stop_stream(self): open(os.environ["FAKE_OUT"] + ".stops", "ab").write(b"x")
    def start_stream(self): pass
    def get_input_latency(self): return 0.03
    def get_output_latency(self): return 0.04
class PyAudio:
    devices = [
        {"index": 0, "name": "Webcam", "maxInputChannels": 1, "maxOutputChannels": 0, "defaultSampleRate": 48000.0},
        {"index": 1, "name": "Speaker", "maxInputChannels": 0, "maxOutputChannels": 2, "defaultSampleRate": 48000.0},
    ]
    def __init__(self):
        os.write(2, b"ALSA lib complains\\n" * 80)
        if os.environ.get("FAKE_OPEN") == "hang": time.sleep(3600)
    def get_device_count(self): return len(self.devices)
    def get_device_info_by_index(self, i): return self.devices[i]
    def get_default_input_device_info(self): return self.devices[0]
    def open(self, **k):
        if os.environ.get("FAKE_OPEN") == "none": raise OSError(-9996, "Invalid input device")
        if k["rate"] == 16000 and os.environ.get("FAKE_OPEN") == "rate": raise ValueError("Invalid sample rate")
        return Stream(k["output"])
"""


@pytest.fixture
def fake_pyaudio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyaudio.py").write_text(FAKE_PYAUDIO)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(process.__file__).parents[3]}")
    monkeypatch.setenv("FAKE_OUT", str(tmp_path / "out"))
    return tmp_path


def microphone(*more: str) -> ProcessMicrophone:
    return ProcessMicrophone((*CHILD, "record", *more), says_ready=True)


async def frames_of(source: ProcessMicrophone, count: int) -> list[int]:
    levels = []
    async for frame in source.frames():
        levels.append(int(frame.samples[0]))
        if len(levels) == count:
            break
    return levels


async def emptied(speaker: ProcessLoudspeaker) -> None:
    while speaker.queued_bytes():  # noqa: ASYNC110 - nothing tells when a pipe is empty
        await asyncio.sleep(0.01)


async def write_on(speaker: ProcessLoudspeaker) -> None:
    for _ in range(100):
        await speaker.write(bytes(960))
        await asyncio.sleep(0.02)


async def test_pyaudio_in_its_own_process_gives_frames_and_no_alsa_noise(fake_pyaudio: Path) -> None:
    source = microphone()
    await source.open()
    assert await frames_of(source, 5) == [5] * 5
    await source.close()


async def test_a_device_that_only_knows_its_own_rate_is_resampled(
    fake_pyaudio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_OPEN", "rate")
    source = microphone()
    await source.open()
    levels = await frames_of(source, 20)
    assert levels[-5:] == [5] * 5
    await source.close()


async def test_a_read_that_fails_and_a_device_that_is_not_there_are_said(
    fake_pyaudio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_READ", "fail")
    source = microphone()
    await source.open()
    with pytest.raises(SoundError, match="Unanticipated host error"):
        await frames_of(source, 1)
    monkeypatch.setenv("FAKE_OPEN", "none")
    with pytest.raises(SoundError, match="there is no such sound device here"):
        await microphone().open()


async def test_a_wrong_name_is_answered_with_those_that_there_are(fake_pyaudio: Path) -> None:
    with pytest.raises(SoundError, match="no device called 'Jabra'; there are: 'Webcam'"):
        await microphone("--device", "Jabra").open()


async def test_a_hanging_portaudio_is_killed(fake_pyaudio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "OPEN_TIMEOUT_S", 1.0)
    monkeypatch.setenv("FAKE_OPEN", "hang")
    source = microphone()
    with pytest.raises(SoundError, match="did not open within"):
        await source.open()
    assert source.pid is None
    monkeypatch.setattr(process, "OPEN_TIMEOUT_S", 10.0)
    monkeypatch.setattr(process, "STALLED_S", 0.5)
    monkeypatch.delenv("FAKE_OPEN")
    monkeypatch.setenv("FAKE_READ", "hang")
    source = microphone()
    await source.open()
    with pytest.raises(SoundError, match="no sound came"):
        await frames_of(source, 1)
    await source.close()
    assert source.pid is None


async def test_the_loudspeaker_takes_sound_as_fast_as_it_plays_it(fake_pyaudio: Path) -> None:
    speaker = ProcessLoudspeaker((*CHILD, "play", "--rate", "24000"), 24_000, says_ready=True)
    await speaker.open()
    assert speaker.latency_s == 0.04
    pcm = np.arange(24_000, dtype=np.int16).tobytes()
    began = time.monotonic()
    await speaker.write(pcm)
    # All but the pipe and the child's own piece has been played when the last of it was taken.
    assert time.monotonic() - began > 0.8
    await emptied(speaker)
    await asyncio.sleep(0.1)
    await speaker.close()
    assert (fake_pyaudio / "out").read_bytes() == pcm


async def test_flush_drops_what_is_queued(fake_pyaudio: Path) -> None:
    speaker = ProcessLoudspeaker((*CHILD, "play", "--rate", "24000"), 24_000, says_ready=True)
    await speaker.open()
    await speaker.write(b"\1\0" * 6000)
    await speaker.flush()
    await speaker.write(b"\2\0" * 4000)
    await emptied(speaker)
    await asyncio.sleep(0.1)
    await speaker.close()
    played = (fake_pyaudio / "out").read_bytes()
    assert played.count(b"\1\0") < 6000
    assert played.count(b"\2\0") == 4000
    assert (fake_pyaudio / "out.stops").read_bytes() == b"x"


async def test_any_recorder_will_do_and_its_channel_is_chosen() -> None:
    endless = "while 1: sys.stdout.buffer.write(b'\\1\\0\\7\\0' * 512); sys.stdout.flush(); time.sleep(0.01)"
    program = f"import sys, time\n{endless}"
    source = ProcessMicrophone((sys.executable, "-c", program), CaptureFormat(16_000, 2, 1))
    await source.open()
    assert await frames_of(source, 3) == [7, 7, 7]
    await source.close()


async def test_a_program_that_is_missing_or_ends_is_said_with_its_last_words() -> None:
    with pytest.raises(SoundError, match="cannot be started"):
        await ProcessMicrophone(("/nowhere/arecord",)).open()
    program = "import sys; sys.exit('arecord: main:831: audio open error: No such file or directory')"
    source = ProcessMicrophone((sys.executable, "-c", program))
    await source.open()
    with pytest.raises(SoundError, match="audio open error"):
        await frames_of(source, 1)
    speaker = ProcessLoudspeaker((sys.executable, "-c", program), 24_000)
    await speaker.open()
    with pytest.raises(SoundError, match="audio open error"):
        await write_on(speaker)
    await speaker.close()

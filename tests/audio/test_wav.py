"""The header of a WAV file, against readers that are not ours."""

from __future__ import annotations

import asyncio
import io
import struct
import wave
from pathlib import Path

import pytest
import soundfile

from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.audio.wav import WavWriter, missing_bytes, wav_header
from wyoming_lfm2.server.saved_audio import SavedAudio

FORMATS = [PcmFormat(16_000, 2, 1), PcmFormat(48_000, 3, 2), PcmFormat(8_000, 1, 1), PcmFormat(44_100, 4, 2)]


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def written(stream: io.BytesIO, fmt: PcmFormat, *pieces: bytes) -> bytes:
    writer = WavWriter(stream, fmt)
    for pcm in pieces:
        writer.write(pcm)
    writer.finish()
    return stream.getvalue()


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_other_readers_see_the_format_and_the_sound(fmt: PcmFormat) -> None:
    pcm = bytes(range(fmt.frame_bytes * 3))
    data = written(io.BytesIO(), fmt, pcm[:7], pcm[7:])
    with wave.open(io.BytesIO(data)) as wav:
        assert (wav.getframerate(), wav.getsampwidth(), wav.getnchannels()) == (
            fmt.rate,
            fmt.width,
            fmt.channels,
        )
        assert wav.readframes(100) == pcm
    assert soundfile.info(io.BytesIO(data)).frames == 3


@pytest.mark.parametrize("size", [0, 3, 4])
def test_what_the_header_counts_is_there(size: int) -> None:
    """RIFF's own length ends with the file, also where the sound's is odd and a byte follows it."""
    data = written(io.BytesIO(), PcmFormat(8_000, 1, 1), bytes(size))
    riff, length = struct.unpack_from("<4sI", data)
    assert (riff, length) == (b"RIFF", len(data) - 8)
    assert data[:44] == wav_header(PcmFormat(8_000, 1, 1), size)


def test_the_same_holds_for_a_request_that_is_saved(tmp_path: Path) -> None:
    async def save() -> None:
        recording = SavedAudio(tmp_path).recording()
        await recording.write(b"\x80\x81\x82", PcmFormat(8_000, 1, 1))
        await recording.close()

    asyncio.run(save())
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == wav_header(PcmFormat(8_000, 1, 1), 3) + b"\x80\x81\x82\0"


def test_into_a_pipe_the_sound_seems_endless_and_is_not_taken_for_cut_short() -> None:
    data = written(Pipe(), PcmFormat(16_000, 2, 1), bytes(1000))
    assert len(data) == 1044
    assert missing_bytes(io.BytesIO(data)) == 0
    assert soundfile.info(io.BytesIO(data)).frames == 500


@pytest.mark.parametrize("cut", [0, 1, 400])
def test_bytes_that_are_missing_are_counted(cut: int) -> None:
    data = written(io.BytesIO(), PcmFormat(16_000, 2, 1), bytes(1000))
    assert missing_bytes(io.BytesIO(data[: len(data) - cut])) == cut


def test_other_files_miss_nothing() -> None:
    assert missing_bytes(io.BytesIO(b"fLaC and more")) == 0

from __future__ import annotations

import io
import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from wyoming_lfm2.audio.files import AudioFileError, read_pcm, read_samples

SECONDS = 2.5


def tone(rate: int, channels: int = 1) -> np.ndarray:
    one = 0.4 * np.sin(2 * np.pi * 440 * np.arange(int(SECONDS * rate)) / rate)
    return np.stack([one * (channel + 1) / channels for channel in range(channels)], axis=1)


def heard(source: Path | io.BufferedIOBase) -> np.ndarray:
    blocks = list(read_samples(source))
    assert all(block.dtype == np.float32 and block.ndim == 1 for block in blocks)
    return np.concatenate(blocks)


@pytest.mark.parametrize(
    ("name", "subtype", "rate", "channels", "tolerance"),
    [
        ("a.wav", "PCM_16", 16_000, 1, 1e-4),
        ("a.wav", "PCM_U8", 8_000, 2, 2e-2),
        ("a.wav", "PCM_24", 96_000, 6, 1e-3),
        ("a.wav", "FLOAT", 44_100, 2, 1e-3),
        ("a.flac", "PCM_16", 22_050, 1, 1e-3),
        ("a.ogg", "VORBIS", 48_000, 2, 5e-2),
        ("a.mp3", "MPEG_LAYER_III", 44_100, 1, 5e-2),
        ("a.aiff", "PCM_16", 32_000, 1, 1e-3),
    ],
)
def test_usual_files_become_16_khz_mono(
    tmp_path: Path, name: str, subtype: str, rate: int, channels: int, tolerance: float
) -> None:
    path = tmp_path / name
    soundfile.write(path, tone(rate, channels), rate, subtype=subtype)
    samples = heard(path)
    assert len(samples) == pytest.approx(SECONDS * 16_000, abs=1_500)
    expected = soxr.resample(tone(rate, channels).mean(axis=1), rate, 16_000)
    if name.endswith(("mp3", "ogg")):  # their filters shift the phase a little: compare the loudness
        assert np.std(samples[4_000:-4_000]) == pytest.approx(np.std(expected), rel=tolerance)
    else:
        np.testing.assert_allclose(samples[800:-800], expected[800:-800], atol=tolerance)


def test_pcm_is_the_same_sound_in_sixteen_bits(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16_000), 16_000, subtype="PCM_16")
    integers, _ = soundfile.read(path, dtype="int16")
    assert b"".join(read_pcm(path)) == integers.astype("<i2").tobytes()


def test_a_long_file_comes_in_blocks_of_a_second(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    soundfile.write(path, np.tile(tone(16_000), (8, 1)), 16_000)
    lengths = [len(block) for block in read_samples(path)]
    assert sum(lengths) == 20 * 16_000
    assert max(lengths) <= 16_000


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(22_050), 22_050)
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as end:
            end.write(path.read_bytes())

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as pipe:
        np.testing.assert_array_equal(heard(pipe), heard(path))
    writer.join()


@pytest.mark.parametrize("length", [0x7FFFFFFF - 36, 0xFFFFFFFF])
def test_a_wav_whose_writer_could_not_know_its_length_is_read_to_its_end(length: int) -> None:
    pcm = (tone(16_000)[:, 0] * 32767).astype("<i2").tobytes()
    header = b"RIFF" + struct.pack("<I", length) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16) + b"data" + struct.pack("<I", length)
    assert len(heard(io.BytesIO(header + pcm))) == len(pcm) // 2


def wav_bytes(rate: int = 16_000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone(rate), rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def no_samples() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros((0, 1)), 16_000, format="WAV")
    return file.getvalue()


def flac_bytes() -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 40_000)
    soundfile.write(file, noise, 16_000, format="FLAC")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"Turn on the light, please.\n" * 50, "is not a sound file"),
        (bytes(5_000), "is not a sound file"),
        (wav_bytes()[:20], "is not a sound file"),
        (no_samples(), "holds no sound"),
        (wav_bytes()[:40_000], "is truncated: it ends after 1.2 s"),
        (wav_bytes(44_100)[:100_001], "is truncated"),
        (flac_bytes()[:30_000], "is truncated|is damaged"),
    ],
    ids=["empty", "text", "zeros", "half a header", "only a header", "cut WAV", "cut in a frame", "cut FLAC"],
)
def test_a_bad_file_gets_one_sentence_with_its_name(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "given.wav"
    path.write_bytes(content)
    with pytest.raises(AudioFileError, match=said) as refused:
        heard(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.code == "audio-file"


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="does not exist"):
        heard(tmp_path / "nothing.wav")
    with pytest.raises(AudioFileError, match="is a folder"):
        heard(tmp_path)


def test_a_path_through_a_file_is_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(AudioFileError, match="cannot be read"):
        heard(tmp_path / "file" / "inside.wav")

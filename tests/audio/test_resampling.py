from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from wyoming_lfm2.audio.pcm import PcmFormat, decode
from wyoming_lfm2.audio.resampling import PcmStream, Resampler

NOISE = np.random.default_rng(7).integers(0, 256, 40_000, dtype=np.uint8).tobytes()


def chunked(pcm: bytes, lengths: list[int]) -> list[bytes]:
    chunks, at = [], 0
    for length in lengths:
        chunks.append(pcm[at : at + length])
        at += length
    return [*chunks, pcm[at:]]


@settings(deadline=None, max_examples=60)
@given(
    rate=st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]),
    width=st.sampled_from([1, 2, 3, 4]),
    channels=st.sampled_from([1, 2]),
    lengths=st.lists(st.integers(0, 9_000), max_size=20),
)
def test_chunks_of_any_length_give_what_one_chunk_gives(
    rate: int, width: int, channels: int, lengths: list[int]
) -> None:
    fmt = PcmFormat(rate, width, channels)
    resampler = Resampler(fmt)
    parts = [resampler.feed_pcm(chunk) for chunk in chunked(NOISE, lengths)]
    joined = np.concatenate([*parts, resampler.flush()])

    whole = decode(NOISE[: len(NOISE) // fmt.frame_bytes * fmt.frame_bytes], fmt)
    at_once = soxr.resample(whole, rate, 16_000) if rate != 16_000 else whole
    assert joined.dtype == np.float32
    assert joined.shape == at_once.shape
    np.testing.assert_allclose(joined, at_once, atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_a_tone_keeps_its_pitch_level_and_length(rate: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(rate) / rate)
    resampler = Resampler(PcmFormat(rate, 2, 1))
    heard = np.concatenate([resampler.feed_pcm((tone * 32767).astype("<i2").tobytes()), resampler.flush()])
    assert len(heard) == 16_000
    expected = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000)
    np.testing.assert_allclose(heard[800:-800], expected[800:-800], atol=1e-3)


def test_a_stream_without_audio_gives_nothing() -> None:
    resampler = Resampler(PcmFormat(44_100, 2, 2))
    assert len(resampler.feed_pcm(b"")) == 0
    assert len(resampler.feed_pcm(b"\1\2\3")) == 0
    assert len(resampler.flush()) == 0


def test_a_new_format_first_brings_out_the_rest_of_the_old_one() -> None:
    low, high = PcmFormat(8_000, 2, 1), PcmFormat(48_000, 2, 2)
    stream = PcmStream()
    parts = [stream.feed_pcm(NOISE[:8_001], low), stream.feed_pcm(NOISE[8_001:16_000], low)]
    parts += [stream.feed_pcm(NOISE[16_000:], high), stream.flush()]
    old = soxr.resample(decode(NOISE[:16_000], low), 8_000, 16_000)
    new = soxr.resample(decode(NOISE[16_000:], high), 48_000, 16_000)
    np.testing.assert_allclose(np.concatenate(parts), np.concatenate([old, new]), atol=1e-6)


def test_a_stream_that_was_flushed_begins_anew() -> None:
    fmt, stream = PcmFormat(22_050, 2, 1), PcmStream()
    first = np.concatenate([stream.feed_pcm(NOISE, fmt), stream.flush()])
    again = np.concatenate([stream.feed_pcm(NOISE, fmt), stream.flush()])
    np.testing.assert_array_equal(first, again)
    assert len(stream.flush()) == 0

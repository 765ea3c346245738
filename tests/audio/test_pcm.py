from __future__ import annotations

import numpy as np
import pytest

from wyoming_lfm2.audio.pcm import AudioFormatError, PcmFormat, decode, encode_s16

VALUES = np.array([0.0, 0.5, -0.5, -1.0, 0.25], dtype=np.float32)


def packed(values: np.ndarray, width: int) -> bytes:
    """The reverse of decoding, by Python's integers."""
    if width == 1:
        return bytes(round(float(value) * 128) + 128 for value in values)
    scale = 2 ** (8 * width - 1)
    return b"".join(round(float(value) * scale).to_bytes(width, "little", signed=True) for value in values)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_gives_the_same_numbers(width: int) -> None:
    decoded = decode(packed(VALUES, width), PcmFormat(16_000, width, 1))
    assert decoded.dtype == np.float32
    assert decoded.tolist() == VALUES.tolist()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_two_channels_are_heard_as_their_average(width: int) -> None:
    both = np.stack([VALUES, np.zeros_like(VALUES)], axis=1).reshape(-1)
    decoded = decode(packed(both, width), PcmFormat(16_000, width, 2))
    assert decoded.tolist() == (VALUES / 2).tolist()


def test_no_bytes_are_no_samples() -> None:
    assert decode(b"", PcmFormat(16_000, 2, 1)).shape == (0,)


def test_part_of_a_frame_is_not_decoded() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        decode(b"\0\0\0", PcmFormat(16_000, 2, 1))


@pytest.mark.parametrize(
    ("rate", "width", "channels", "named"),
    [
        (7_999, 2, 1, "7999 Hz"),
        (48_001, 2, 1, "48001 Hz"),
        (0, 2, 1, "0 Hz"),
        (16_000, 0, 1, "0 bytes"),
        (16_000, 5, 1, "5 bytes"),
        (16_000, 2, 0, "0 channels"),
        (16_000, 2, 3, "3 channels"),
        (16_000.5, 2, 1, "rate"),
        ("16000", 2, 1, "rate"),
        (16_000, None, 1, "width"),
        (16_000, 2, True, "channels"),
    ],
)
def test_a_format_that_is_not_taken_says_which_part_is_wrong(
    rate: object, width: object, channels: object, named: str
) -> None:
    with pytest.raises(AudioFormatError, match=named) as refused:
        PcmFormat(rate, width, channels)  # type: ignore[arg-type]
    assert refused.value.code == "audio-format"


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_usual_rates_are_taken(rate: int) -> None:
    assert PcmFormat(rate, 2, 1).bytes_per_second == 2 * rate


def test_sixteen_bits_come_back_as_they_were() -> None:
    fmt = PcmFormat(16_000, 2, 1)
    pcm = np.arange(-32768, 32768, dtype="<i2").tobytes()
    assert encode_s16(decode(pcm, fmt)) == pcm


def test_samples_that_are_too_loud_are_clipped() -> None:
    assert np.frombuffer(encode_s16(np.array([2.0, -2.0], np.float32)), "<i2").tolist() == [32767, -32768]

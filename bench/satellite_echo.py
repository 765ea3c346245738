"""``python -m bench.satellite_echo`` tells whether a wake word is heard while the satellite itself speaks.

A simulation: an answer through a loudspeaker that distorts (tanh) and a room (a measured impulse response, or
40 ms of way and a decay of 0.2 s), a person's wake word on top, frames that arrive in bursts. Echo levels are
relative to the word's. The loudspeaker is made quieter by 15 dB while speech is found, where a way has that.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.satellite_wake_words import made_clips, read_clip
from wyoming_lfm2.satellite.core.happenings import SpeechStarted
from wyoming_lfm2.satellite.echo import Ducking, EchoReducer, NoEcho
from wyoming_lfm2.satellite.micro_wake_word import MicroWakeWords
from wyoming_lfm2.satellite.speech_activity import SpeechActivity
from wyoming_lfm2.satellite.speex_echo import SpeexEcho
from wyoming_lfm2.satellite.wake_word import RATE, WakeWordSettings

FRAME = 512
WORD_LEVEL = 0.05
"""Root mean square of the person's word at the microphone, of full scale."""
NOISE_LEVEL = 0.0005
DUCK = 10 ** (-15 / 20)
WORD_AT_S = 8.0
LOUDNESS = 2.0
"""Before the loudspeaker's distortion."""
AHEAD = 2
"""Frames between the loudspeaker's taking of a sound and its being heard."""
ANSWER = (
    "The weather tomorrow will be mostly cloudy with a little rain in the morning and a light wind from the west. "
    "In the afternoon it becomes warmer, up to eighteen degrees, and in the evening the sky is going to be clear."
)


@dataclass(frozen=True)
class Way:
    """What is done about the echo."""

    name: str
    reducer: Callable[[], EchoReducer]
    ducks: bool


WAYS = (
    Way("nothing", NoEcho, ducks=False),
    Way("ducking", Ducking, ducks=True),
    Way("Speex", SpeexEcho, ducks=False),
    Way("Speex and ducking", SpeexEcho, ducks=True),
)


def level(sound: NDArray[np.float64]) -> float:
    """Root mean square of what is louder than a tenth of the peak."""
    loud = np.abs(sound) > 0.1 * np.abs(sound).max()
    return float(np.sqrt(np.mean(sound[loud] ** 2)))


def room(path: Path | None) -> NDArray[np.float64]:
    """An impulse response."""
    if path is not None:
        return read_clip(path).astype(np.float64)[: RATE // 2]
    rng = np.random.default_rng(7)
    times = np.arange(int(0.2 * RATE)) / RATE
    tail = rng.normal(0, 1, len(times)) * np.exp(-times * 6.9 / 0.2) * 0.1
    tail[0] = 1.0
    return np.concatenate([np.zeros(int(0.04 * RATE)), tail])


class Room:
    """An echo, frame by frame."""

    def __init__(self, response: NDArray[np.float64], gain: float) -> None:
        self._size = 1 << (len(response) + FRAME).bit_length()
        response = response * gain / np.sqrt(np.sum(response**2))
        self._response = np.fft.rfft(response, self._size)
        self._tail = np.zeros(self._size)

    def hear(self, frame: NDArray[np.float64]) -> NDArray[np.float64]:
        """What of this frame and of those before it arrives."""
        self._tail += np.fft.irfft(np.fft.rfft(frame, self._size) * self._response, self._size)
        heard = self._tail[:FRAME].copy()
        self._tail = np.concatenate([self._tail[FRAME:], np.zeros(FRAME)])
        return heard


def as_pcm(sound: NDArray[np.float64]) -> NDArray[np.int16]:
    """Signed 16 bit."""
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16)


def found(
    way: Way,
    word: NDArray[np.float64],
    answer: NDArray[np.float64],
    echo_db: float,
    response: NDArray[np.float64],
) -> tuple[bool, bool]:
    """Whether the word was heard, and whether anything was before it was said."""
    rng = np.random.default_rng(3)
    count = int((WORD_AT_S + len(word) / RATE + 1.0) * RATE) // FRAME
    dry = np.resize(answer, (count + AHEAD) * FRAME)
    room_sound = Room(response, WORD_LEVEL * 10 ** (echo_db / 20) / level(np.tanh(dry * LOUDNESS)))
    said = np.zeros(len(dry))
    begin = int(WORD_AT_S * RATE)
    said[begin : begin + len(word)] = word * WORD_LEVEL / level(word)
    noise = rng.normal(0, NOISE_LEVEL, len(dry))
    reducer, activity = way.reducer(), SpeechActivity()
    detector = MicroWakeWords([WakeWordSettings("okay_nabu", "medium")])
    gains = np.ones(len(dry))
    hit = early = False
    for number in range(count):
        now = slice(number * FRAME, (number + 1) * FRAME)
        due = (number + 1) * FRAME / RATE
        arrived = due + float(rng.choice([0.0, 0.01, 0.033]))
        # What is going to be heard is known as early as it is given to the loudspeaker.
        ahead = slice(now.start + AHEAD * FRAME, now.stop + AHEAD * FRAME)
        reducer.play(as_pcm(dry[ahead] * gains[ahead]), due + AHEAD * FRAME / RATE)
        heard = room_sound.hear(np.tanh(dry[now] * gains[now] * LOUDNESS)) + said[now] + noise[now]
        cleaned, somebody = reducer.clean(as_pcm(heard), arrived)
        for happening in activity.feed(cleaned, arrived, counts=somebody):
            if way.ducks:
                gains[now.stop + AHEAD * FRAME :] = DUCK if isinstance(happening, SpeechStarted) else 1.0
        if detector.feed(cleaned, arrived):
            hit, early = hit or due > WORD_AT_S, early or due <= WORD_AT_S
    reducer.close()
    return hit, early


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m bench.satellite_echo", description=__doc__)
    parser.add_argument(
        "--said", type=Path, help='folder of clips of "okay nabu"; default: espeak-ng and flite'
    )
    parser.add_argument("--answer", type=Path, help="what the satellite says; default: flite")
    parser.add_argument("--room", type=Path, help="an impulse response; default: an artificial one")
    wanted = parser.parse_args()
    clips = list(made_clips("okay nabu"))
    if wanted.said is not None:
        clips += [read_clip(path) for path in sorted(wanted.said.iterdir())]
    answers = [read_clip(wanted.answer)] if wanted.answer is not None else list(made_clips(ANSWER))[-4:-3]
    answer = answers[0].astype(np.float64)
    response = room(wanted.room)
    print(f"{len(clips)} clips of okay nabu, medium sensitivity")
    print("| echo, relative to the word | nothing | ducking | Speex | Speex and ducking |")
    print("| --- " * 5 + "|")
    for echo_db in (-100.0, -6.0, 6.0):
        cells = []
        for way in WAYS:
            results = [found(way, clip.astype(np.float64), answer, echo_db, response) for clip in clips]
            cells.append(f"{sum(hit for hit, _ in results)} ({sum(early for _, early in results)} in vain)")
        print(f"| {echo_db:+g} dB | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

"""``python -m bench.satellite_listening`` measures what listening costs while nobody speaks.

Processor per second of sound, part by part, on a quiet room (faint noise) and on speech; and memory.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.echo import Ducking
from wyoming_lfm2.satellite.micro_wake_word import PACKAGED, MicroWakeWords
from wyoming_lfm2.satellite.pre_roll import PreRoll
from wyoming_lfm2.satellite.speech_activity import SpeechActivity
from wyoming_lfm2.satellite.speex_echo import SpeexEcho
from wyoming_lfm2.satellite.wake_word import WakeWordSettings

FRAME = 512
FRAME_S = FRAME / 16_000
ROUNDS = 2000


def memory_mb() -> float:
    """Resident now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def cost(work: Callable[[NDArray[np.int16], float], object], sound: NDArray[np.int16]) -> float:
    """Processor seconds per second of sound."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    before = time.process_time()
    for number in range(ROUNDS):
        work(frames[number % len(frames)], (number + 1) * FRAME_S)
    return (time.process_time() - before) / (ROUNDS * FRAME_S)


def main() -> None:
    """Measure and print a Markdown table."""
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 20, ROUNDS * FRAME).astype(np.int16)
    rows = []
    before = memory_mb()
    one = MicroWakeWords([WakeWordSettings("okay_nabu")])
    rows.append(("wake words, one", cost(one.feed, sound), memory_mb() - before))
    before = memory_mb()
    rows.append(
        ("wake words, four", cost(MicroWakeWords([WakeWordSettings(n) for n in PACKAGED]).feed, sound), 0.0)
    )
    before = memory_mb()
    rows.append(("voice activity", cost(SpeechActivity().feed, sound), memory_mb() - before))
    rows.append(("pre-roll", cost(PreRoll().add, sound), 0.0))
    for name, make in (("ducking", Ducking), ("Speex", SpeexEcho)):
        reducer = make()

        def work(frame: NDArray[np.int16], at: float, it: Ducking | SpeexEcho = reducer) -> None:
            it.play(frame, at)
            it.clean(frame, at)

        rows.append((f"echo by {name}, while it speaks", cost(work, sound), 0.0))
    print("| part | of one core | memory |")
    print("| --- | --- | --- |")
    for name, share, more in rows:
        print(f"| {name} | {100 * share:.2f} % | {f'{more:.0f} MB' if more else '-'} |")
    print(f"\nAll of it with Python and NumPy: {memory_mb():.0f} MB")


if __name__ == "__main__":
    main()

"""``python -m bench.satellite_stop_phrases`` counts stop phrases that the resident model finds, and those it makes up.

``--said FOLDER`` has clips in which somebody says "stop" and nothing else; ``--other FOLDER`` clips of other words.
Each goes the satellite's way: voice activity, one short piece of speech, transcript, comparison.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.satellite_wake_words import prepared, read_clip
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.models.locate import locate_model_set
from wyoming_lfm2.satellite.speech_activity import SpeechActivity
from wyoming_lfm2.satellite.stop_phrase import StopPhraseListener, StopPhraseSettings

FRAME = 512
Transcribe = Callable[[NDArray[np.float32]], Awaitable[str]]


async def judge(clip: NDArray[np.float32], transcribe: Transcribe) -> tuple[bool, list[str]]:
    """Whether a stop phrase is found, and what the model heard."""
    heard: list[str] = []

    async def noted(sound: NDArray[np.float32]) -> str:
        heard.append(await transcribe(sound))
        return heard[-1]

    activity, listener = SpeechActivity(), StopPhraseListener(StopPhraseSettings(), noted)
    samples, _ = prepared(clip)
    for number in range(len(samples) // FRAME):
        frame, at = samples[number * FRAME : (number + 1) * FRAME], (number + 1) * FRAME / 16_000
        listener.add(frame, at)
        for happening in activity.feed(frame, at):
            piece = listener.speech(happening)
            if piece is not None and await listener.judge(piece) is not None:
                return True, heard
    return False, heard


async def measure(said: list[Path], other: list[Path]) -> None:
    """Load ``nano`` and print a Markdown table."""
    # Imported here: llama.cpp reads its environment when it is loaded.
    from wyoming_lfm2.engine.engine import Engine

    settings = Settings()
    engine = await Engine.load(locate_model_set(settings.model), settings.engine, 30.0)
    took: list[float] = []

    async def transcribe(sound: NDArray[np.float32]) -> str:
        began = time.perf_counter()
        async with aclosing(engine.transcribe(sound)) as fragments:
            text = "".join([fragment async for fragment in fragments])
        took.append(time.perf_counter() - began)
        return text

    print("| clips | | taken for a stop phrase | no short piece of speech | otherwise heard, most often |")
    print("| --- | --- | --- | --- | --- |")
    for kind, folders in (("stop", said), ("other words", other)):
        for folder in folders:
            results = [await judge(read_clip(path), transcribe) for path in sorted(folder.iterdir())]
            found = sum(is_stop for is_stop, _ in results)
            silent = sum(not heard for _, heard in results)
            texts = Counter(" / ".join(heard) for is_stop, heard in results if not is_stop and heard)
            often = ", ".join(f"{text!r} {count}" for text, count in texts.most_common(6))
            print(f"| {folder.name} | {kind} | {found} of {len(results)} | {silent} | {often} |", flush=True)
    print(f"\nOne transcript: median {np.median(took):.3f} s, most {max(took):.3f} s")
    await engine.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.satellite_stop_phrases", description=__doc__)
    parser.add_argument("--said", action="append", default=[], type=Path, metavar="FOLDER")
    parser.add_argument("--other", action="append", default=[], type=Path, metavar="FOLDER")
    wanted = parser.parse_args()
    prepare("passive")
    asyncio.run(measure(wanted.said, wanted.other))


if __name__ == "__main__":
    main()

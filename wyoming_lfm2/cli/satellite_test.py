"""``wyoming-lfm2 satellite test``: is the room set up? Records, shows the level and the wake words, plays it back."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any

from wyoming_lfm2.cli.command import CommandError
from wyoming_lfm2.cli.satellite import BRAIN, SATELLITE
from wyoming_lfm2.cli.settings_options import add_settings_options, gather
from wyoming_lfm2.config.settings import Settings

if TYPE_CHECKING:
    from wyoming_lfm2.satellite.wake_word import WakeWordDetector

_LINE_S = 0.5
_METER = 40


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "test",
        help="record, show the level and the wake words' scores, play back",
        description="Records for some seconds, and shows twice a second how loud it is and how likely each wake "
        "word was; then plays what it has recorded.",
    )
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="how long; 10 by default")
    add_settings_options(parser, [short for short in SATELLITE if short is not BRAIN])
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Test the room."""
    settings = gather(arguments).settings
    from wyoming_lfm2.protocol.errors import ServiceError
    from wyoming_lfm2.satellite.sound.device import SoundError
    from wyoming_lfm2.satellite.wake_word import WakeWordError

    try:
        asyncio.run(_test(settings, min(max(arguments.seconds, 1.0), 600.0)))
    except (ServiceError, SoundError, WakeWordError) as error:
        raise CommandError(str(error)) from error
    return 0


async def _test(settings: Settings, seconds: float) -> None:
    from wyoming_lfm2.satellite import assembly

    sound = assembly.sound_settings(settings.satellite)
    detector = await asyncio.to_thread(assembly.wake_words, settings.satellite)
    try:
        recorded = await _record(assembly.ChosenMicrophone(sound), detector, seconds)
        await _play(assembly.ChosenLoudspeaker(sound), recorded)
    finally:
        detector.close()


async def _record(microphone: Any, detector: WakeWordDetector, seconds: float) -> bytes:
    from wyoming_lfm2.satellite.sound.processing import decibels

    recorded = bytearray()
    print(f"Speak: {seconds:g} s are recorded.", flush=True)
    try:
        await microphone.open()
        end = time.monotonic() + seconds
        shown = time.monotonic()
        loudest = -100.0
        best: dict[str, float] = {}
        async for frame in microphone.frames():
            recorded += frame.pcm
            loudest = max(loudest, decibels(frame.samples))
            for found in detector.feed(frame.samples, frame.captured_at):
                print(f"  {found.phrase}!", flush=True)
            for name, score in detector.scores().items():
                best[name] = max(score, best.get(name, 0.0))
            if time.monotonic() - shown >= _LINE_S:
                _show(loudest, best)
                shown, loudest, best = time.monotonic(), -100.0, {}
            if time.monotonic() >= end:
                break
    finally:
        await microphone.close()
    return bytes(recorded)


def _show(level: float, scores: dict[str, float]) -> None:
    bar = "#" * round(_METER * min(max((level + 60) / 60, 0.0), 1.0))
    words = "  ".join(f"{name} {score:.2f}" for name, score in scores.items())
    print(f"  {level:6.1f} dB |{bar:<{_METER}}| {words}", flush=True)


async def _play(loudspeaker: Any, recorded: bytes) -> None:
    import numpy as np
    import soxr

    if not recorded:
        print("Nothing was recorded.", file=sys.stderr)
        return
    print("And this is what was heard:", flush=True)
    samples = soxr.resample(np.frombuffer(recorded, "<i2"), 16_000, loudspeaker.rate)
    try:
        await loudspeaker.open()
        await loudspeaker.write(samples.astype("<i2").tobytes())
        await asyncio.sleep(loudspeaker.queued_bytes() / 2 / loudspeaker.rate + loudspeaker.latency_s + 0.3)
    finally:
        await loudspeaker.close()

"""PyAudio in a process of its own: ``record`` writes PCM to standard output, ``play`` reads it from standard input.

Run by :mod:`.process` and :mod:`.devices`, never by a person. Standard error carries JSON, one object a line:
``{"ready": true, ...}`` when the device is open, ``{"error": "..."}`` when it is not to be had, ``{"flushed": true}``
when it has dropped what was queued. What PortAudio, ALSA and JACK write there by themselves is thrown away. Imports
nothing but PyAudio, so that it starts fast and stays small.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import sys
from contextlib import suppress
from typing import Any

FRAMES = 512
"""Samples a call at 16 kHz; as long at other rates."""

NICE = -10
"""Sound that is late is lost. Only root, or a unit with LimitNICE=, is allowed to."""


def main(arguments: list[str] | None = None) -> int:
    """Serve one device until the other end hangs up or the device fails; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=("record", "play", "list"))
    parser.add_argument("--device", default="")
    parser.add_argument("--rate", type=int, default=16_000)
    options = parser.parse_args(arguments)
    with suppress(OSError):
        os.nice(NICE)
    messages = os.fdopen(os.dup(2), "w", buffering=1)
    # Everything below writes to file descriptor 2 itself, so it has to go there.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)

    def tell(**message: Any) -> None:
        with suppress(OSError):
            messages.write(json.dumps(message) + "\n")

    try:
        import pyaudio
    except ImportError as error:
        tell(error=f"PyAudio is not installed ({error})")
        return 2
    audio = pyaudio.PyAudio()
    try:
        if options.action == "list":
            print(json.dumps(_devices(audio)))
        elif options.action == "record":
            _record(audio, options.device, options.rate, tell)
        else:
            _play(audio, options.device, options.rate, tell)
    except (OSError, ValueError) as error:
        tell(error=_reason(error))
        return 1
    return 0


def _devices(audio: Any) -> list[dict[str, Any]]:
    found = []
    for index in range(audio.get_device_count()):
        info = audio.get_device_info_by_index(index)
        found.append(
            {
                "name": info["name"],
                "inputs": int(info["maxInputChannels"]),
                "outputs": int(info["maxOutputChannels"]),
                "rate": int(info["defaultSampleRate"]),
            }
        )
    return found


def _choose(audio: Any, name: str, channels: str) -> int | None:
    """The index of the device called ``name``, or whose name has it in it; ``None`` for the default one."""
    if not name:
        return None
    devices = [audio.get_device_info_by_index(index) for index in range(audio.get_device_count())]
    fitting = [device for device in devices if device[channels] > 0]
    for device in fitting:
        if device["name"] == name:
            return int(device["index"])
    for device in fitting:
        if name.lower() in device["name"].lower():
            return int(device["index"])
    known = ", ".join(repr(device["name"]) for device in fitting) or "none at all"
    raise ValueError(f"there is no device called {name!r}; there are: {known}")


def _open(audio: Any, name: str, rate: int, *, record: bool) -> tuple[Any, int, int]:
    """A stream with its rate and channels: those asked for, else the device's own."""
    import pyaudio

    index = _choose(audio, name, "maxInputChannels" if record else "maxOutputChannels")
    if record:
        info = (
            audio.get_default_input_device_info() if index is None else audio.get_device_info_by_index(index)
        )
        layouts = [(rate, 1), (int(info["defaultSampleRate"]), 1), (int(info["defaultSampleRate"]), 2)]
    else:
        layouts = [(rate, 1)]
    problem: Exception | None = None
    for wanted_rate, channels in layouts:
        frames = FRAMES * wanted_rate // 16_000
        try:
            stream = audio.open(
                format=pyaudio.paInt16,
                channels=channels,
                rate=wanted_rate,
                input=record,
                output=not record,
                input_device_index=index if record else None,
                output_device_index=None if record else index,
                frames_per_buffer=frames,
            )
        except (OSError, ValueError) as error:
            problem = problem or error
        else:
            return stream, wanted_rate, channels
    assert problem is not None
    raise problem


def _record(audio: Any, name: str, rate: int, tell: Any) -> None:
    stream, rate, channels = _open(audio, name, rate, record=True)
    frames = FRAMES * rate // 16_000
    tell(ready=True, rate=rate, channels=channels, latency_s=stream.get_input_latency())
    out = sys.stdout.buffer
    with suppress(BrokenPipeError):
        while True:
            out.write(stream.read(frames, exception_on_overflow=False))
            out.flush()


def _play(audio: Any, name: str, rate: int, tell: Any) -> None:
    stream, rate, _ = _open(audio, name, rate, record=False)
    frames = FRAMES * rate // 16_000
    dropping = False

    def drop(*_: object) -> None:
        nonlocal dropping
        dropping = True

    signal.signal(signal.SIGUSR1, drop)
    tell(ready=True, rate=rate, latency_s=stream.get_output_latency())
    source = sys.stdin.fileno()
    while True:
        if dropping:
            dropping = False
            while select.select([source], [], [], 0)[0] and os.read(source, 65_536):
                pass
            # What the device has is dropped with the stream; it is open again within milliseconds.
            stream.stop_stream()
            stream.start_stream()
            tell(flushed=True)
        pcm = os.read(source, 2 * frames)
        if not pcm:
            return
        if len(pcm) % 2:
            pcm += os.read(source, 1)
        stream.write(pcm)


def _reason(error: Exception) -> str:
    text = str(error.args[-1] if isinstance(error, OSError) and error.args else error)
    if "nvalid" in text and "device" in text.lower():
        return f"there is no such sound device here ({text})"
    return text


if __name__ == "__main__":
    sys.exit(main())

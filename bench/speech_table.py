"""What was measured of speech, as two Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping

from bench.speech_run import MANY, SpeechResults
from bench.speech_times import Played
from bench.table import plain_table

Results = Mapping[int, SpeechResults]
"""By the number of threads."""


def speech_tables(results: Results) -> str:
    """The parts of a frame, then what a listener has of it."""
    return f"{_parts(results)}\n\n{_listening(results)}"


def _parts(results: Results) -> str:
    columns = [(threads, count) for threads, measured in results.items() for count in measured.parts]
    names = next(iter(results.values())).parts[1]
    rows = [
        [name, *(f"{1000 * results[threads].parts[count][name]:.1f} ms" for threads, count in columns)]
        for name in names
    ]
    titles = [
        f"{_threads(threads)}, {'one utterance' if count == 1 else f'{count} at once'}"
        for threads, count in columns
    ]
    return plain_table(["one frame of speech, Q4_0", *titles], rows)


def _listening(results: Results) -> str:
    rows = {
        "first sound of a sentence of 12 words": lambda r: f"{1000 * r.first_sound_s:.0f} ms",
        "one listener": lambda r: _played(r.alone),
        "one listener, and a command of 3 s": lambda r: _played(r.with_command),
        "that command to its 12 tokens": lambda r: f"{r.with_command.command_s:.2f} s",
        f"{MANY} listeners at once": lambda r: _played(r.many),
        "peak memory": lambda r: f"{r.peak_bytes / 2**20:.0f} MiB",
    }
    return plain_table(
        ["speech played in real time, Q4_0", *map(_threads, results)],
        [[name, *map(value, results.values())] for name, value in rows.items()],
    )


def _played(played: Played) -> str:
    return (
        f"{played.s_per_second:.2f} s for a second of sound, {played.underruns} underruns, "
        f"at least {played.least_ahead_s:.2f} s ahead"
    )


def _threads(threads: int) -> str:
    return f"{threads} thread{'s' if threads > 1 else ''}"

"""Another listener: Whisper writes what it hears in WAV files, one line each.

Run by a Python that has faster-whisper: ``python whisper.py MODEL FILE...``
"""

from __future__ import annotations

import sys

from faster_whisper import WhisperModel


def main(model: str, files: list[str]) -> None:
    """Print what is said in each file."""
    listener = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=1)
    for file in files:
        segments, _ = listener.transcribe(file, language="en", beam_size=5, condition_on_previous_text=False)
        print(" ".join(segment.text.strip() for segment in segments))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

"""Measure how a model set speaks, as the product runs it: ``python -m nano.evaluate_speech --voices DIR --out DIR``.

Every voice says the sentences of the test split, each as the product would spell it. The sound goes to shards,
of which ``nano.speech.judge --rate 24000`` says what Whisper understands. Printed are the speed, how many
sentences ran away and were cut, what the set's own ears understand of its own voice, and how many sentences are
as high as another voice than the one that was asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from nano.pitch import median_pitch
from nano.speech.shards import ShardWriter, read_shards
from nano.wer import WordErrors
from wyoming_lfm2.config.settings import EngineSettings, ModelSettings
from wyoming_lfm2.engine.api import SAMPLE_RATE, SPEECH_RATE, Voice
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.models.locate import locate_model_set
from wyoming_lfm2.models.voices import NANO
from wyoming_lfm2.text.verbalizer import verbalize


class _Cuts(logging.Handler):
    """Counts the sentences that the engine says it has cut."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.reasons: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "was cut" in record.getMessage():
            self.reasons.append(record.getMessage())


@dataclass
class Spoken:
    """What is measured of one voice."""

    sentences: int = 0
    sound_s: float = 0.0
    took_s: float = 0.0
    first_s: list[float] = field(default_factory=list)
    """Time to the first sound of each sentence."""
    cut: int = 0
    heard: WordErrors = field(default_factory=WordErrors)
    pitch: list[float] = field(default_factory=list)
    """Median of each sentence, in Hz."""

    def row(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "sentences": self.sentences,
            "sound_s": round(self.sound_s, 1),
            "frames_per_s": round(self.sound_s / 0.08 / self.took_s, 1),
            "first_sound_s": round(float(np.median(self.first_s)), 3),
            "cut": self.cut,
            "own_wer": round(self.heard.rate, 4),
            "pitch_hz": round(float(np.nanmedian(self.pitch))),
        }


async def said(engine: Engine, text: str, voice: Voice, spoken: Spoken) -> npt.NDArray[np.float32]:
    """The sound of one sentence."""
    began = time.perf_counter()
    pieces: list[npt.NDArray[np.float32]] = []
    async for piece in engine.speak(verbalize(text), voice):
        if not pieces:
            spoken.first_s.append(time.perf_counter() - began)
        pieces.append(piece)
    spoken.took_s += time.perf_counter() - began
    sound = np.concatenate(pieces) if pieces else np.zeros(SPEECH_RATE // 10, np.float32)
    spoken.sentences += 1
    spoken.sound_s += len(sound) / SPEECH_RATE
    return sound


def nearest(pitch: float, voices: dict[str, float]) -> str:
    """The voice whose pitch is the nearest to `pitch`, by their ratio."""
    return min(voices, key=lambda name: abs(float(np.log(pitch / voices[name]))))


async def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Load, speak, hear, report."""
    settings = ModelSettings(directory=args.directory) if args.directory else ModelSettings(name=args.model)
    cuts = _Cuts()
    logging.getLogger("wyoming_lfm2").addHandler(cuts)
    engine = await Engine.load(
        locate_model_set(settings), EngineSettings(threads=args.threads), longest_piece_s=30.0
    )
    writer = ShardWriter(args.out, 100_000)
    figures: dict[str, dict[str, Any]] = {}
    learnt_from: dict[str, float] = {}
    pitches: dict[str, list[float]] = {}
    try:
        for named in NANO:
            voice = replace(
                named,
                temperature=args.temperature,
                top_k=args.top_k,
                guidance=named.guidance if args.guidance is None else args.guidance,
            )
            spoken = Spoken()
            clips = list(read_shards(args.voices / f"{named.name}-test"))[: args.each]
            records = [record for record, _ in clips]
            learnt_from[named.name] = float(
                np.nanmedian([median_pitch(np.float32(sound), SPEECH_RATE) for _, sound in clips])
            )
            before = len(cuts.reasons)
            for record in records:
                sound = await said(engine, record["text"], voice, spoken)
                spoken.pitch.append(median_pitch(sound, SPEECH_RATE))
                heard = soxr.resample(sound, SPEECH_RATE, SAMPLE_RATE)
                text = "".join([fragment async for fragment in engine.transcribe(np.float32(heard))])
                spoken.heard.add(record["text"], text)
                samples = np.asarray(sound * 32767, np.int16)
                writer.add(samples, text=record["text"], voice=named.name, engine="nano", split="test")
            spoken.cut = len(cuts.reasons) - before
            figures[named.name] = spoken.row()
            pitches[named.name] = spoken.pitch
    finally:
        await engine.close()
    for name, row in figures.items():
        row["in_another_voice"] = sum(
            nearest(pitch, learnt_from) != name for pitch in pitches[name] if np.isfinite(pitch)
        )
    writer.flush()
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return figures


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--voices", type=Path, required=True, help="folder of nano.speech.voices")
    parser.add_argument("--out", type=Path, required=True, help="empty folder for what is said")
    parser.add_argument("--model", default="nano", help="a set of the catalogue")
    parser.add_argument("--directory", type=Path, help="a folder with a model set, instead")
    parser.add_argument("--each", type=int, default=80, help="sentences of a voice")
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--top-k", type=int, default=64)
    parser.add_argument("--guidance", type=float, help="1: none; default: the voice's own")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    for voice, row in asyncio.run(evaluate(parser.parse_args())).items():
        print(voice, " ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()

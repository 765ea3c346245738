"""Measure a model set as the product runs it: ``python -m nano.evaluate --data DIR``.

The engine transcribes every clip of the given split, greedily, from the GGUF files:
word error rate by speaker, what is taken for what, text invented where nobody speaks
(by the model alone, and behind the voice activity detector as the daemon has it), and
the time that three seconds of speech take.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nano.clips import Clip, Clips
from nano.wer import WordErrors, total
from wyoming_lfm2.asr.stream import AsrStream
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.config.settings import EngineSettings, HearingSettings, ModelSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.models.locate import locate_model_set

_PCM = PcmFormat(16000, 2, 1)
_WORST = 20
_TIMED_S = 3.0
_TIMES = 15


@dataclass
class Measures:
    """Everything that one evaluation finds."""

    speakers: dict[tuple[str, str], WordErrors] = field(default_factory=dict)
    """By corpus and voice."""
    nothing: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """By kind of sound without speech: what the model heard, alone and behind the detector."""
    seconds: list[float] = field(default_factory=list)
    """Times to transcribe three seconds of speech."""
    heard: list[dict[str, str]] = field(default_factory=list)


async def transcribed(engine: Engine, sound: npt.NDArray[np.float32]) -> str:
    """What the model makes of one piece of sound."""
    return "".join([fragment async for fragment in engine.transcribe(sound)])


async def heard_by_daemon(engine: Engine, sound: npt.NDArray[np.float32]) -> str:
    """What a client would get: voice activity detection, pieces, transcript."""
    utterance = AsrStream(engine, HearingSettings())
    try:
        feeding = asyncio.create_task(_feed(utterance, sound))
        text = "".join([fragment async for fragment in utterance.fragments()])
        await feeding
    finally:
        await utterance.cancel()
    return text


async def _feed(utterance: AsrStream, sound: npt.NDArray[np.float32]) -> None:
    await utterance.feed((sound * 32767).astype("<i2").tobytes(), _PCM)
    await utterance.finish()


async def measure(engine: Engine, clips: Clips, chosen: list[Clip]) -> Measures:
    """Transcribe all of ``chosen``."""
    measures = Measures()
    for clip in chosen:
        sound = clips.sound(clip)
        if clip.text:
            text = await transcribed(engine, sound)
            key = (clip.shard.parent.name, clip.voice)
            measures.speakers.setdefault(key, WordErrors()).add(clip.text, text)
            measures.heard.append({"corpus": key[0], "voice": key[1], "said": clip.text, "heard": text})
        else:
            alone = await transcribed(engine, sound[: int(16000 * engine.info.longest_piece_s)])
            behind = await heard_by_daemon(engine, sound)
            measures.nothing.setdefault(clip.voice, []).append((alone, behind))
    await _time(engine, clips, chosen, measures)
    return measures


async def _time(engine: Engine, clips: Clips, chosen: list[Clip], measures: Measures) -> None:
    spoken = [clip for clip in chosen if clip.text and clip.seconds <= _TIMED_S]
    for clip in sorted(spoken, key=lambda clip: -clip.samples)[:_TIMES]:
        sound = np.zeros(int(16000 * _TIMED_S), np.float32)
        sound[: clip.samples] = clips.sound(clip)
        began = time.perf_counter()
        await transcribed(engine, sound)
        measures.seconds.append(time.perf_counter() - began)


def report(measures: Measures) -> dict[str, Any]:
    """The figures as plain values."""
    everything = total(measures.speakers.values())
    corpora: dict[str, list[WordErrors]] = {}
    for (corpus, _), errors in measures.speakers.items():
        corpora.setdefault(corpus, []).append(errors)
    return {
        "speakers": [
            {"corpus": corpus, "voice": voice, **_row(errors)}
            for (corpus, voice), errors in sorted(measures.speakers.items())
        ],
        "corpora": {corpus: _row(total(parts)) for corpus, parts in sorted(corpora.items())},
        "confusions": [
            {"said": said, "heard": heard, "times": times}
            for (said, heard), times in everything.confusions.most_common(_WORST)
        ],
        "nothing": {
            kind: {
                "clips": len(texts),
                "false_alone": sum(bool(alone) for alone, _ in texts),
                "false_behind_vad": sum(bool(behind) for _, behind in texts),
                "invented": sorted({text for pair in texts for text in pair if text})[:5],
            }
            for kind, texts in sorted(measures.nothing.items())
        },
        "seconds_for_3_s": round(statistics.median(measures.seconds), 3) if measures.seconds else None,
    }


def _row(errors: WordErrors) -> dict[str, Any]:
    return {
        "clips": errors.clips,
        "words": errors.words,
        "wer": round(errors.rate, 4),
        "exact": round(errors.exact / errors.clips, 3),
    }


def printed(figures: dict[str, Any]) -> str:
    """The figures as a person reads them."""
    lines = [f"{'speaker':44}{'clips':>6}{'words':>7}{'WER':>8}{'exact':>8}"]
    rows = [(f"{row['corpus']}/{row['voice']}", row) for row in figures["speakers"]]
    rows += [(f"all of {corpus}", row) for corpus, row in figures["corpora"].items()]
    for name, row in rows:
        lines.append(f"{name:44}{row['clips']:6}{row['words']:7}{row['wer']:8.1%}{row['exact']:8.0%}")
    lines.append("")
    lines += [
        f"{c['times']:4} x {c['said'] or '(nothing)'!r} heard as {c['heard'] or '(nothing)'!r}"
        for c in figures["confusions"]
    ]
    if figures["nothing"]:
        lines += ["", f"{'no speech':44}{'clips':>6}{'alone':>7}{'behind VAD':>12}"]
    for kind, row in figures["nothing"].items():
        lines.append(f"{kind:44}{row['clips']:6}{row['false_alone']:7}{row['false_behind_vad']:12}")
    if figures["seconds_for_3_s"] is not None:
        lines += ["", f"3 s of speech are transcribed in {figures['seconds_for_3_s']} s (median)"]
    return "\n".join(lines)


async def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Load, measure, report."""
    settings = ModelSettings(directory=args.directory) if args.directory else ModelSettings(name=args.model)
    clips = Clips(args.data)
    clips.refresh()
    chosen = [c for c in clips.clips if c.split == args.split and c.shard.parent.name in args.corpora]
    if not chosen:
        raise SystemExit(f"{args.data} has no clips of split {args.split} in {', '.join(args.corpora)}")
    engine = await Engine.load(
        locate_model_set(settings), EngineSettings(threads=args.threads), longest_piece_s=30.0
    )
    try:
        measures = await measure(engine, clips, chosen)
    finally:
        await engine.close()
    figures = report(measures)
    if args.json:
        args.json.write_text(json.dumps({**figures, "heard": measures.heard}, indent=1), encoding="utf-8")
    return figures


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of shard folders, see nano/clips.py")
    parser.add_argument("--model", default="nano", help="a set of the catalogue")
    parser.add_argument("--directory", type=Path, help="a folder with a model set, instead")
    parser.add_argument(
        "--corpora", nargs="+", default=["eval", "real", "nonspeech"], help="shard folders to measure on"
    )
    parser.add_argument("--split", default="test")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write the figures and every transcript here")
    print(printed(asyncio.run(evaluate(parser.parse_args()))))


if __name__ == "__main__":
    main()

"""How nano hears people, with Whisper beside it: ``python -m nano.evaluate_people --commands DIR ... --others DIR ...``.

Folders of shards (see ``nano/clips.py``). Of commands it prints the word error rate, numbers compared in words; of other
speech, which nano should not write down, how often it writes something. With ``--whisper`` (a model of faster-whisper)
the same clips go through Whisper in the same run, one after the other, each on as many threads, with the seconds that
both take.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nano.clips import Clip, Clips, chosen
from nano.corpus.spoken import spoken_form
from nano.evaluate import transcribed
from nano.wer import WordErrors
from wyoming_lfm2.config.settings import EngineSettings, ModelSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.models.locate import locate_model_set

Floats = npt.NDArray[np.float32]
Ear = Callable[[Floats], str]


@dataclass
class Group:
    """What one of the two made of a folder."""

    errors: WordErrors = field(default_factory=WordErrors)
    written: list[tuple[str, str]] = field(default_factory=list)
    """What is said (as far as it is known) and the transcript, of each clip."""
    seconds: list[float] = field(default_factory=list)

    def add(self, clip: Clip, text: str, seconds: float) -> None:
        """Count a transcript."""
        if clip.text:
            self.errors.add(spoken_form(clip.text, letters=False), spoken_form(text, letters=False))
        elif clip.said:  # how hard the speech is; nano is not meant to write it
            self.errors.add(clip.said, spoken_form(text, letters=False))
        self.written.append((clip.text or clip.said or "", text))
        self.seconds.append(seconds)

    @property
    def transcripts(self) -> int:
        """Clips of which anything was written."""
        return sum(bool(text.strip()) for _, text in self.written)


def whisper_ear(folder: str, threads: int) -> Ear:
    """Whisper behind faster-whisper, greedy, in int8."""
    from faster_whisper import WhisperModel

    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads)

    def hear(sound: Floats) -> str:
        segments, _ = model.transcribe(sound, language="en", beam_size=1, condition_on_previous_text=False)
        return " ".join(segment.text.strip() for segment in segments)

    return hear


async def measure(
    engine: Engine, folder: Clips, clips: list[Clip], whisper: Ear | None
) -> tuple[Group, Group | None]:
    """Nano's and Whisper's figures of the same clips."""
    ours, theirs = Group(), Group() if whisper else None
    for clip in clips:
        sound = folder.sound(clip)[: int(16000 * engine.info.longest_piece_s)]
        began = time.perf_counter()
        text = await transcribed(engine, sound)
        ours.add(clip, text, time.perf_counter() - began)
        if whisper and theirs:
            began = time.perf_counter()
            text = await asyncio.to_thread(whisper, sound)
            theirs.add(clip, text, time.perf_counter() - began)
    return ours, theirs


def row(name: str, wanted: str, ours: Group, theirs: Group | None) -> dict[str, Any]:
    """The figures of a folder as plain values; ``wanted`` is "commands" or "others"."""
    out: dict[str, Any] = {"folder": name, "wanted": wanted, "clips": len(ours.written)}
    for who, group in (("nano", ours), ("whisper", theirs)):
        if group is not None:
            out[who] = {
                "wer": round(group.errors.rate, 4) if group.errors.words else None,
                "exact": group.errors.exact,
                "transcripts": group.transcripts,
                "seconds": round(statistics.median(group.seconds), 3),
            }
    return out


def printed(rows: list[dict[str, Any]]) -> str:
    """The figures as a person reads them."""
    lines = [
        f"{'':40}{'clips':>6}{'WER':>8}{'exact':>7}{'written':>9}{'s':>7}  | Whisper{'WER':>6}{'exact':>7}{'s':>7}"
    ]
    for entry in rows:
        ours, theirs = entry["nano"], entry.get("whisper")
        # What is none of nano's business has no word errors: the right transcript is none.
        rate = f"{ours['wer']:.1%}" if entry["wanted"] == "commands" else "-"
        line = f"{entry['wanted']:9}{entry['folder']:31}{entry['clips']:6}{rate:>8}{ours['exact']:7}"
        line += f"{ours['transcripts']:9}{ours['seconds']:7.3f}  |"
        if theirs:
            rate = "-" if theirs["wer"] is None else f"{theirs['wer']:.1%}"
            line += f"{rate:>13}{theirs['exact']:7}{theirs['seconds']:7.3f}"
        lines.append(line)
    return "\n".join(lines)


async def evaluate(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Load, measure all folders."""
    settings = ModelSettings(directory=args.directory) if args.directory else ModelSettings(name=args.model)
    engine = await Engine.load(
        locate_model_set(settings), EngineSettings(threads=args.threads), longest_piece_s=30.0
    )
    whisper = whisper_ear(args.whisper, args.threads) if args.whisper else None
    rows, heard = [], []
    try:
        for wanted, folders in (("commands", args.commands), ("others", args.others)):
            for path in folders:
                folder = Clips(path.parent)
                folder.refresh()
                mine = [
                    c
                    for c in folder.clips
                    if c.shard.parent == path and bool(c.text) == (wanted == "commands")
                ]
                clips = chosen(mine, args.split, args.each)
                if not clips:
                    raise SystemExit(f"{path} has no {wanted} of split {args.split}")
                ours, theirs = await measure(engine, folder, clips, whisper)
                rows.append(row(path.name, wanted, ours, theirs))
                heard.append(
                    {"folder": path.name, "nano": ours.written, "whisper": theirs and theirs.written}
                )
    finally:
        await engine.close()
    if args.json:
        args.json.write_text(json.dumps({"rows": rows, "heard": heard}, indent=1), encoding="utf-8")
    return rows


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--commands", type=Path, nargs="*", default=[], help="folders of shards, what is said to a home"
    )
    parser.add_argument(
        "--others", type=Path, nargs="*", default=[], help="folders of shards with other speech"
    )
    parser.add_argument("--split", default="test")
    parser.add_argument("--each", type=int, default=60, help="clips of a folder")
    parser.add_argument("--model", default="nano", help="a set of the catalogue")
    parser.add_argument("--directory", type=Path, help="a folder with a model set, instead")
    parser.add_argument("--whisper", help="folder of a model of faster-whisper")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the figures and every transcript here")
    print(printed(asyncio.run(evaluate(parser.parse_args()))))


if __name__ == "__main__":
    main()

"""Measure how a model set converses, as the product runs it: ``python -m nano.evaluate_dialogues --dialogues FILE``.

Every turn of the split's dialogues goes through the engine as the port would send it, after the model's own answers to the
turns before: under the grammar where the home is controlled, freely where it is not. Printed is how many
intents are exactly right (the name and every slot), by intent; how many answers in words are, to the letter; the
same for later turns, and for what has to be refused; on how many wrong calls the port would have acted; the time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wyoming_lfm2.config.settings import ConversationSettings, EngineSettings, ModelSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.intents.calls import CallCertainty, CallError, read_call
from wyoming_lfm2.intents.grammar import CALL_START, home_grammar
from wyoming_lfm2.intents.slot_values import Value
from wyoming_lfm2.models.locate import locate_model_set

CONFIDENCES = (ConversationSettings().home_confidence, 0.6, 0.7, 0.8, 0.9, 0.95)
"""The port's own, and others that it might have."""
Meaning = tuple[str, dict[str, Value]] | str
"""An intent with its slots, or words."""


@dataclass(frozen=True)
class Answer:
    """What the model answered to one turn."""

    text: str
    certainty: float
    """Of a call, as the port asks for it; 1 for words."""
    seconds: float


@dataclass
class Tally:
    """Right ones out of all."""

    right: int = 0
    all: int = 0

    def add(self, right: bool) -> None:
        """Count one."""
        self.right += right
        self.all += 1

    def __str__(self) -> str:
        return f"{self.right / self.all:7.1%} of {self.all}" if self.all else "      - of 0"


@dataclass
class Measures:
    """Everything that one evaluation finds."""

    groups: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    intents: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    topics: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    """Of answers in words."""
    wrong_calls: list[float] = field(default_factory=list)
    right_calls: list[float] = field(default_factory=list)
    """How sure the model was of each."""
    seconds: list[float] = field(default_factory=list)
    mistakes: list[dict[str, Any]] = field(default_factory=list)


def meaning(text: str) -> Meaning:
    """What an answer does, or its words. A call that cannot be read is its text."""
    if not text.startswith(CALL_START):
        return text.strip()
    try:
        call = read_call(text)
    except CallError:
        return text
    return call.kind.name, dict(call.slots)


async def answered(engine: Engine, user: str, home: bool, dialogue: str) -> Answer:
    """The engine's answer to one turn, as the port asks for it."""
    began, text = time.perf_counter(), ""
    home_answer = CallCertainty()
    if home:
        async for written in engine.choose(user, home_grammar(), dialogue, engine.info.home_prompt):
            home_answer.feed(written.text, written.probability)
            text += written.text
    else:
        async for fragment in engine.answer(user, dialogue, engine.info.conversation_prompt):
            text += fragment
    return Answer(text, home_answer.certainty if home_answer.calls else 1.0, time.perf_counter() - began)


def count(measures: Measures, line: dict[str, Any], place: int, answer: Answer) -> None:
    """Compare one answer with what it should be."""
    turn, topic = line["turns"][place], line["topics"][place]
    wanted, given = meaning(turn["assistant"]), meaning(answer.text)
    right = wanted == given
    measures.seconds.append(answer.seconds)
    if isinstance(wanted, tuple):
        measures.groups["intents and slots"].add(right)
        measures.groups["intents, whatever the slots"].add(isinstance(given, tuple) and wanted[0] == given[0])
        measures.intents[wanted[0]].add(right)
        if right:
            measures.groups["confirmations, where that is right"].add(answer.text == turn["assistant"])
    else:
        measures.groups["answers in words"].add(right)
        measures.groups[f"answers in words, {'with' if line['home'] else 'without'} home control"].add(right)
        measures.topics[topic].add(right)
    if topic == "refusal":
        measures.groups["refusals"].add(right)
    if place:
        measures.groups["later turns"].add(right)
        measures.groups[f"later turns with {'an intent' if isinstance(wanted, tuple) else 'words'}"].add(
            right
        )
        anew = "fresh" in line and line["fresh"][place]
        measures.groups[f"later turns that {'begin anew' if anew else 'follow up'}"].add(right)
        if anew and isinstance(wanted, str):
            measures.groups["later turns anew that want no deed, and cause none"].add(isinstance(given, str))
    if isinstance(given, tuple):
        (measures.right_calls if right else measures.wrong_calls).append(answer.certainty)
    if not right:
        said = [earlier["user"] for earlier in line["turns"][: place + 1]]
        mistake = {"home": line["home"], "said": said, "wanted": turn["assistant"], "given": answer.text}
        measures.mistakes.append({**mistake, "certainty": round(answer.certainty, 3)})


def chosen(path: Path, split: str, count: int) -> Iterator[dict[str, Any]]:
    """Up to `count` dialogues of a split."""
    with path.open(encoding="utf-8") as file:
        lines = (line for line in map(json.loads, file) if line["split"] == split)
        for _, line in zip(range(count), lines, strict=False):
            yield line


async def evaluate(args: argparse.Namespace) -> Measures:
    """Load, ask, compare."""
    settings = ModelSettings(directory=args.directory) if args.directory else ModelSettings(name=args.model)
    # Whether a set is said to converse is what this is to find out.
    located = locate_model_set(settings)
    model_set = replace(located, model=replace(located.model, chat_unavailable_reason=""))
    engine = await Engine.load(model_set, EngineSettings(threads=args.threads), longest_piece_s=5.0)
    measures = Measures()
    try:
        for number, line in enumerate(chosen(args.dialogues, args.split, args.count)):
            for place, turn in enumerate(line["turns"]):
                answer = await answered(engine, turn["user"], line["home"], f"evaluation-{number}")
                count(measures, line, place, answer)
    finally:
        await engine.close()
    return measures


def at_confidence(measures: Measures) -> dict[float, tuple[int, int]]:
    """By ``conversation.home_confidence``: wrong calls that the port would carry out, right ones that it would not."""
    return {
        least: (
            sum(sure >= least for sure in measures.wrong_calls),
            sum(sure < least for sure in measures.right_calls),
        )
        for least in CONFIDENCES
    }


def printed(measures: Measures) -> str:
    """The figures as a person reads them."""
    lines = [f"{name:52}{tally}" for name, tally in sorted(measures.groups.items())]
    lines += [
        f"{f'wrong calls carried out, right ones not, at {least:g}':52}{wrong:6} {right:6}"
        for least, (wrong, right) in at_confidence(measures).items()
    ]
    if measures.seconds:
        lines += [f"{'median time of an answer, in s':52}{statistics.median(measures.seconds):6.3f}"]
    for title, tallies in (("by intent", measures.intents), ("words, by topic", measures.topics)):
        lines += ["", title]
        lines += [
            f"  {name:42}{tally}" for name, tally in sorted(tallies.items(), key=lambda item: -item[1].all)
        ]
    return "\n".join(lines)


def figures(measures: Measures) -> dict[str, Any]:
    """The same as plain values, with every mistake."""
    tables = {"groups": measures.groups, "intents": measures.intents, "topics": measures.topics}
    return {
        **{
            name: {key: [tally.right, tally.all] for key, tally in table.items()}
            for name, table in tables.items()
        },
        "at_confidence": {str(least): both for least, both in at_confidence(measures).items()},
        "seconds": round(statistics.median(measures.seconds), 4) if measures.seconds else None,
        "mistakes": measures.mistakes,
    }


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dialogues", type=Path, required=True, help="file of nano.corpus.dialogues")
    parser.add_argument("--model", default="nano", help="a set of the catalogue")
    parser.add_argument("--directory", type=Path, help="a folder with a model set, instead")
    parser.add_argument("--split", default="test", choices=("train", "dev", "test"))
    parser.add_argument("--count", type=int, default=1_000_000, help="dialogues at most")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write the figures and every mistake here")
    args = parser.parse_args()
    measures = asyncio.run(evaluate(args))
    if args.json:
        args.json.write_text(json.dumps(figures(measures), indent=1, ensure_ascii=False), encoding="utf-8")
    print(printed(measures))


if __name__ == "__main__":
    main()

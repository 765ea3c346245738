"""Measures conversation on the full-shape Q4_0 set, in a process of its own.

OpenMP reads its settings once a process. The parent starts ``python -m bench.conversation_run``
with what is wanted as JSON, and gets the tables as text.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.dialogue_times import TurnTimes, measure_turns
from bench.full_shape import full_shape_set
from bench.grammar_times import GrammarTimes, measure_grammar
from bench.prepared_times import PreparedTimes, measure_preparation
from bench.table import plain_table
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.engine.scheduling.scheduler import Scheduler
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ModelSet


def run_conversation(cache: Path | None, rounds: int) -> str:
    """The tables of all measurements of conversation, made in a new process."""
    wanted = json.dumps([str(cache) if cache else None, rounds])
    command = [sys.executable, "-m", "bench.conversation_run", wanted]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


async def measure_conversation(
    model_set: ModelSet,
    settings: EngineSettings,
    cache: Path | None,
    rounds: int,
    pauses_s: Sequence[float] = (0.0, 0.2, 1.0),
) -> str:
    """Load ``model_set`` once and measure; Markdown tables.

    :param pauses_s: between an answer and the request for its speech.
    """
    scheduler = Scheduler(lambda: ModelRunner(model_set, settings, 30.0, cache), most_requests=16)
    await asyncio.wrap_future(scheduler.loaded)
    turns = await measure_turns(scheduler, rounds, (2, 6))
    prepared = await measure_preparation(scheduler, rounds, pauses_s)
    grammar = await measure_grammar(scheduler, rounds)
    await asyncio.to_thread(scheduler.close, 60)
    return f"{_turns(turns)}\n\n{_prepared(prepared)}\n\n{_grammar(grammar)}"


def _turns(turns: list[TurnTimes]) -> str:
    return plain_table(
        ["to the first token of an answer, Q4_0", "dialogue kept", "computed again", "saved"],
        [
            [
                f"turn {turn.number}",
                f"{_ms(turn.kept_s)}, {turn.kept_tokens} tokens",
                f"{_ms(turn.anew_s)}, {turn.anew_tokens} tokens",
                f"{turn.ratio:.1f} times as fast",
            ]
            for turn in turns
        ],
    )


def _prepared(times: list[PreparedTimes]) -> str:
    return plain_table(
        ["from `synthesize` to the first sound, Q4_0", "spoken ahead", "not", "saved"],
        [
            [
                f"asked {time.pause_s:g} s after the answer" if time.pause_s else "asked at once",
                _ms(time.prepared_s),
                _ms(time.plain_s),
                f"{time.ratio:.1f} times as fast",
            ]
            for time in times
        ],
    )


def _grammar(times: GrammarTimes) -> str:
    choosing = {
        "no grammar": times.free_s,
        "home control's grammar, the likeliest token allowed": times.likeliest_s,
        "home control's grammar, none of the likely ones allowed": times.unlikely_s,
    }
    rows = [
        [name, _ms(seconds, 2), f"{100 * seconds / times.token_s:.1f} %"]
        for name, seconds in choosing.items()
    ]
    rows.append(["making the grammar, once an answer", _ms(times.begin_s, 1), ""])
    title = f"choosing a token of an answer, Q4_0; the model takes {_ms(times.token_s, 1)} for one"
    return plain_table([title, "each", "of the model's time"], rows)


def _ms(seconds: float, digits: int = 0) -> str:
    return f"{1000 * seconds:.{digits}f} ms"


if __name__ == "__main__":
    # As in the other processes: what is said about random weights would be part of the measurement.
    logging.disable(logging.WARNING)
    prepare("passive")
    folder, count = json.loads(sys.argv[1])
    files = Path(folder) if folder else None
    resident = full_shape_set(Quantization.Q4_0, files)
    print(asyncio.run(measure_conversation(resident, EngineSettings(), files, count)))

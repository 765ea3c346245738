"""``wyoming-lfm2 models try``: does a model set work here, and if not, what is wrong and what to do."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wyoming_lfm2.cli.command import FAILED, CommandError, set_up_logging
from wyoming_lfm2.cli.settings_options import LOG_LEVEL, MODEL, add_settings_options, gather
from wyoming_lfm2.config.settings import Settings

if TYPE_CHECKING:
    from wyoming_lfm2.models.model_set import ModelSet
    from wyoming_lfm2.trial.advice import Advice
    from wyoming_lfm2.trial.outcome import TrialResult
    from wyoming_lfm2.trial.report import Circumstances, TriedFile

Save = Callable[["TrialResult"], None]

_NARROWEST, _WIDEST = 80, 120
"""Columns of the text at a terminal: what the table needs, and what is still read with ease."""


def add_parser(actions: argparse._SubParsersAction[Any]) -> None:
    """Add the action to those of ``models``."""
    parser = actions.add_parser(
        "try",
        help="try everything that a model can do, and say what looks wrong",
        description="Loads a model that is here, has it hear two recordings, speak five sentences in each of its "
        "voices and hear them again, and answer two questions; prints how many words were wrong, how long it took, "
        "what looks wrong and what to do. The exit status is 1 if the model does not work as it should.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="default: the model of the settings")
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="write the result as Markdown for an issue, with versions, processor and the files' SHA-256; no names "
        "of users, machines or folders",
    )
    add_settings_options(parser, (*MODEL[1:], LOG_LEVEL))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Try the model; status 1 if something serious looks wrong."""
    if arguments.name is not None:
        arguments.set_settings.append(f"model.name={arguments.name}")
    settings = gather(arguments).settings
    set_up_logging("warning" if settings.log.level == "info" else settings.log.level)
    from wyoming_lfm2.engine.llama.process_environment import prepare
    from wyoming_lfm2.gguf.errors import ModelFileError
    from wyoming_lfm2.models.locate import locate_model_set

    prepare(settings.engine.wait_policy)
    try:
        # Not downloaded if it is missing: a trial is of what is here, and a download takes gigabytes.
        model_set = locate_model_set(settings.model)
    except ModelFileError as error:
        raise CommandError(str(error)) from error
    save = _report_writer(Path(arguments.report), model_set, settings) if arguments.report else _forget
    result = asyncio.run(_try(model_set, settings, save))
    from wyoming_lfm2.trial.report import terminal_text

    width = min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns))
    print(terminal_text(result, width))
    if arguments.report:
        print(f"The report is in {arguments.report}.")
    elif result.wrong:
        print("With --report FILE all of this is written for an issue.")
    return FAILED if result.wrong else 0


async def _try(model_set: ModelSet, settings: Settings, save: Save) -> TrialResult:
    """Load the model and run the trial; what there is so far is saved before each step.

    A fault of llama.cpp's ends the process without a word, and then the report says at what.
    """
    from wyoming_lfm2.audio.files import AudioFileError
    from wyoming_lfm2.engine.engine import Engine
    from wyoming_lfm2.engine.errors import EngineError
    from wyoming_lfm2.gguf.errors import ModelFileError
    from wyoming_lfm2.models.memory import available_bytes
    from wyoming_lfm2.server.conversation_context import conversation_prompt
    from wyoming_lfm2.trial.course import run_trial
    from wyoming_lfm2.trial.outcome import Memory, Outcome, TrialResult, judged, peak_bytes

    title, language = f"{model_set.model.name} ({model_set.model.version})", model_set.model.languages[0]
    outcomes: list[Outcome] = []

    def begin(what: str) -> None:
        _show_progress(what)
        save(TrialResult(title, language, tuple(outcomes), unfinished=what))

    advice = _advice(model_set, settings)
    begin("loading")
    started = time.perf_counter()
    try:
        engine = await Engine.load(
            model_set,
            settings.engine,
            settings.hearing.longest_piece_s,
            settings.model.cache,
            settings.conversation,
        )
        outcomes.append(Outcome("loads", time.perf_counter() - started))
        try:
            system = conversation_prompt(settings.conversation, engine.info, language)
            async with aclosing(run_trial(engine, advice, system, begin)) as trial:
                async for outcome in trial:
                    outcomes.append(outcome)  # noqa: PERF401 - each is saved before the next one begins
            # With the model still there: what is left beside it.
            result = judged(title, language, outcomes, Memory(peak_bytes(), available_bytes()), advice)
        finally:
            await engine.close()
    except (AudioFileError, EngineError, ModelFileError) as error:
        save(TrialResult(title, language, tuple(outcomes), unfinished=str(error).rstrip(".")))
        raise CommandError(str(error)) from error
    finally:
        _show_progress("")
    save(result)
    return result


def _advice(model_set: ModelSet, settings: Settings) -> Advice:
    from wyoming_lfm2.engine.llama.process_environment import default_threads, usable_processors
    from wyoming_lfm2.invocation import program
    from wyoming_lfm2.models.catalog import CATALOG, quantization_of
    from wyoming_lfm2.models.storage import cache_folder, options_leading_to
    from wyoming_lfm2.trial.advice import Advice

    check = "compare their SHA-256 with those of where they come from"
    if settings.model.directory is None:
        leading_there = options_leading_to(cache_folder(settings.model.cache))
        check = f"{program()} models verify {model_set.model.name}{leading_there}"
    load = None
    with suppress(OSError):
        load = os.getloadavg()[0]
    return Advice(
        check_files=check,
        quantization=quantization_of(model_set.backbone.name) or "",
        quantizations=CATALOG[model_set.model.name].quantizations if model_set.model.name in CATALOG else (),
        threads=settings.engine.threads or default_threads(),
        cores=default_threads(),
        processors=len(usable_processors()),
        load=load,
    )


def _forget(_result: TrialResult) -> None:
    """Keep nothing."""


def _show_progress(what: str) -> None:
    """Say on standard error what is being done, on one line at a terminal; nothing: take the line away."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}{' ...' if what else ''}", end="", file=sys.stderr, flush=True)
    elif what:
        print(f"{what} ...", file=sys.stderr, flush=True)


def _report_writer(path: Path, model_set: ModelSet, settings: Settings) -> Save:
    """Return what writes a result into ``path``, over what was there.

    What is to be said of files and machine is found out now, before the model takes the memory and the processor.

    :raises CommandError: the report cannot be written, which is better known before the work than behind it; or a
        file of the model cannot be read.
    """
    from wyoming_lfm2.trial.report import markdown

    def write(text: str) -> None:
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from error

    write("")
    circumstances = _circumstances(model_set, settings)
    return lambda result: write(markdown(result, circumstances))


def _circumstances(model_set: ModelSet, settings: Settings) -> Circumstances:
    from wyoming_lfm2.engine.llama.library import compiled_cpu_features
    from wyoming_lfm2.engine.llama.process_environment import default_threads, usable_processors
    from wyoming_lfm2.models.storage import cache_folder
    from wyoming_lfm2.trial.report import Circumstances, llama_cpp_folder, processor_name, versions

    threads = settings.engine.threads or default_threads()
    folder = llama_cpp_folder()
    features = compiled_cpu_features(folder) if folder is not None else []
    changed = settings.engine.model_dump(exclude_defaults=True)
    machine = {
        "software": versions(),
        "processor": f"{processor_name()}, {threads} threads on {len(usable_processors())} logical processors",
        "llama.cpp is compiled for": ", ".join(features) or "nothing in particular",
        "settings of the engine": ", ".join(f"{key} = {value}" for key, value in changed.items())
        or "as they come",
    }
    private = [file.parent for file in model_set.files]
    private += [cache_folder(settings.model.cache), Path(sys.prefix), Path.cwd()]
    with suppress(RuntimeError):  # a user without a home has none that could be named
        private.append(Path.home())
    return Circumstances(tuple(_tried_file(file) for file in model_set.files), machine, tuple(private))


def _tried_file(file: Path) -> TriedFile:
    from wyoming_lfm2.models.storage import read_record
    from wyoming_lfm2.models.verify import sha256_of
    from wyoming_lfm2.trial.report import TriedFile

    try:
        size, sha256 = file.stat().st_size, sha256_of(file)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}.") from error
    record = read_record(file)
    if record is None:
        remark = ""
    elif record.sha256 == sha256:
        remark = f"as {record.repository} has it at {record.revision[:12]}"
    else:
        remark = f"NOT as {record.repository} has it at {record.revision[:12]}"
    return TriedFile(file.name, size, sha256, remark)

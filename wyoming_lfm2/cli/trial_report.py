"""Writes the report of ``models try``: its file, and what it says of the model's files and the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wyoming_lfm2.cli.errors import CommandError
from wyoming_lfm2.config.settings import Settings

if TYPE_CHECKING:
    from wyoming_lfm2.models.model_set import ModelSet
    from wyoming_lfm2.trial.report import Circumstances, TriedFile
    from wyoming_lfm2.trial.result import TrialResult

Save = Callable[["TrialResult"], None]


def report_writer(path: Path, model_set: ModelSet, settings: Settings) -> Save:
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
    from wyoming_lfm2.trial.machine import llama_cpp_folder, processor_name, versions
    from wyoming_lfm2.trial.report import Circumstances

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

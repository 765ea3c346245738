"""Finds the files of the configured model set; downloads nothing, and of nano alone reads a header."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from wyoming_lfm2.config.errors import did_you_mean
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.models import voices
from wyoming_lfm2.models.catalog import (
    CATALOG,
    EMBEDDED,
    EMBEDDED_MAKER,
    HEARING_PARTS,
    SPEECH_PARTS,
    CatalogEntry,
    Part,
    part_of,
    quantization_of,
    size_order,
)
from wyoming_lfm2.models.conversational import NANO_HOME_PROMPT, NANO_PROMPT, chat_unavailable_reason
from wyoming_lfm2.models.download_command import download_command
from wyoming_lfm2.models.folders import gguf_files, is_folder
from wyoming_lfm2.models.mimi_file import import_rustymimi
from wyoming_lfm2.models.model_set import ASR_PROMPT, ModelSet
from wyoming_lfm2.models.storage import cache_folder, read_record, set_folder

EMBEDDED_FOLDER = Path(__file__).parent / EMBEDDED
"""Inside the package."""


_NANO_TEMPERATURE = voices.NANO[0].temperature


class ModelNotDownloadedError(ModelFileError):
    """A set of the catalogue has files that are not on this machine yet."""


def locate_model_set(settings: ModelSettings) -> ModelSet:
    """Return the configured set's files.

    :raises ModelFileError: the set is unknown, or a file is missing, ambiguous or closed to this user, or an
        extra is missing that it needs; what to do is in the text.
    :raises ModelNotDownloadedError: the files can be had by downloading.
    """
    located = replace(_located(settings), lenient=settings.checks == "warn")
    if settings.mimi is None:
        return located
    import_rustymimi(settings.mimi)
    return replace(located, mimi=settings.mimi)


def _located(settings: ModelSettings) -> ModelSet:
    if settings.directory is not None:
        return _from_folder(settings, settings.directory)
    if settings.name == EMBEDDED:
        return _embedded(settings)
    entry = CATALOG.get(settings.name)
    if entry is None:
        guess = did_you_mean(settings.name, (*CATALOG, EMBEDDED))
        raise ModelFileError(
            None,
            f"model.name: there is no model {settings.name}",
            f"{guess[0].upper()}{guess[1:]} For files of your own set model.directory.",
        )
    cache = cache_folder(settings.cache)
    folder = set_folder(cache, entry.name)
    quantization = (settings.quantization or entry.quantizations[0]).upper()
    found = _parts(gguf_files(folder), quantization)
    if missing := [part for part in HEARING_PARTS if part not in found]:
        raise ModelNotDownloadedError(
            folder,
            f"{entry.name} in {quantization} is not downloaded ({' and '.join(missing)} missing)",
            f"Run: {download_command(entry.name, cache, quantization)}",
        )
    record = read_record(found["backbone"])
    revision = record.revision[:12] if record else "local"
    located = ModelSet(
        name=settings.name,
        backbone=found["backbone"],
        mmproj=found["mmproj"],
        vocoder=found.get("vocoder"),
        tokenizer=found.get("tokenizer"),
        languages=entry.languages,
        version=f"{quantization}-{revision}",
        description=f"{entry.description}, {quantization}",
        maker=entry.maker,
        maker_url=entry.url,
        asr_prompt=entry.asr_prompt,
        voices=entry.voices,
        speech_remedy=f"Run: {download_command(entry.name, cache, quantization)}",
    )
    return _with_sound_of(located, entry, cache)


def _with_sound_of(located: ModelSet, entry: CatalogEntry, cache: Path) -> ModelSet:
    """Add the speech files of the set that makes this one's codes audible, if it needs them and they are here."""
    if located.tokenizer is not None or entry.sound_of is None:
        return located
    folder = set_folder(cache, entry.sound_of)
    found = _parts(gguf_files(folder), CATALOG[entry.sound_of].quantizations[0])
    return replace(located, tokenizer=found.get("tokenizer"), code_table=found.get("vocoder"))


def _embedded(settings: ModelSettings) -> ModelSet:
    found = _parts(gguf_files(EMBEDDED_FOLDER), None)
    if missing := [part for part in HEARING_PARTS if part not in found]:
        raise ModelFileError(
            EMBEDDED_FOLDER,
            f"the embedded model lacks its {' and '.join(missing)}",
            "Install the package again, or set model.name to another model.",
        )
    return ModelSet(
        name=settings.name,
        backbone=found["backbone"],
        mmproj=found["mmproj"],
        vocoder=found.get("vocoder"),
        tokenizer=found.get("tokenizer"),
        languages=("en",),
        version=quantization_of(found["backbone"].name) or "1",
        description="nano, a small LFM2-Audio for Home Assistant's commands, English",
        maker=EMBEDDED_MAKER,
        voices=voices.NANO,
        speech_remedy="Install the package again, or set model.name to another model.",
        chat_unavailable_reason=chat_unavailable_reason(found["backbone"]),
        interleaved_temperature=_NANO_TEMPERATURE,
        conversation_prompt=NANO_PROMPT,
        home_prompt=NANO_HOME_PROMPT,
    )


def _from_folder(settings: ModelSettings, folder: Path) -> ModelSet:
    if not is_folder(folder):
        raise ModelFileError(folder, "there is no such folder", "Correct model.directory.")
    files = gguf_files(folder)
    backbones = [file.name for file in files if part_of(file.name) == "backbone"]
    quantizations = sorted({q for name in backbones if (q := quantization_of(name))}, key=size_order)
    wanted = settings.quantization.upper() if settings.quantization else None
    found = _parts(files, wanted or (quantizations[0] if quantizations else None), mixed=True)
    if missing := [part for part in HEARING_PARTS if part not in found]:
        there = ", ".join(file.name for file in files) or "no GGUF file at all"
        asked = f" in {wanted}" if wanted else ""
        raise ModelFileError(
            folder,
            f"{' and '.join(missing)} missing{asked}; there is {there}",
            "Put the files there under their official names: NAME-Q4_0.gguf, mmproj-NAME-Q4_0.gguf.",
        )
    entry = CATALOG.get(settings.name) or _entry_of(found["backbone"])
    is_nano = settings.name == EMBEDDED and entry is None
    # Whoever names no model has the default's name; the files know better.
    name = entry.name if entry and settings.name == EMBEDDED else settings.name
    quantization = quantization_of(found["backbone"].name)
    return ModelSet(
        name=name,
        backbone=found["backbone"],
        mmproj=found["mmproj"],
        vocoder=found.get("vocoder"),
        tokenizer=found.get("tokenizer"),
        languages=entry.languages if entry else ("en",),
        version="local",
        description=", ".join(
            filter(
                None, (entry.description if entry else name, quantization if entry else "", f"from {folder}")
            )
        ),
        maker=entry.maker if entry else EMBEDDED_MAKER if is_nano else "",
        maker_url=entry.url if entry else "",
        asr_prompt=entry.asr_prompt if entry else ASR_PROMPT,
        voices=entry.voices if entry else voices.NANO if is_nano else voices.LFM2_5,
        speech_remedy=f"Put them into {folder} as vocoder-NAME.gguf and tokenizer-NAME.gguf.",
        chat_unavailable_reason=chat_unavailable_reason(found["backbone"]) if is_nano else "",
        interleaved_temperature=_NANO_TEMPERATURE if is_nano else 1.0,
        conversation_prompt=NANO_PROMPT if is_nano else "",
        home_prompt=NANO_HOME_PROMPT if is_nano else "",
    )


def _entry_of(backbone: Path) -> CatalogEntry | None:
    """The official set that a backbone's file name belongs to."""
    stems = {entry.stem.lower(): entry for entry in CATALOG.values()}
    name = backbone.name.lower()
    return stems.get(name.rpartition("-")[0]) or stems.get(name.removesuffix(".gguf"))


def _parts(files: Iterable[Path], quantization: str | None, *, mixed: bool = False) -> dict[Part, Path]:
    """Pick each part's file: the one in ``quantization``, or in whatever it is for None.

    A part for speech that is not there in that quantisation is taken in the smallest that is.

    :param mixed: so is the encoder; only the backbone must be in ``quantization``.
    :raises ModelFileError: several files could be the same part.
    """
    candidates: dict[Part, list[Path]] = {}
    for file in files:
        candidates.setdefault(part_of(file.name), []).append(file)
    found: dict[Part, Path] = {}
    for part, paths in candidates.items():
        chosen = (
            paths
            if quantization is None
            else [path for path in paths if quantization_of(path.name) in (quantization, None)]
        )
        if not chosen and (part in SPEECH_PARTS or (mixed and part != "backbone")):
            # In another quantisation it does as well.
            chosen = sorted(paths, key=lambda path: size_order(quantization_of(path.name) or ""))[:1]
        if len(chosen) > 1:
            names = " and ".join(path.name for path in chosen)
            raise ModelFileError(
                chosen[0].parent,
                f"both {names} could be the {part}",
                "Keep one set in a folder, or say which with model.quantization.",
            )
        if chosen:
            found[part] = chosen[0]
    return found

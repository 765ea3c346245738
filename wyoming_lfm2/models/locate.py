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
    HEARING_PARTS,
    SPEECH_PARTS,
    CatalogEntry,
    Part,
    part_of,
    quantization_of,
    size_order,
)
from wyoming_lfm2.models.embedded import EMBEDDED, EMBEDDED_FOLDER, NANO, chat_unavailable_reason
from wyoming_lfm2.models.mimi_file import import_rustymimi
from wyoming_lfm2.models.model_set import ModelDescription, ModelSet
from wyoming_lfm2.models.storage import (
    cache_folder,
    download_command,
    gguf_files,
    is_folder,
    read_record,
    set_folder,
)


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
        return _embedded()
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
        model=replace(
            entry.model,
            description=f"{entry.model.description}, {quantization}",
            version=f"{quantization}-{revision}",
        ),
        backbone=found["backbone"],
        mmproj=found["mmproj"],
        vocoder=found.get("vocoder"),
        tokenizer=found.get("tokenizer"),
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


def _embedded() -> ModelSet:
    found = _parts(gguf_files(EMBEDDED_FOLDER), None)
    if missing := [part for part in HEARING_PARTS if part not in found]:
        raise ModelFileError(
            EMBEDDED_FOLDER,
            f"the embedded model lacks its {' and '.join(missing)}",
            "Install the package again, or set model.name to another model.",
        )
    return ModelSet(
        model=replace(
            NANO,
            version=quantization_of(found["backbone"].name) or "1",
            chat_unavailable_reason=chat_unavailable_reason(found["backbone"]),
        ),
        backbone=found["backbone"],
        mmproj=found["mmproj"],
        vocoder=found.get("vocoder"),
        tokenizer=found.get("tokenizer"),
        speech_remedy="Install the package again, or set model.name to another model.",
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
    return ModelSet(
        model=_describe(settings.name, folder, found["backbone"]),
        backbone=found["backbone"],
        mmproj=found["mmproj"],
        vocoder=found.get("vocoder"),
        tokenizer=found.get("tokenizer"),
        speech_remedy=f"Put them into {folder} as vocoder-NAME.gguf and tokenizer-NAME.gguf.",
    )


def _describe(name: str, folder: Path, backbone: Path) -> ModelDescription:
    """Say what a backbone in somebody's own folder is, by the name in the settings or else by its file's."""
    entry = CATALOG.get(name) or _entry_of(backbone)
    if entry is not None:
        quantization = quantization_of(backbone.name)
        words = (entry.model.description, quantization, f"from {folder}")
        return replace(
            entry.model,
            # Whoever names no model has the default's name; the file knows better.
            name=entry.name if name == EMBEDDED else name,
            description=", ".join(filter(None, words)),
            version="local",
        )
    description = f"{name}, from {folder}"
    if name == EMBEDDED:
        reason = chat_unavailable_reason(backbone)
        return replace(NANO, description=description, version="local", chat_unavailable_reason=reason)
    return ModelDescription(name, description, "local", voices=voices.LFM2_5)


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

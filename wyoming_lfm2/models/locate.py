"""Finds the files of the configured model set; downloads nothing and opens nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wyoming_lfm2.config.errors import did_you_mean
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.models.catalog import (
    CATALOG,
    EMBEDDED,
    HEARING_PARTS,
    Part,
    part_of,
    quantization_of,
    size_order,
)
from wyoming_lfm2.models.errors import ModelFileError
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.models.storage import cache_folder, read_record, set_folder

EMBEDDED_FOLDER = Path(__file__).parent / EMBEDDED
"""Inside the package."""


class ModelNotDownloadedError(ModelFileError):
    """A set of the catalogue has files that are not on this machine yet."""


def locate_model_set(settings: ModelSettings) -> ModelSet:
    """Return the configured set's files.

    :raises ModelFileError: the set is unknown or a file is missing or ambiguous; what to do is in the text.
    :raises ModelNotDownloadedError: the files can be had by downloading.
    """
    if settings.directory is not None:
        return _from_folder(settings, settings.directory.expanduser())
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
    folder = set_folder(cache_folder(settings.cache), entry.name)
    quantization = (settings.quantization or entry.quantizations[0]).upper()
    found = _parts(_gguf_files(folder), quantization) if folder.is_dir() else {}
    if missing := [part for part in HEARING_PARTS if part not in found]:
        raise ModelNotDownloadedError(
            folder,
            f"{entry.name} in {quantization} is not downloaded ({' and '.join(missing)} missing)",
            f"Run: wyoming-lfm2 models download {entry.name} --quantization {quantization}",
        )
    record = read_record(found["backbone"])
    revision = record.revision[:12] if record else "local"
    return _model_set(
        settings.name,
        found,
        entry.languages,
        f"{quantization}-{revision}",
        f"{entry.description}, {quantization}",
    )


def _embedded(settings: ModelSettings) -> ModelSet:
    found = _parts(_gguf_files(EMBEDDED_FOLDER), None) if EMBEDDED_FOLDER.is_dir() else {}
    if missing := [part for part in HEARING_PARTS if part not in found]:
        raise ModelFileError(
            EMBEDDED_FOLDER,
            f"the embedded model lacks its {' and '.join(missing)}",
            "Install the package again, or set model.name to another model.",
        )
    version = quantization_of(found["backbone"].name) or "1"
    return _model_set(
        settings.name,
        found,
        ("en",),
        version,
        "nano, a small LFM2-Audio for Home Assistant's commands, English",
    )


def _from_folder(settings: ModelSettings, folder: Path) -> ModelSet:
    if not folder.is_dir():
        raise ModelFileError(folder, "there is no such folder", "Correct model.directory.")
    files = _gguf_files(folder)
    quantizations = sorted({q for file in files if (q := quantization_of(file.name))}, key=size_order)
    wanted = settings.quantization.upper() if settings.quantization else None
    found = _parts(files, wanted or (quantizations[0] if quantizations else None), lone=True)
    if missing := [part for part in HEARING_PARTS if part not in found]:
        there = ", ".join(file.name for file in files) or "no GGUF file at all"
        asked = f" in {wanted}" if wanted else ""
        raise ModelFileError(
            folder,
            f"{' and '.join(missing)} missing{asked}; there is {there}",
            "Put the files there under their official names: NAME-Q4_0.gguf, mmproj-NAME-Q4_0.gguf.",
        )
    entry = CATALOG.get(settings.name)
    languages = entry.languages if entry else ("en",)
    return _model_set(settings.name, found, languages, "local", f"{settings.name} from {folder}")


def _gguf_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".gguf" and path.is_file())


def _parts(files: Iterable[Path], quantization: str | None, *, lone: bool = False) -> dict[Part, Path]:
    """Pick each part's file: the one in ``quantization``, or in whatever it is for None.

    :param lone: a part beside the backbone that has one file only is taken in any quantisation.
    :raises ModelFileError: several files could be the same part.
    """
    candidates: dict[Part, list[Path]] = {}
    for file in files:
        candidates.setdefault(part_of(file.name), []).append(file)
    found: dict[Part, Path] = {}
    for part, paths in candidates.items():
        any_will_do = quantization is None or (lone and part != "backbone" and len(paths) == 1)
        chosen = (
            paths if any_will_do else [p for p in paths if quantization_of(p.name) in (quantization, None)]
        )
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


def _model_set(
    name: str, found: dict[Part, Path], languages: tuple[str, ...], version: str, description: str
) -> ModelSet:
    return ModelSet(
        name=name,
        backbone=found["backbone"],
        mmproj=found["mmproj"],
        vocoder=found.get("vocoder"),
        tokenizer=found.get("tokenizer"),
        languages=languages,
        version=version,
        description=description,
    )

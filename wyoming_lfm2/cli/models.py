"""``wyoming-lfm2 models``: which models there are, download them, check what was downloaded, try them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from wyoming_lfm2.cli import models_try
from wyoming_lfm2.cli.command import FAILED, USAGE, CommandError
from wyoming_lfm2.cli.settings_options import STORAGE, add_settings_options, gather
from wyoming_lfm2.config.errors import did_you_mean
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.invocation import program
from wyoming_lfm2.models.catalog import (
    CATALOG,
    HEARING_PARTS,
    LICENSE,
    CatalogEntry,
    part_of,
    quantization_of,
)
from wyoming_lfm2.models.embedded import EMBEDDED
from wyoming_lfm2.models.locate import locate_model_set
from wyoming_lfm2.models.storage import (
    cache_folder,
    download_command,
    gguf_files,
    options_leading_to,
    set_folder,
)


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command and its own sub-commands."""
    parser = subparsers.add_parser(
        "models",
        help="list, download, verify and try models",
        description="Lists, downloads, verifies and tries models.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="which models there are, and which of them are here")
    add_settings_options(listing, STORAGE)
    listing.set_defaults(run=list_models)

    download = actions.add_parser(
        "download",
        help="download an official model",
        description="Downloads an official model from the Hugging Face Hub, with its files for hearing and for "
        "speaking; the first release is spoken with the files of LFM2.5, which come along. What is here already "
        "is not fetched again, an interrupted download goes on, every file is checked against the hub's SHA-256. "
        "The first download of a model decides on which commit it stays.",
        epilog=f"The official files come under the {LICENSE}.",
    )
    download.add_argument("name", metavar="NAME", help=", ".join(CATALOG))
    download.add_argument(
        "--quantization", metavar="Q", help="Q4_0, Q8_0 or F16; default: the model's smallest"
    )
    download.add_argument(
        "--revision", metavar="REVISION", help="another commit, tag or branch; main: the newest"
    )
    download.add_argument(
        "--hearing-only", action="store_true", help="leave out what only speaking needs (vocoder, tokenizer)"
    )
    add_settings_options(download, STORAGE)
    download.set_defaults(run=download_model)

    verify = actions.add_parser(
        "verify",
        help="read downloaded files through and check their SHA-256",
        description="Reads downloaded files through and compares them with the SHA-256 that the hub gave.",
    )
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: every model that is here")
    add_settings_options(verify, STORAGE)
    verify.set_defaults(run=verify_models)

    models_try.add_parser(actions)


def list_models(arguments: argparse.Namespace) -> int:
    """Print a line for each model and quantisation."""
    settings = gather(arguments).settings.model
    cache = cache_folder(settings.cache)
    rows = [("MODEL", "QUANTIZATION", "SIZE", "WHERE", "WHAT"), _embedded_row()]
    for entry in CATALOG.values():
        rows.extend(_catalog_rows(entry, _downloaded(cache, entry.name)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)) + f"  {row[4]}")
    print(f"\nDownloads lie in {cache}. The official models come under the {LICENSE}.")
    return 0


def download_model(arguments: argparse.Namespace) -> int:
    """Download one model and say where it is and how to use it."""
    settings = gather(arguments).settings.model
    if arguments.name == EMBEDDED:
        print(f"{EMBEDDED} comes with the package; there is nothing to download.")
        return 0
    entry = _entry(arguments.name)
    # Only now, since the hub's library takes its time to import.
    from wyoming_lfm2.models.download import download_set
    from wyoming_lfm2.models.hub import DownloadError

    try:
        files = download_set(
            entry,
            settings,
            quantization=arguments.quantization,
            revision=arguments.revision,
            parts=HEARING_PARTS if arguments.hearing_only else None,
        )
    except DownloadError as error:
        raise CommandError(str(error)) from error
    for path in files:
        print(f"{path}  {_megabytes(path.stat().st_size)}")
    quantization = quantization_of(files[0].name)
    leading_there = options_leading_to(cache_folder(settings.cache), quantization)
    print(f"Use it with: {program()} serve --model {entry.name}{leading_there}")
    return 0


def verify_models(arguments: argparse.Namespace) -> int:
    """Check every downloaded file of the named models; status 1 if one is not as it was."""
    from wyoming_lfm2.models.verify import verify_file

    settings = gather(arguments).settings.model
    cache = cache_folder(settings.cache)
    names = arguments.names or [name for name in CATALOG if _downloaded(cache, name)]
    status = 0
    if EMBEDDED in names:
        status = max(status, _check_embedded())
    files = [
        file for name in names if name != EMBEDDED for file in _files_to_verify(cache, _entry(name).name)
    ]
    if not names:
        print(f"Nothing is downloaded in {cache}.")
    for file in files:
        verdict = verify_file(file)
        print(f"{'good' if verdict.sound else 'BAD '}  {file}  {verdict.text}")
        status = max(status, 0 if verdict.sound else FAILED)
    return status


def _check_embedded() -> int:
    """Check the package's own model: its headers and sizes say whether it is whole."""
    from wyoming_lfm2.models.check import check_model_set

    try:
        model_set = locate_model_set(ModelSettings(name=EMBEDDED))
        check_model_set(model_set)
    except ModelFileError as error:
        print(f"BAD   {error}")
        return FAILED
    for file in model_set.files:
        print(f"good  {file}  headers and sizes")
    return 0


def _files_to_verify(cache: Path, name: str) -> list[Path]:
    files = _downloaded(cache, name)
    if not files:
        raise CommandError(f"{name} is not downloaded. Run: {download_command(name, cache)}")
    return files


def _entry(name: str) -> CatalogEntry:
    if name not in CATALOG:
        raise CommandError(f"There is no model {name}; {did_you_mean(name, (*CATALOG, EMBEDDED))}", USAGE)
    return CATALOG[name]


def _embedded_row() -> tuple[str, str, str, str, str]:
    try:
        found = locate_model_set(ModelSettings(name=EMBEDDED))
    except ModelFileError:
        return EMBEDDED, "", "", "missing", "should have come with the package; install it again"
    size = sum(file.stat().st_size for file in found.files)
    quantization = quantization_of(found.backbone.name) or ""
    where = "in the package" + (", silent" if found.tts_unavailable_reason else "")
    return EMBEDDED, quantization, _megabytes(size), where, found.model.description


def _catalog_rows(entry: CatalogEntry, here: list[Path]) -> list[tuple[str, str, str, str, str]]:
    found = {q for file in here if (q := quantization_of(file.name))}
    rows = []
    for quantization in (*entry.quantizations, *sorted(found - set(entry.quantizations))):
        files = [file for file in here if quantization_of(file.name) == quantization]
        size = _megabytes(sum(file.stat().st_size for file in files)) if files else ""
        where = _where(entry, files) if files else "on the hub"
        rows.append((entry.name, quantization, size, where, entry.model.description))
    return rows


def _where(entry: CatalogEntry, files: list[Path]) -> str:
    """How much of a set in one quantisation is here."""
    parts = {part_of(file.name) for file in files}
    if not set(HEARING_PARTS) <= parts:
        return "in part"
    return "downloaded" if set(entry.parts) <= parts else "downloaded, silent"


def _downloaded(cache: Path, name: str) -> list[Path]:
    try:
        return gguf_files(set_folder(cache, name))
    except ModelFileError as error:
        raise CommandError(str(error)) from error


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"

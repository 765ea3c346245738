"""Gets hold of the configured model's files, downloading them if that is wanted and possible."""

from __future__ import annotations

import logging

from wyoming_lfm2.cli.command import CommandError
from wyoming_lfm2.config.settings import EngineSettings, ModelSettings
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.models.locate import ModelNotDownloadedError, locate_model_set
from wyoming_lfm2.models.model_set import ModelSet

_LOGGER = logging.getLogger(__name__)


def obtain_model_set(settings: ModelSettings) -> ModelSet:
    """Return the configured set's files; a set of the catalogue that is missing is downloaded first.

    :raises CommandError: they cannot be had; the text says what to do.
    """
    try:
        return locate_model_set(settings)
    except ModelNotDownloadedError as error:
        if settings.offline:
            raise CommandError(f"{error} (model.offline is set, so it was not tried.)") from error
    except ModelFileError as error:
        raise CommandError(str(error)) from error
    return _download(settings)


def _download(settings: ModelSettings) -> ModelSet:
    # Only now, since the hub's library takes its time to import.
    from wyoming_lfm2.models.catalog import CATALOG, LICENSE
    from wyoming_lfm2.models.download import download_set
    from wyoming_lfm2.models.hub import DownloadError

    entry = CATALOG[settings.name]
    _LOGGER.info(
        "%s is not here yet; downloading it from %s, under the %s", entry.name, entry.repository, LICENSE
    )
    try:
        download_set(entry, settings)
        return locate_model_set(settings)
    except (DownloadError, ModelFileError) as error:
        raise CommandError(str(error)) from error


def warn_if_memory_is_short(model_set: ModelSet, settings: EngineSettings) -> None:
    """Log a warning if the model will hardly fit: otherwise the system ends the process without a word.

    :raises CommandError: a file is missing or wrong.
    """
    from wyoming_lfm2.models.check import check_model_set
    from wyoming_lfm2.models.memory import available_bytes, needed_bytes

    try:
        needed = needed_bytes(check_model_set(model_set), settings.context)
    except ModelFileError as error:
        raise CommandError(str(error)) from error
    available = available_bytes()
    if available is not None and needed > available:
        _LOGGER.warning(
            "%s needs about %d MB of memory and %d MB are free; if the process is gone without a word, "
            "the system has ended it: choose a smaller model or quantization",
            model_set.model.name,
            needed / 1e6,
            available / 1e6,
        )

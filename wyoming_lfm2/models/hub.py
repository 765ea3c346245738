"""Asks the Hugging Face Hub what a set consists of: the commit, the files, their sizes and hashes."""

from __future__ import annotations

import os
from dataclasses import dataclass

import httpx2
from huggingface_hub import HfApi, constants, hf_hub_url
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

from wyoming_lfm2 import __version__
from wyoming_lfm2.config.environment import read_secret
from wyoming_lfm2.config.errors import SettingsError

# The library would tell the hub what runs it and what else is installed, and ask it about other programs.
constants.HF_HUB_DISABLE_TELEMETRY = True

DEFAULT_BRANCH = "main"
_TIMEOUT_S = 30.0


class DownloadError(Exception):
    """A download that was refused or failed; one sentence with what to do."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository, as the hub describes it."""

    name: str
    size: int
    """In bytes."""
    sha256: str
    url: str
    """Of exactly this commit's file."""


@dataclass(frozen=True)
class RemoteSet:
    """A repository's GGUF files on one commit."""

    commit: str
    files: tuple[RemoteFile, ...]


def switched_off() -> bool:
    """Tell whether ``HF_HUB_OFFLINE`` forbids asking."""
    return bool(constants.HF_HUB_OFFLINE)


def headers() -> dict[str, str]:
    """Return the headers that every request carries.

    :raises DownloadError: the token's file cannot be read.
    """
    given = {"user-agent": f"wyoming-lfm2/{__version__}"}
    if token := _token():
        given["authorization"] = f"Bearer {token}"
    return given


def list_repository(repository: str, revision: str) -> RemoteSet:
    """Return what ``revision`` of a repository holds; files without a hash of their own are left out.

    :raises DownloadError: no such repository or revision, no permission, or no connection.
    """
    # The library reads HF_ENDPOINT once, when it is imported; a mirror may be named later.
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or constants.ENDPOINT
    try:
        info = HfApi(endpoint=endpoint, token=_token() or False).model_info(
            repository, revision=revision, files_metadata=True, timeout=_TIMEOUT_S
        )
    except (GatedRepoError, RepositoryNotFoundError) as error:
        raise DownloadError(
            f"{endpoint}/{repository} is not there, or not for you; if it asks for a licence to be "
            "accepted, accept it there and set HF_TOKEN or HF_TOKEN_FILE."
        ) from error
    except RevisionNotFoundError as error:
        raise DownloadError(
            f"{repository} has no revision {revision}; try --revision {DEFAULT_BRANCH}."
        ) from error
    except (httpx2.HTTPError, OSError, ValueError) as error:
        raise DownloadError(f"{endpoint} cannot be asked for {repository}: {first_line(error)}.") from error
    if not info.sha:
        raise DownloadError(f"{endpoint} does not say which commit {repository} is on.")
    files = (
        RemoteFile(
            name=sibling.rfilename,
            size=sibling.lfs.size,
            sha256=sibling.lfs.sha256,
            url=hf_hub_url(repository, sibling.rfilename, revision=info.sha, endpoint=endpoint),
        )
        for sibling in info.siblings or []
        if sibling.lfs is not None and sibling.rfilename.endswith(".gguf") and "/" not in sibling.rfilename
    )
    return RemoteSet(info.sha, tuple(files))


def _token() -> str | None:
    """Return the token in ``HF_TOKEN``, or in the file that ``HF_TOKEN_FILE`` names; most sets need none."""
    if path := os.environ.get("HF_TOKEN_FILE"):
        try:
            return read_secret("HF_TOKEN_FILE", path).strip()
        except SettingsError as error:
            raise DownloadError(str(error)) from error
    return os.environ.get("HF_TOKEN") or None


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text without its full stop; its kind if it has no text."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".:") if text else type(error).__name__

"""What ``doctor`` looks at, one function a subject; each says what it found and what to do."""

from __future__ import annotations

import importlib.util
import platform
import re
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from wyoming_lfm2 import __version__
from wyoming_lfm2.cli.finding import Finding, State
from wyoming_lfm2.config.closed_paths import mode_of
from wyoming_lfm2.config.loading import GatheredSettings
from wyoming_lfm2.config.settings import Settings, SpeakingSettings
from wyoming_lfm2.invocation import pip

if TYPE_CHECKING:
    from wyoming_lfm2.models.model_set import ModelSet

PACKAGE = "wyoming-lfm2"


def program() -> Iterator[Finding]:
    """Versions of the program, Python and the libraries."""
    python = f"Python {platform.python_version()} in {sys.prefix}"
    yield Finding(State.GOOD, f"{PACKAGE} {__version__}, {python}, {platform.platform()}")
    versions = []
    for requirement in _requirements():
        name = re.split(r"[^A-Za-z0-9._-]", requirement)[0]
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            remedy = f"Run: {pip()} install {shlex.quote(requirement)}"
            yield Finding(State.PROBLEM, f"{name} is not installed", remedy)
    yield Finding(State.GOOD, ", ".join(versions))


def _requirements() -> list[str]:
    """What ours needs to run, as pip takes it."""
    try:
        lines = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return []
    return [line for line in lines if "extra ==" not in line]


def settings_sources(gathered: GatheredSettings) -> Iterator[Finding]:
    """Where the settings came from."""
    yield Finding(State.GOOD, f"settings file: {gathered.file or 'none'}")
    for name, origin in gathered.origins.items():
        section, key = name.split(".")
        value = getattr(getattr(gathered.settings, section), key)
        yield Finding(State.GOOD, f"{name} = {value} ({origin})")
    log = gathered.settings.log
    if log.transcripts:
        yield Finding(State.NOTE, "log.transcripts is set: what people say is written to the log")
    if log.save_audio is not None:
        yield Finding(State.NOTE, f"log.save_audio is set: what people say is kept in {log.save_audio}")


def processor(settings: Settings) -> Iterator[Finding]:
    """Whether llama.cpp was compiled for this processor, and how many threads it gets."""
    from wyoming_lfm2.engine.llama.build_hints import broken_amx, processor_remedy, wrong_version
    from wyoming_lfm2.engine.llama.library import (
        compiled_cpu_features,
        has_broken_amx,
        missing_cpu_features,
    )
    from wyoming_lfm2.engine.llama.process_environment import default_threads, usable_processors

    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        return  # said above
    lenient = settings.model.checks == "warn"
    if wrong := wrong_version():
        problem, remedy = wrong
        yield Finding(State.NOTE if lenient else State.PROBLEM, problem, remedy)
        if not lenient:
            return
    folder = Path(spec.origin).parent / "lib"
    if missing := missing_cpu_features(folder):
        yield Finding(
            State.PROBLEM,
            f"llama.cpp was compiled for a processor with {', '.join(missing)}, which this one lacks",
            processor_remedy(missing),
        )
    elif has_broken_amx(folder):
        yield Finding(State.NOTE if lenient else State.PROBLEM, *broken_amx())
    else:
        features = ", ".join(compiled_cpu_features(folder)) or "nothing in particular"
        yield Finding(State.GOOD, f"llama.cpp is compiled for {features}; this processor has it all")
        if settings.engine.gpu_layers:
            yield from _gpu(settings.engine.gpu_layers)
    processors = len(usable_processors())
    threads = settings.engine.threads or default_threads()
    yield Finding(State.GOOD, f"{threads} threads on {processors} logical processors")
    if threads > processors:
        yield Finding(
            State.PROBLEM,
            f"engine.threads is {threads}, more than there are processors: every step waits",
            f"Set engine.threads to {processors} or leave it out.",
        )


def _gpu(layers: int) -> Iterator[Finding]:
    from wyoming_lfm2.engine.errors import LibraryError
    from wyoming_lfm2.engine.llama.build_hints import idle_gpu_layers
    from wyoming_lfm2.engine.llama.library import load_library

    try:
        if load_library().llama.llama_supports_gpu_offload():
            yield Finding(State.GOOD, f"a GPU for {layers} layers")
        else:
            yield Finding(State.PROBLEM, *idle_gpu_layers(layers))
    except LibraryError as error:
        yield Finding(State.PROBLEM, str(error))


def model(settings: Settings) -> Iterator[Finding]:
    """Whether the model's files are there and sound, and fit into memory."""
    from wyoming_lfm2.gguf.errors import ModelFileError
    from wyoming_lfm2.models.check import check_model_set
    from wyoming_lfm2.models.locate import ModelNotDownloadedError, locate_model_set
    from wyoming_lfm2.models.memory import available_bytes, needed_bytes

    try:
        found = locate_model_set(settings.model)
    except ModelNotDownloadedError as error:
        state = State.PROBLEM if settings.model.offline else State.NOTE
        yield Finding(state, f"{error.path}: {error.problem}; serve would download it", error.remedy)
        return
    except ModelFileError as error:
        yield Finding(State.PROBLEM, str(error))
        return
    try:
        shapes = check_model_set(found)
    except ModelFileError as error:
        yield Finding(State.PROBLEM, str(error))
        return
    yield Finding(State.GOOD, f"model {found.model.name} ({found.model.version}): {found.model.description}")
    if found.lenient:
        yield Finding(
            State.NOTE, "model.checks is warn: files that llama.cpp may not survive are not refused"
        )
    for warning in shapes.warnings:
        yield Finding(State.NOTE, f"{warning.path}: {warning.problem}", warning.remedy)
    for file in found.files:
        yield Finding(State.GOOD, f"{file}  {file.stat().st_size / 1e6:,.0f} MB")
    if shapes.speech is None:
        yield Finding(State.NOTE, shapes.tts_unavailable_reason)
    else:
        yield from _voices(found, settings.speaking)
    needed, available = needed_bytes(shapes, settings.engine.context), available_bytes()
    if available is None:
        yield Finding(
            State.NOTE, f"about {needed / 1e6:,.0f} MB of memory are needed; how much is free is not known"
        )
    elif needed > available:
        yield Finding(
            State.PROBLEM,
            f"about {needed / 1e6:,.0f} MB of memory are needed and {available / 1e6:,.0f} MB are free",
            "Choose a smaller quantization or model, a smaller engine.context, or stop something else.",
        )
    else:
        yield Finding(
            State.GOOD, f"about {needed / 1e6:,.0f} MB of memory of {available / 1e6:,.0f} MB that are free"
        )


def _voices(found: ModelSet, speaking: SpeakingSettings) -> Iterator[Finding]:
    """Who speaks, and whether the voice of the settings is among them."""
    from wyoming_lfm2.config.errors import did_you_mean
    from wyoming_lfm2.tts.voices import Voices

    resident, wanted = found.model.voices, speaking.voice
    names = [voice.name for voice in Voices(resident, speaking.voices).all]
    unknown = wanted is not None and wanted.lower() not in map(str.lower, names)
    voices = Voices(resident, speaking.voices, None if unknown else wanted)
    yield Finding(
        State.GOOD, f"it speaks, the default first: {', '.join(voice.name for voice in voices.all)}"
    )
    if wanted is not None and unknown:
        guess = did_you_mean(wanted, names)
        yield Finding(
            State.PROBLEM,
            f"speaking.voice is {wanted}, which there is not: {names[0]} would speak instead",
            guess[0].upper() + guess[1:],
        )


def cache(settings: Settings) -> Iterator[Finding]:
    """Whether downloads, and what is made of them, have a place to go."""
    from wyoming_lfm2.models.storage import cache_folder

    folder = cache_folder(settings.model.cache)
    try:
        existing = next(path for path in (folder, *folder.parents) if mode_of(path))
        problem = _cannot_write(existing)
    except OSError as error:
        problem = error.strerror or str(error)
    if problem is None:
        free = shutil.disk_usage(existing).free
        yield Finding(State.GOOD, f"cache folder {folder}, {free / 1e9:,.1f} GB free")
    else:
        # Without downloads only the depthformer's file goes there, which can be made in a temporary folder, too.
        needed = settings.model.name != "nano" and not settings.model.directory
        yield Finding(
            State.PROBLEM if needed else State.NOTE,
            f"cache folder {folder} cannot be written: {problem}"
            + ("" if needed else "; what speaking needs is made anew at each start"),
            "Set model.cache to one that can.",
        )


def _cannot_write(folder: Path) -> str | None:
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return error.strerror or str(error)


def port(settings: Settings) -> Iterator[Finding]:
    """Whether the port can be opened."""
    from wyoming_lfm2.protocol.errors import ServiceError
    from wyoming_lfm2.protocol.uri import TcpUri, UnixUri, parse_uri
    from wyoming_lfm2.server.sockets import bind_tcp

    try:
        where = parse_uri(settings.service.uri)
        if isinstance(where, TcpUri):
            for sock in bind_tcp(where):
                sock.close()
            yield Finding(State.GOOD, f"{where} is free")
        elif isinstance(where, UnixUri):
            problem = _cannot_write(where.path.parent)
            if problem is not None:
                yield Finding(State.PROBLEM, f"{where}: {where.path.parent}: {problem}")
            else:
                yield Finding(State.GOOD, f"{where} can be made")
        else:
            yield Finding(State.GOOD, "one client, on standard input and output")
    except ServiceError as error:
        if (server := _who_answers(settings.service.uri)) is not None:
            yield Finding(State.NOTE, f"{settings.service.uri} is taken: {server} answers there already")
        else:
            yield Finding(State.PROBLEM, str(error))


def _who_answers(uri: str) -> str | None:
    """Return the name of the Wyoming server at ``uri``; None if there is none."""
    import asyncio

    from wyoming_lfm2.protocol.client import ClientError, connect
    from wyoming_lfm2.protocol.errors import ServiceError

    async def ask() -> str:
        async with connect(uri, timeout_s=2.0) as client:
            info = await client.describe()
            return f"{info.asr[0].name} {info.asr[0].version}" if info.asr else "another Wyoming server"

    try:
        return asyncio.run(ask())
    except (ClientError, ServiceError):
        return None


def discovery(settings: Settings) -> Iterator[Finding]:
    """Which addresses Home Assistant would be told."""
    from wyoming_lfm2.discovery.addresses import reachable_addresses
    from wyoming_lfm2.protocol.errors import ServiceError
    from wyoming_lfm2.protocol.uri import TcpUri, parse_uri

    if not settings.discovery.enabled:
        yield Finding(State.NOTE, "switched off; add the server in Home Assistant by hand")
        return
    try:
        where = parse_uri(settings.service.uri)
    except ServiceError:
        return  # said above
    if not isinstance(where, TcpUri):
        yield Finding(State.NOTE, f"{where} cannot be reached from the network, so it is not announced")
        return
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    except OSError:
        return  # said above
    own = reachable_addresses([str(address[4][0]) for address in found])
    addresses = settings.discovery.addresses or own
    if addresses:
        yield Finding(State.GOOD, f"would be announced at {', '.join(map(str, addresses))}")
    else:
        yield Finding(
            State.NOTE,
            f"{where} has no address that other machines can reach, so it is not announced",
            "If Home Assistant runs on another machine, serve tcp://0.0.0.0:PORT.",
        )

"""``wyoming-lfm2 transcribe FILE...``: what recordings say, from a model loaded here or a running server."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from wyoming_lfm2.cli.command import FAILED, USAGE, CommandError, abandonable, set_up_logging
from wyoming_lfm2.cli.model_files import obtain_model_set
from wyoming_lfm2.cli.settings_options import LOG_LEVEL, MODEL, add_settings_options, gather
from wyoming_lfm2.config.settings import HearingSettings, Settings

if TYPE_CHECKING:
    from wyoming_lfm2.asr.stream import AsrStream, TranscribedSegment
    from wyoming_lfm2.engine.api import Transcriber

STANDARD_INPUT = "-"

_PATIENCE_S = 300.0
"""For an answer: a slow machine may take its time over minutes of speech."""


Source = Path | IO[bytes]


@dataclass(frozen=True)
class Heard:
    """What became of one recording."""

    text: str
    audio_s: float
    """Length of the recording in seconds."""
    pieces: tuple[TranscribedSegment, ...] | None
    """Where in the recording which words are; None from a server, which does not say."""


Hear = Callable[[Source], Awaitable[Heard]]


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "transcribe",
        help="write down what recordings say",
        description="Prints what recordings say: WAV, FLAC, Ogg, MP3 and whatever else libsndfile reads.",
        epilog="The exit status is 1 if a recording could not be transcribed; the others still are.",
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help=f"recording; {STANDARD_INPUT} for standard input"
    )
    parser.add_argument(
        "--uri", metavar="URI", help="ask the server there (tcp://HOST:PORT or unix:///PATH), load no model"
    )
    parser.add_argument("--language", metavar="TAG", help="with --uri: the language to ask for, such as en")
    parser.add_argument(
        "--json", action="store_true", help="print a JSON object for each recording, one a line, with timings"
    )
    add_settings_options(parser, (*MODEL, LOG_LEVEL))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Transcribe every file in turn."""
    settings = gather(arguments).settings
    # Standard error is for what goes wrong; that all is well shows in the words.
    set_up_logging("warning" if settings.log.level == "info" else settings.log.level)
    from wyoming_lfm2.engine.llama.process_environment import prepare

    prepare(settings.engine.wait_policy)
    return asyncio.run(_transcribe(arguments, settings))


async def _transcribe(arguments: argparse.Namespace, settings: Settings) -> int:
    from wyoming_lfm2.audio.files import AudioFileError
    from wyoming_lfm2.audio.pcm import AudioError
    from wyoming_lfm2.engine.errors import EngineError
    from wyoming_lfm2.protocol.client import ClientError

    status = 0
    many = len(arguments.files) > 1
    async with _hearing(arguments, settings) as hear:
        for name in arguments.files:
            started = time.perf_counter()
            try:
                heard = await hear(sys.stdin.buffer if name == STANDARD_INPUT else Path(name))
            except (AudioError, EngineError, ClientError) as error:
                text = str(error) if isinstance(error, AudioFileError) else f"{name}: {error}"
                print(f"wyoming-lfm2: {text}", file=sys.stderr)
                if arguments.json:
                    _print_json({"file": name, "error": str(error)})
                status = FAILED
                continue
            if arguments.json:
                took = time.perf_counter() - started
                _print_json(_as_json(name, heard, took))
            else:
                print(f"{name}: {heard.text}" if many else heard.text, flush=True)
    return status


@asynccontextmanager
async def _hearing(arguments: argparse.Namespace, settings: Settings) -> AsyncIterator[Hear]:
    """Give what hears: a running server, or an engine that is loaded now and freed at the end."""
    if arguments.uri is not None:
        yield _server_at(arguments.uri, arguments.language)
        return
    if arguments.language is not None:
        raise CommandError("--language is for --uri; a model that is loaded here has its own.", USAGE)
    from wyoming_lfm2.engine.engine import Engine
    from wyoming_lfm2.engine.errors import EngineError
    from wyoming_lfm2.gguf.errors import ModelFileError

    model_set = await abandonable(lambda: obtain_model_set(settings.model))
    try:
        engine = await Engine.load(
            model_set, settings.engine, settings.hearing.longest_piece_s, settings.model.cache
        )
    except (ModelFileError, EngineError) as error:
        raise CommandError(str(error)) from error
    try:
        yield _engine(engine, settings.hearing)
    finally:
        await engine.close()


def _server_at(uri: str, language: str | None) -> Hear:
    from wyoming_lfm2.audio.files import FILE_FORMAT, read_pcm
    from wyoming_lfm2.protocol.client import connect
    from wyoming_lfm2.protocol.errors import ServiceError
    from wyoming_lfm2.protocol.uri import parse_uri

    try:
        parse_uri(uri)
    except ServiceError as error:
        raise CommandError(str(error), USAGE) from error

    async def hear(source: Source) -> Heard:
        # All of it first: a file that turns out to be damaged should not cost the server anything.
        chunks = await asyncio.to_thread(lambda: list(read_pcm(source)))
        async with connect(uri, _PATIENCE_S) as client:
            text = await client.transcribe(chunks, FILE_FORMAT, language)
        return Heard(text, sum(map(len, chunks)) / FILE_FORMAT.bytes_per_second, None)

    return hear


def _engine(transcriber: Transcriber, hearing: HearingSettings) -> Hear:
    from wyoming_lfm2.asr.stream import AsrStream
    from wyoming_lfm2.audio.files import FILE_FORMAT, read_pcm

    # The limit is there against clients that never stop; a file has an end.
    patient = hearing.model_copy(update={"longest_request_s": math.inf})

    async def hear(source: Source) -> Heard:
        utterance = AsrStream(transcriber, patient)
        writing = asyncio.create_task(_joined(utterance))
        sent = 0
        try:
            for chunk in read_pcm(source):
                sent += len(chunk)
                await utterance.feed(chunk, FILE_FORMAT)
            await utterance.finish()
            return Heard(await writing, sent / FILE_FORMAT.bytes_per_second, utterance.pieces)
        finally:
            await utterance.cancel()
            writing.cancel()

    return hear


async def _joined(utterance: AsrStream) -> str:
    return "".join([fragment async for fragment in utterance.fragments()])


def _as_json(name: str, heard: Heard, took_s: float) -> dict[str, Any]:
    line = {
        "file": name,
        "text": heard.text,
        "audio_s": round(heard.audio_s, 3),
        "took_s": round(took_s, 3),
    }
    if heard.pieces is not None:
        line["pieces"] = [asdict(piece) for piece in heard.pieces]
    return line


def _print_json(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)

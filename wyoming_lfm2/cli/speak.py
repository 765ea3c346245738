"""``wyoming-lfm2 speak TEXT``: says it, with a model loaded here or a running server."""

from __future__ import annotations

import argparse
import asyncio
import codecs
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wyoming_lfm2.cli.command import USAGE, CommandError, abandonable, set_up_logging
from wyoming_lfm2.cli.model_files import obtain_model_set
from wyoming_lfm2.cli.settings_options import LOG_LEVEL, MODEL, add_settings_options, gather
from wyoming_lfm2.cli.sound_output import STANDARD_OUTPUT, open_output
from wyoming_lfm2.config.settings import Settings

if TYPE_CHECKING:
    from wyoming_lfm2.audio.pcm import PcmFormat
    from wyoming_lfm2.engine.api import Speaker, Voice

STANDARD_INPUT = "-"

_PATIENCE_S = 300.0
"""For an answer: a slow machine may take its time over a long sentence."""

Sound = AsyncGenerator[tuple[bytes, "PcmFormat"], None]


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "speak",
        help="say a text",
        description="Says a text: into a WAV file, into a pipe as WAV, or through the loudspeaker. Text from "
        "standard input is spoken sentence by sentence, as it comes; the end of a line ends a sentence.",
    )
    parser.add_argument(
        "text", nargs="*", metavar="TEXT", help=f"what to say; {STANDARD_INPUT} or nothing: standard input"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=f"WAV file, {STANDARD_OUTPUT} for standard output; default: the pipe if there is one, else the "
        "loudspeaker",
    )
    parser.add_argument("--voice", metavar="NAME", help="one of `wyoming-lfm2 voices`; default: the first")
    parser.add_argument("--seed", type=int, metavar="N", help="another way of saying the same")
    parser.add_argument(
        "--uri", metavar="URI", help="ask the server there (tcp://HOST:PORT or unix:///PATH), load no model"
    )
    add_settings_options(parser, (*MODEL, LOG_LEVEL))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Say it."""
    settings = gather(arguments).settings
    set_up_logging("warning" if settings.log.level == "info" else settings.log.level)
    if arguments.uri is not None and arguments.seed is not None:
        raise CommandError("--seed is for a model that is loaded here; a server has its own.", USAGE)
    if arguments.seed is not None and not 0 <= arguments.seed < 2**32:
        raise CommandError("--seed: a number from 0 to 4294967295, please.", USAGE)
    from wyoming_lfm2.engine.llama.process_environment import prepare

    prepare(settings.engine.wait_policy)
    asyncio.run(_speak(arguments, settings))
    return 0


async def _speak(arguments: argparse.Namespace, settings: Settings) -> None:
    from wyoming_lfm2.engine.errors import EngineError
    from wyoming_lfm2.protocol.client import ClientError
    from wyoming_lfm2.protocol.voice_names import UnknownVoiceError

    from_input = arguments.text in ([], [STANDARD_INPUT])
    texts = _standard_input() if from_input else _given(" ".join(arguments.text))
    speaking = _at_server if arguments.uri is not None else _here
    try:
        with open_output(arguments.output) as output:
            async with aclosing(speaking(arguments, settings, texts)) as sound:
                async for pcm, fmt in sound:
                    # In a thread: a loudspeaker or a pipe takes its time, and the next sound is made meanwhile.
                    await asyncio.to_thread(output.write, pcm, fmt)
    except UnknownVoiceError as error:
        raise CommandError(str(error), USAGE) from error
    except (EngineError, ClientError) as error:
        raise CommandError(str(error)) from error


async def _here(arguments: argparse.Namespace, settings: Settings, texts: AsyncIterator[str]) -> Sound:
    """A model that is loaded now and freed at the end."""
    from wyoming_lfm2.audio.pcm import PcmFormat
    from wyoming_lfm2.engine.api import SPEECH_RATE
    from wyoming_lfm2.engine.engine import Engine
    from wyoming_lfm2.gguf.errors import ModelFileError
    from wyoming_lfm2.tts.speech_stream import SAMPLE_BYTES, SpeechStream
    from wyoming_lfm2.tts.synthesizer import Synthesizer

    model_set = await abandonable(lambda: obtain_model_set(settings.model))
    try:
        engine = await Engine.load(
            model_set, settings.engine, settings.hearing.longest_piece_s, settings.model.cache
        )
    except ModelFileError as error:
        raise CommandError(str(error)) from error
    try:
        voice = _voice(engine, settings, arguments.voice)
        if arguments.seed is not None:
            voice = replace(voice, seed=arguments.seed)
        # The limit is there against clients that never stop; what a person types has an end.
        patient = settings.speaking.model_copy(update={"longest_text": sys.maxsize})
        reply = SpeechStream(Synthesizer(engine, patient), voice)
        writing = asyncio.create_task(_write(reply, texts))
        try:
            async with aclosing(reply.pcm()) as sound:
                async for pcm in sound:
                    yield pcm, PcmFormat(SPEECH_RATE, SAMPLE_BYTES, 1)
            await writing
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await reply.close()
    finally:
        await engine.close()


async def _at_server(arguments: argparse.Namespace, _settings: Settings, texts: AsyncIterator[str]) -> Sound:
    from wyoming_lfm2.protocol.client import connect
    from wyoming_lfm2.protocol.errors import ServiceError

    try:
        async with (
            connect(arguments.uri, _PATIENCE_S) as client,
            aclosing(client.speak(texts, arguments.voice)) as sound,
        ):
            async for pcm, fmt in sound:
                yield pcm, fmt
    except ServiceError as error:
        raise CommandError(str(error), USAGE) from error


def _voice(speaker: Speaker, settings: Settings, name: str | None) -> Voice:
    """The voice of that name; a person who asked for one wants to know that there is none.

    :raises UnknownVoiceError: there is none.
    """
    from wyoming_lfm2.protocol.voice_names import check_voice
    from wyoming_lfm2.tts.voices import Voices

    info = speaker.info
    if not info.voices:
        raise CommandError(info.tts_unavailable_reason)
    voices = Voices(info.voices, settings.speaking.voices, settings.speaking.voice)
    if name is not None:
        check_voice(name, (voice.name for voice in voices.all))
    return voices.choose(name)


async def _write(reply: Any, texts: AsyncIterator[str]) -> None:
    """Pass text on as it comes; what goes wrong with it ends the reply, and is raised behind it."""
    try:
        async for text in texts:
            reply.add(text)
    finally:
        reply.finish()


async def _given(text: str) -> AsyncIterator[str]:
    yield text


async def _standard_input() -> AsyncIterator[str]:
    """What is typed or piped, as it comes; each end of a line made an empty line, which ends a sentence."""
    loop = asyncio.get_running_loop()
    parts: asyncio.Queue[bytes] = asyncio.Queue()
    stream: Any = sys.stdin.buffer

    def read() -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody wants the rest
            while part := stream.read1(65_536):
                loop.call_soon_threadsafe(parts.put_nowait, part)
            loop.call_soon_threadsafe(parts.put_nowait, b"")

    # Not in the loop's own threads: it would wait for one that waits for a person.
    threading.Thread(target=read, name="standard input", daemon=True).start()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while part := await parts.get():
        yield decoder.decode(part).replace("\n", "\n\n")
    yield decoder.decode(b"", final=True)

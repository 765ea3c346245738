"""``wyoming-lfm2 chat``: a dialogue in the terminal, written or heard, answered in text and, if wanted, sound."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack, aclosing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wyoming_lfm2.cli.command import USAGE, CommandError, abandonable, set_up_logging
from wyoming_lfm2.cli.home_chat import write_at_home
from wyoming_lfm2.cli.model_files import obtain_model_set
from wyoming_lfm2.cli.settings_options import LOG_LEVEL, MODEL, add_settings_options, gather
from wyoming_lfm2.cli.sound_output import STANDARD_OUTPUT, SoundOutput, open_output
from wyoming_lfm2.config.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wyoming_lfm2.engine.api import Converser
    from wyoming_lfm2.models.model_set import ModelSet

_DIALOGUE = "terminal"
_PROMPT = "> "


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "chat",
        help="hold a conversation in the terminal",
        description="Answers what is said: the text given here, a recording, or else line after line of "
        "standard input. Each turn goes on from those before.",
    )
    parser.add_argument("text", nargs="*", metavar="TEXT", help="what to say; nothing: standard input")
    parser.add_argument(
        "--hear", metavar="FILE", help="say what this recording says; the model hears it itself"
    )
    parser.add_argument("--speak", action="store_true", help="answer in sound, too, through the loudspeaker")
    parser.add_argument("-o", "--output", metavar="FILE", help="answer in sound, too, into this WAV file")
    parser.add_argument(
        "--home", action="store_true", help="with home control: print the intents that would be carried out"
    )
    add_settings_options(parser, (*MODEL, LOG_LEVEL))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Converse."""
    settings = gather(arguments).settings
    set_up_logging("warning" if settings.log.level == "info" else settings.log.level)
    if arguments.hear is not None and arguments.text:
        raise CommandError("Either a text or --hear, please.", USAGE)
    if arguments.output == STANDARD_OUTPUT:
        raise CommandError("--output: the text is on standard output; a file for the sound, please.", USAGE)
    sounding = arguments.speak or arguments.output is not None
    if arguments.home and (sounding or arguments.hear is not None):
        raise CommandError("--home: intents are written and read, not spoken and heard.", USAGE)
    from wyoming_lfm2.engine.llama.process_environment import prepare

    prepare(settings.engine.wait_policy)
    asyncio.run(_chat(arguments, settings))
    return 0


async def _chat(arguments: argparse.Namespace, settings: Settings) -> None:
    from wyoming_lfm2.audio.pcm import AudioError
    from wyoming_lfm2.engine.engine import Engine
    from wyoming_lfm2.engine.errors import EngineError
    from wyoming_lfm2.gguf.errors import ModelFileError
    from wyoming_lfm2.server.conversation_context import conversation_prompt

    model_set = await abandonable(lambda: obtain_model_set(settings.model))
    sounding = arguments.speak or arguments.output is not None
    _check(model_set, sound=sounding or arguments.hear is not None)
    try:
        heard = None if arguments.hear is None else _recording(Path(arguments.hear))
        with ExitStack() as opened:
            output = opened.enter_context(open_output(arguments.output, pipe=False)) if sounding else None
            with _loading(model_set.model.name):
                engine = await Engine.load(
                    model_set,
                    settings.engine,
                    settings.hearing.longest_piece_s,
                    settings.model.cache,
                    settings.conversation,
                )
            system = conversation_prompt(settings.conversation, engine.info, engine.info.languages[0])
            at_home = settings.conversation.model_copy(update={"home_control": True})
            try:
                if arguments.home and not engine.info.calls:
                    raise CommandError(
                        f"{model_set.model.name} has no tokens for calls of functions. "
                        "Leave --home out, or take another model: nano has them."
                    )
                if heard is not None:
                    await _speak(engine, heard, output)
                for line in (" ".join(arguments.text),) if arguments.text or heard is not None else _lines():
                    if line:
                        if arguments.home:
                            await write_at_home(engine, line, _DIALOGUE, at_home)
                        elif output is None:
                            await _write(engine, _with_note(line, settings, engine.info.languages[0]), system)
                        else:
                            await _speak(engine, line, output)
            finally:
                await engine.close()
    except (AudioError, EngineError, ModelFileError) as error:
        raise CommandError(str(error)) from error


def _check(model_set: ModelSet, *, sound: bool) -> None:
    """Raise CommandError before anything takes long, if the model cannot do it."""
    if model_set.model.chat_unavailable_reason:
        raise CommandError(model_set.model.chat_unavailable_reason)
    if sound and model_set.tts_unavailable_reason:
        raise CommandError(model_set.tts_unavailable_reason)


async def _write(engine: Converser, text: str, system: str) -> None:
    """Answer in text."""
    async with aclosing(engine.answer(text, _DIALOGUE, system)) as fragments:
        async for fragment in fragments:
            print(fragment, end="", flush=True)
    print(flush=True)


def _with_note(line: str, settings: Settings, language: str) -> str:
    """The line as the port hands it to the model: with the time, where that is asked for."""
    from wyoming_lfm2.server.conversation_context import with_time

    now = datetime.now()  # noqa: DTZ005 - the time where one is
    return with_time(line, language, now) if settings.conversation.tell_time else line


async def _speak(engine: Converser, said: str | NDArray[np.float32], output: SoundOutput | None) -> None:
    """Answer in text and sound."""
    from wyoming_lfm2.audio.pcm import PcmFormat, encode_s16
    from wyoming_lfm2.engine.api import SPEECH_RATE

    fmt = PcmFormat(SPEECH_RATE, 2, 1)
    async with aclosing(engine.converse(said, _DIALOGUE)) as pieces:
        async for piece in pieces:
            if isinstance(piece, str):
                print(piece, end="", flush=True)
            elif output is not None:
                # In a thread: a loudspeaker takes its time, and the next sound is made meanwhile.
                await asyncio.to_thread(output.write, encode_s16(piece), fmt)
    print(flush=True)


def _recording(path: Path) -> NDArray[np.float32]:
    import numpy as np

    from wyoming_lfm2.audio.files import read_samples

    return np.concatenate(list(read_samples(path)))


def _lines() -> Iterator[str]:
    """What is typed or piped, line by line."""
    prompt = sys.stdin.isatty()
    while True:
        if prompt:
            print(_PROMPT, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        yield line.strip()


@contextmanager
def _loading(name: str) -> Iterator[None]:
    """A line on standard error while the block runs; in a terminal it is gone afterwards."""
    terminal = sys.stderr.isatty()
    print(f"Loading {name} ...", end="" if terminal else "\n", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

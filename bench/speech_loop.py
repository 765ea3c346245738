"""Does a server understand what it says itself? ``python -m bench.speech_loop --uri tcp://127.0.0.1:10300``.

A client has each of the server's voices say the fifty sentences of ``sentences.txt``, which are of the domain of
``nano``, and sends the sound back as it came. What is measured is both halves of the port together: the errors of a
voice, and those of hearing it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from nano.wer import WordErrors, total
from wyoming_lfm2.protocol.client import ClientError, ServerRefusedError, WyomingClient, connect
from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.protocol.voice_names import UnknownVoiceError

SENTENCES = Path(__file__).with_name("sentences.txt")

WORST = 10
"""Sentences that are shown with what was heard."""

_PATIENCE_S = 300.0
"""For an answer."""


@dataclass(frozen=True)
class Heard:
    """One sentence, said and heard."""

    voice: str
    said: str
    heard: str
    errors: WordErrors


async def speech_loop(
    uri: str, sentences: Sequence[str], voices: Sequence[str] = ()
) -> AsyncGenerator[Heard, None]:
    """Have the server at ``uri`` say each sentence and hear it.

    :param voices: names; none: all that the server lists.
    :raises ClientError: the server does not answer, or cannot speak or hear.
    :raises UnknownVoiceError: the server lists no voice of that name.
    :raises ServiceError: ``uri`` is none.
    """
    if not voices:
        async with connect(uri, _PATIENCE_S) as client:
            info = await client.describe()
        voices = [voice.name for program in info.tts for voice in program.voices if voice.installed]
        if not voices:
            raise ClientError(f"{uri}: lists no voices")
    for voice in voices:
        for said in sentences:
            try:
                async with connect(uri, _PATIENCE_S) as client:
                    heard = await _said_and_heard(client, said, voice)
            except ServerRefusedError as error:
                # As bad as a sentence can be; the others may be better.
                print(f"{voice}, {said!r}: {error}", file=sys.stderr, flush=True)
                heard = ""
            errors = WordErrors()
            errors.add(said, heard)
            yield Heard(voice, said, heard, errors)


def report(results: Sequence[Heard]) -> str:
    """The rate of each voice, and the sentences that came out worst."""
    lines = []
    for voice in dict.fromkeys(result.voice for result in results):
        errors = total(result.errors for result in results if result.voice == voice)
        lines.append(
            f"{voice}: {errors.rate:.1%} of {errors.words} words wrong, "
            f"{errors.exact} of {errors.clips} sentences without any error"
        )
    wrong = [result for result in results if result.errors.errors]
    if wrong:
        lines.append("\nThe worst:")
    wrong.sort(key=lambda result: result.errors.rate, reverse=True)
    lines += [
        f"{result.errors.rate:4.0%}  {result.voice}: {result.said!r} was heard as {result.heard!r}"
        for result in wrong[:WORST]
    ]
    return "\n".join(lines)


async def _said_and_heard(client: WyomingClient, text: str, voice: str) -> str:
    async def written() -> AsyncIterator[str]:
        yield text

    async with aclosing(client.speak(written(), voice)) as sound:
        parts = [part async for part in sound]
    if not parts:
        return ""
    return await client.transcribe([pcm for pcm, _ in parts], parts[0][1])


async def _run(uri: str, sentences: Sequence[str], voices: Sequence[str]) -> list[Heard]:
    results = []
    async with aclosing(speech_loop(uri, sentences, voices)) as loop:
        async for result in loop:
            results.append(result)
            print(f"{result.voice}: {result.said!r} {result.heard!r}", file=sys.stderr, flush=True)
    return results


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.speech_loop", description=__doc__)
    parser.add_argument("--uri", required=True, help="of the running server: tcp://HOST:PORT or unix:///PATH")
    parser.add_argument(
        "--voice", action="append", default=[], metavar="NAME", help="only this one, or these"
    )
    parser.add_argument("--count", type=int, metavar="N", help="only the first so many sentences")
    wanted = parser.parse_args()
    sentences = SENTENCES.read_text(encoding="utf-8").splitlines()[: wanted.count]
    try:
        results = asyncio.run(_run(wanted.uri, sentences, wanted.voice))
    except (ClientError, ServiceError, UnknownVoiceError) as error:
        raise SystemExit(str(error)) from None
    print(report(results))


if __name__ == "__main__":
    main()

"""Where ``speak`` and ``chat`` put their sound: a file, a pipe, or the loudspeaker."""

from __future__ import annotations

import importlib
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from wyoming_lfm2.cli.command import USAGE, CommandError
from wyoming_lfm2.invocation import pip

if TYPE_CHECKING:
    from wyoming_lfm2.audio.pcm import PcmFormat
    from wyoming_lfm2.audio.wav import WavWriter

STANDARD_OUTPUT = "-"


class SoundOutput(Protocol):
    """Takes one sound."""

    def write(self, pcm: bytes, fmt: PcmFormat) -> None:
        """Take the next of it; the format is the same each time."""
        ...


@contextmanager
def open_output(name: str | None, *, pipe: bool = True) -> Iterator[SoundOutput]:
    """The place that was asked for; without a name a pipe if there is one, else the loudspeaker.

    :param name: of a WAV file, which only appears when the block has ended well, or of a device or named pipe,
        which is written to at once; ``-``: standard output.
    :param pipe: whether standard output may be taken without being named.
    :raises CommandError: it cannot be had.
    """
    if name == STANDARD_OUTPUT or (name is None and pipe and not sys.stdout.isatty()):
        output = _Wav(sys.stdout.buffer)
        yield output
        output.finish()
    elif name is None:
        yield from _loudspeaker()
    else:
        yield from _named(Path(name))


def _named(path: Path) -> Iterator[SoundOutput]:
    try:
        try:
            whole = stat.S_ISREG(path.stat().st_mode)
        except FileNotFoundError:
            whole = True
        # In the place of a device there must not be a file afterwards, nor in the place of a link.
        yield from _file(path.resolve()) if whole else _stream(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from error


def _stream(path: Path) -> Iterator[SoundOutput]:
    with path.open("wb") as stream:
        output = _Wav(stream)
        yield output
        output.finish()


def _file(path: Path) -> Iterator[SoundOutput]:
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as stream:
            output = _Wav(stream)
            yield output
            output.finish()
        partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()


class _Wav:
    """WAV on an open stream; an empty one if nothing was said."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._writer: WavWriter | None = None

    def write(self, pcm: bytes, fmt: PcmFormat) -> None:
        from wyoming_lfm2.audio.wav import WavWriter

        if self._writer is None:
            self._writer = WavWriter(self._stream, fmt)
        self._writer.write(pcm)

    def finish(self) -> None:
        from wyoming_lfm2.audio.pcm import PcmFormat

        if self._writer is None:
            self.write(b"", PcmFormat(24_000, 2, 1))
        assert self._writer is not None
        self._writer.finish()


def _loudspeaker() -> Iterator[SoundOutput]:
    try:
        pyaudio = importlib.import_module("pyaudio")
    except ImportError:
        raise CommandError(
            "There is no way to play sound here: PyAudio is not installed. Write a file with --output FILE, "
            f"pipe it to a player (... | aplay), or install the extra: {pip()} install 'wyoming-lfm2[satellite]' "
            "(on Debian after: apt install portaudio19-dev).",
            USAGE,
        ) from None
    audio = pyaudio.PyAudio()
    output = _Loudspeaker(audio)
    try:
        yield output
    except OSError as error:
        raise CommandError(
            f"The loudspeaker cannot be used: {error}. Write a file with --output FILE."
        ) from error
    finally:
        output.close()
        audio.terminate()


class _Loudspeaker:
    """The default output of PortAudio."""

    def __init__(self, audio: Any) -> None:
        self._audio = audio
        self._stream: Any = None

    def write(self, pcm: bytes, fmt: PcmFormat) -> None:
        if self._stream is None:
            self._stream = self._audio.open(
                format=self._audio.get_format_from_width(fmt.width, unsigned=False),
                channels=fmt.channels,
                rate=fmt.rate,
                output=True,
            )
        self._stream.write(pcm)

    def close(self) -> None:
        """Return when what was written has been heard."""
        if self._stream is not None:
            self._stream.stop_stream()
            self._stream.close()

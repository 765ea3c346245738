"""Reads sound files of any format as 16 kHz mono, a second at a time, so that long ones need no memory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from wyoming_lfm2.audio.pcm import AudioError, PcmFormat, encode_s16
from wyoming_lfm2.audio.resampling import TARGET_RATE
from wyoming_lfm2.audio.wav import missing_bytes

FILE_FORMAT = PcmFormat(TARGET_RATE, 2, 1)
"""What :func:`read_pcm` gives."""

_BLOCK_S = 1.0
_IN_MEMORY = 16 * 1024 * 1024

Source = Path | str | IO[bytes]


class AudioFileError(AudioError):
    """A file that is missing, is not audio, is damaged or holds no sound."""

    code = "audio-file"


def read_samples(source: Source) -> Iterator[NDArray[np.float32]]:
    """Decode WAV, FLAC, OGG, MP3 and whatever else libsndfile knows.

    :param source: a path, or an open binary stream such as standard input, which need not be seekable.
    :returns: blocks of float32 samples, shape ``(n,)``, 16 kHz mono (channels averaged), about a
        second each; together at least one sample.
    :raises AudioFileError: on the first block if the file is missing, a folder, not readable, not
        audio or without sound; where it ends if it is truncated or damaged.
    """
    name = _name(source)
    with _opened(source, name) as stream, _decoder(stream, name) as sound:
        yield from _decode(sound, stream, name)


def read_pcm(source: Source) -> Iterator[bytes]:
    """Like :func:`read_samples`, as PCM in ``FILE_FORMAT``."""
    return (encode_s16(samples) for samples in read_samples(source))


def _decode(sound: Any, stream: IO[bytes], name: str) -> Iterator[NDArray[np.float32]]:
    promised = sound.frames
    resampler = (
        soxr.ResampleStream(sound.samplerate, TARGET_RATE, 1, dtype="float32")
        if sound.samplerate != TARGET_RATE
        else None
    )
    read = 0
    while True:
        block = _read_block(sound, name)
        read += len(block)
        mono = block.mean(axis=1, dtype=np.float32)
        last = not len(block)
        heard = mono if resampler is None else resampler.resample_chunk(mono, last=last)
        if len(heard):
            yield heard
        if last:
            break
    if not read:
        raise AudioFileError(f"{name} holds no sound.")
    missing = missing_bytes(stream)
    # An MP3's length is an estimate; every other decoder knows what it promised.
    if missing or (read < promised and sound.format != "MP3"):
        seconds = read / sound.samplerate
        raise AudioFileError(
            f"{name} is truncated: it ends after {seconds:.1f} s, before its own header says."
        )


def _read_block(sound: Any, name: str) -> NDArray[np.float32]:
    try:
        block: NDArray[np.float32] = sound.read(
            int(sound.samplerate * _BLOCK_S), dtype="float32", always_2d=True
        )
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{name} is damaged: {_reason(error)}") from error
    return block


@contextmanager
def _opened(source: Source, name: str) -> Iterator[IO[bytes]]:
    """A seekable stream; one that is not seekable is first copied, to disk if it is long."""
    if not isinstance(source, Path | str):
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
            shutil.copyfileobj(source, copy)
            yield _checked(copy, name)
        return
    path = Path(source)
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise AudioFileError(f"{name} does not exist.") from None
    except IsADirectoryError:
        raise AudioFileError(f"{name} is a folder: give a sound file.") from None
    except OSError as error:
        raise AudioFileError(f"{name} cannot be read: {error.strerror or error}.") from error
    with stream:
        yield _checked(stream, name)


def _checked(stream: Any, name: str) -> IO[bytes]:
    empty = stream.seek(0, 2) == 0
    stream.seek(0)
    if empty:
        raise AudioFileError(f"{name} is empty.")
    opened: IO[bytes] = stream
    return opened


@contextmanager
def _decoder(stream: IO[bytes], name: str) -> Iterator[Any]:
    try:
        sound = soundfile.SoundFile(stream)
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{name} is not a sound file that can be read: {_reason(error)}") from error
    with sound:
        yield sound


def _reason(error: soundfile.LibsndfileError) -> str:
    return str(error.error_string).rstrip(".") + "."


def _name(source: Source) -> str:
    if isinstance(source, Path | str):
        return str(source)
    name = getattr(source, "name", None)
    return "Standard input" if name in ("<stdin>", 0) else name if isinstance(name, str) else "The stream"

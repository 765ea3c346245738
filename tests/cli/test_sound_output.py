"""Where the sound of ``speak -o`` goes, and what is left at that path."""

from __future__ import annotations

import io
import os
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.cli.command import CommandError
from wyoming_lfm2.cli.sound_output import open_output

FORMAT = PcmFormat(24_000, 2, 1)
PCM = bytes(range(200))


def write(path: Path) -> None:
    with open_output(str(path)) as output:
        output.write(PCM, FORMAT)


def sound(data: bytes) -> bytes:
    with wave.open(io.BytesIO(data)) as wav:
        return wav.readframes(len(data))


def test_a_file_is_replaced_by_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    path.write_bytes(b"old")
    write(path)
    assert sound(path.read_bytes()) == PCM
    assert list(tmp_path.iterdir()) == [path]


def test_a_named_pipe_is_written_to_as_it_comes_and_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "player"
    os.mkfifo(path)
    # Open for writing as well, so that nobody waits for ever for the other end.
    player = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        with open_output(str(path)) as output:
            output.write(PCM, FORMAT)
            heard = os.read(player, 1000)
    finally:
        os.close(player)
    assert heard.startswith(b"RIFF")
    assert heard.endswith(PCM)
    assert path.is_fifo()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("exists", [True, False])
def test_through_a_link_its_target_is_written(tmp_path: Path, exists: bool) -> None:
    target, link = tmp_path / "sounds" / "said.wav", tmp_path / "link.wav"
    target.parent.mkdir()
    if exists:
        target.write_bytes(b"old")
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert not target.is_symlink()
    assert sound(target.read_bytes()) == PCM
    assert [path.name for path in target.parent.iterdir()] == ["said.wav"]


def test_a_link_to_a_device_stays_one(tmp_path: Path) -> None:
    link = tmp_path / "nowhere"
    link.symlink_to("/dev/null")
    write(link)
    assert link.is_symlink()
    assert Path("/dev/null").is_char_device()
    assert list(tmp_path.iterdir()) == [link]


def loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("make", "why"), [(Path.mkdir, "Is a directory"), (loop, "Too many levels of symbolic links")]
)
def test_what_cannot_be_written_is_one_sentence_and_stays(
    tmp_path: Path, make: Callable[[Path], None], why: str
) -> None:
    path = tmp_path / "place"
    make(path)
    with pytest.raises(CommandError, match=f"place cannot be written: {why}"):
        write(path)
    assert list(tmp_path.iterdir()) == [path]

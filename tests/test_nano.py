"""The main job with the model that ships: a recorded sentence goes in, its words come out."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import wav_to_chunks
from wyoming.client import AsyncClient

from nano.model_set_reader import read_backbone
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.tokenizer import AUDIO_START, TEXT_END, TokenType, byte_alphabet, to_byte_alphabet
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.locate import locate_model_set

KITCHEN_LIGHT = Path(__file__).parent / "data" / "turn_on_the_kitchen_light.wav"
"""A voice that nano was not trained on; see tests/data/README.md."""
WORDS = "Turn on the kitchen light."
MOST_BYTES = 40_000_000


async def test_a_plain_wyoming_client_gets_the_words_that_were_said() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wyoming_lfm2", "serve", "--uri", "tcp://127.0.0.1:0", "--no-discovery"),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        uri = await _listening(process)
        async with asyncio.timeout(60), AsyncClient.from_uri(uri) as client:
            assert [await _transcript(client, KITCHEN_LIGHT) for _ in range(2)] == [WORDS, WORDS]
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


def test_the_command_line_says_what_was_said_and_when() -> None:
    command = [sys.executable, "-m", "wyoming_lfm2", "transcribe", "--json", str(KITCHEN_LIGHT)]
    heard = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=120).stdout)
    assert heard["text"] == WORDS
    (piece,) = heard["pieces"]
    assert 0 <= piece["start_s"] < piece["end_s"] <= heard["audio_s"]


def test_the_files_are_sound_and_small() -> None:
    assert check_model_set(locate_model_set(ModelSettings())).bytes <= MOST_BYTES


def test_the_vocabulary_can_spell_any_text_and_has_the_homes_words_whole() -> None:
    tokenizer = read_backbone(locate_model_set(ModelSettings()).backbone).tokenizer
    assert set(byte_alphabet().values()) <= set(tokenizer.tokens)
    for word in (" kitchen", " light", " living", " degrees", " temperature", "Turn", " thermostat"):
        assert to_byte_alphabet(word) in tokenizer.tokens


@pytest.mark.parametrize("name", [AUDIO_START, TEXT_END, "<|pad|>"])
def test_speech_output_can_be_trained_on_top(name: str) -> None:
    tokenizer = read_backbone(locate_model_set(ModelSettings()).backbone).tokenizer
    assert tokenizer.types[tokenizer.number(name)] is TokenType.CONTROL


async def _listening(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while line := (await process.stderr.readline()).decode():
            if "Listening on" in line:
                return line.split()[-1]
    raise AssertionError("the server ended before it listened")


async def _transcript(client: AsyncClient, path: Path) -> str:
    await client.write_event(Transcribe(language="en").event())
    with wave.open(str(path), "rb") as wav:
        for chunk in wav_to_chunks(wav, samples_per_chunk=160, start_event=True, stop_event=True):
            await client.write_event(chunk.event())
    while (event := await client.read_event()) is not None:
        if Transcript.is_type(event.type):
            return Transcript.from_event(event).text
    raise AssertionError("the server hung up")

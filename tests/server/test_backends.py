"""Another recogniser than our engine behind the port: whatever it hears, in its own languages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from wyoming.info import AsrModel, Attribution, Info

from tests.server.conftest import StartPort
from tests.server.stand_ins import FORMAT, silence, types
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.server.backends import Tap, Utterance


class Elsewhere:
    """Writes down in which language it was asked, and how much audio came."""

    models: Sequence[AsrModel] = [
        AsrModel("elsewhere", Attribution("x", ""), True, "", "1", languages=["de", "fr"])
    ]
    languages: Sequence[str] = ("de", "fr")
    detects_end = False

    def __init__(self) -> None:
        self.most_bytes = 1_000_000
        self.asked: list[tuple[str, str | None]] = []
        self.cancelled = 0

    def recognize(self, language: str, sensitivity: str | None = None, tap: Tap | None = None) -> Utterance:
        self.asked.append((language, sensitivity))
        return ElsewhereUtterance(self, language)


class ElsewhereUtterance:
    def __init__(self, recognizer: Elsewhere, language: str) -> None:
        self._recognizer = recognizer
        self._language = language
        self._received = 0
        self._over = asyncio.Event()
        self.heard_s = 0.0

    @property
    def ended(self) -> bool:
        return self._over.is_set()

    async def feed(self, pcm: bytes, fmt: PcmFormat) -> None:
        self._received += len(pcm)
        self.heard_s += len(pcm) / fmt.bytes_per_second
        if self._received > self._recognizer.most_bytes:
            raise EngineError("no room elsewhere")

    async def finish(self) -> None:
        self._over.set()

    async def fragments(self) -> AsyncIterator[str]:
        await self._over.wait()
        yield f"{self._received} bytes"
        yield f" of {self._language}"

    async def cancel(self) -> None:
        self._over.set()
        self._recognizer.cancelled += 1


async def test_another_recognizer_is_described_and_asked_in_the_language_of_the_client(
    start_port: StartPort,
) -> None:
    elsewhere = Elsewhere()
    port = await start_port(recognizer=elsewhere)
    client = await port.connect()
    await client.send("describe")
    info = Info.from_event((await client.until("info"))[-1])
    assert [(model.name, model.languages) for model in info.asr[0].models] == [("elsewhere", ["de", "fr"])]
    await client.send("transcribe", language="fr-CA", vad_sensitivity="relaxed")
    await client.send("audio-stop")
    assert (await client.until("transcript"))[-1].data["text"] == "0 bytes of fr"
    await client.send("transcribe")
    await client.send("audio-stop")
    assert (await client.until("transcript"))[-1].data["text"] == "0 bytes of de"
    assert elsewhere.asked == [("fr", "relaxed"), ("de", None)]
    await client.send("transcribe", language="en")
    error = (await client.until("error"))[-1]
    assert error.data["code"] == "language"
    assert "de, fr" in error.data["text"]


async def test_what_another_recognizer_refuses_ends_the_connection_and_it_is_told_of_the_end(
    start_port: StartPort,
) -> None:
    elsewhere = Elsewhere()
    elsewhere.most_bytes = 100
    port = await start_port(recognizer=elsewhere)
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send("audio-chunk", silence(0.1), **FORMAT)
    events = await client.rest()
    assert types(events) == ["error"]
    assert "no room elsewhere" in events[0].data["text"]
    assert elsewhere.cancelled > 0

"""Speech to text over the socket, as Home Assistant and others ask for it (A1 to A8)."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from wyoming.event import Event

from tests.services.conftest import Port, StartPort
from tests.services.stand_ins import FORMAT, RawClient, hello, silence, types
from wyoming_lfm2.engine.errors import ContextFullError, EngineBusyError, EngineClosedError, EngineError

WHOLE_ANSWER = ["transcript-start", "transcript-chunk", "transcript", "transcript-stop"]


def spoken(events: list[Event]) -> str:
    """The transcript, after a look at its chunks: joined they are the same text (A5)."""
    (text,) = [event.data["text"] for event in events if event.type == "transcript"]
    assert "".join(event.data["text"] for event in events if event.type == "transcript-chunk") == text
    assert types(events)[0] == "transcript-start"
    assert types(events)[-2:] == ["transcript", "transcript-stop"]
    assert isinstance(text, str)
    return text


async def answer(client: RawClient) -> str:
    """One whole answer."""
    return spoken(await client.until("transcript-stop"))


async def test_what_home_assistant_sends_gets_one_transcript(port: Port) -> None:
    """A2, HA: 10 ms chunks, null timestamps, a short last chunk."""
    client = await port.connect()
    await client.send("transcribe", language="en")
    await client.send_audio(hello()[:-40] + silence(0.3))
    events = await client.until("transcript-stop")
    assert spoken(events) == "Turn on the light."
    assert [e.data["language"] for e in events if e.type == "transcript"] == ["en"]
    await client.answers_ping()


async def test_transcribe_may_be_absent(port: Port) -> None:
    """A1."""
    client = await port.connect()
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."


async def test_transcribe_may_have_no_data(port: Port) -> None:
    """A1."""
    client = await port.connect()
    await client.send_raw(b'{"type":"transcribe"}\n')
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."


async def test_transcribe_may_have_every_field_there_is(port: Port) -> None:
    """A1: names and terms are accepted, an unknown sensitivity and an unknown model are no error."""
    client = await port.connect()
    await client.send(
        "transcribe",
        name="some other model",
        language="en",
        context={"conversation_id": "abc", "deep": [1, {"2": None}]},
        vad_sensitivity="whatever",
        transcript_names=["Kitchen", "Anna's lamp"],
        transcript_terms=["dim"],
        field_of_the_future=True,
    )
    await client.send_audio(hello())
    events = await client.until("transcript-stop")
    assert spoken(events) == "Turn on the light."
    contexts = [e.data["context"] for e in events if e.type in ("transcript-start", "transcript")]
    assert contexts == 2 * [{"conversation_id": "abc", "deep": [1, {"2": None}]}]


async def test_all_fields_of_transcribe_may_be_null(port: Port) -> None:
    """A1."""
    client = await port.connect()
    await client.send("transcribe", name=None, language=None, context=None, transcript_names=None)
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."


@pytest.mark.parametrize("wanted", ["en", "EN", "en-US", "en_us", "en-GB", ""])
async def test_the_models_language_is_recognised_however_it_is_written(port: Port, wanted: str) -> None:
    """A1, I3."""
    client = await port.connect()
    await client.send("transcribe", language=wanted)
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."


async def test_a_region_of_the_models_is_found_from_the_bare_language(port: Port) -> None:
    """A1, the reverse direction."""
    port.transcriber.languages = ("ja-JP", "en-US")
    client = await port.connect()
    await client.send("transcribe", language="EN")
    await client.send_audio(hello())
    events = await client.until("transcript-stop")
    assert [e.data["language"] for e in events if e.type == "transcript"] == ["en-US"]


async def test_another_language_than_the_models_is_a_clear_error(port: Port) -> None:
    """A1."""
    client = await port.connect()
    await client.send("transcribe", language="de-DE")
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "language")
    assert "'de-DE'" in event.data["text"]
    assert "en" in event.data["text"]
    assert not port.transcriber.started


async def test_partial_transcripts_come_while_the_model_still_writes(port: Port) -> None:
    """A5: only settled text, between start and stop, around the final transcript."""
    client = await port.connect()
    await client.send_audio(hello())
    events = await client.until("transcript-stop")
    assert list(dict.fromkeys(types(events))) == WHOLE_ANSWER
    assert types(events).count("transcript-chunk") >= 2


async def test_chunks_without_audio_start_are_heard(port: Port) -> None:
    """A3."""
    client = await port.connect()
    await client.send_chunks(hello())
    await client.send("audio-stop")
    assert await answer(client) == "Turn on the light."


async def test_a_chunk_of_no_bytes_and_chunks_of_odd_bytes_are_heard(port: Port) -> None:
    """A3: what is left of a frame waits for the next chunk."""
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send("audio-chunk", **FORMAT)
    await client.send_chunks(hello(), chunk=333)
    await client.send("audio-stop")
    assert await answer(client) == "Turn on the light."


def converted(rate: int, width: int, channels: int) -> bytes:
    """The spoken word in another format: repeated or dropped samples are good enough to be speech."""
    samples = np.frombuffer(hello(), dtype="<i2").astype(np.float64) / 32768
    positions = np.arange(0, len(samples) - 1, 16000 / rate)
    samples = np.interp(positions, np.arange(len(samples)), samples)
    samples = np.repeat(samples, channels)
    if width == 1:
        return (samples * 127 + 128).astype(np.uint8).tobytes()
    scaled = (samples * (2 ** (8 * width - 1) - 1)).astype("<i4")
    return scaled.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [(8000, 1, 1), (11025, 2, 1), (16000, 2, 2), (22050, 2, 1), (44100, 3, 2), (48000, 4, 2)],
)
async def test_other_formats_are_converted(port: Port, rate: int, width: int, channels: int) -> None:
    """A3; HA: any PCM."""
    client = await port.connect()
    fmt = {"rate": rate, "width": width, "channels": channels}
    pcm = converted(rate, width, channels)
    await client.send("audio-start", **fmt)
    for begin in range(0, len(pcm), 1024):
        await client.send("audio-chunk", pcm[begin : begin + 1024], **fmt)
    await client.send("audio-stop")
    assert await answer(client) == "Turn on the light."


async def test_the_whole_utterance_may_come_in_one_chunk(port: Port) -> None:
    client = await port.connect()
    await client.send("audio-chunk", hello() + silence(5), **FORMAT)
    await client.send("audio-stop")
    assert await answer(client) == "Turn on the light."


@pytest.mark.parametrize(
    "fmt",
    [
        {"rate": 0, "width": 2, "channels": 1},
        {"rate": 16000, "width": 8, "channels": 1},
        {"rate": 16000, "width": 2, "channels": 6},
        {"rate": -16000, "width": 2, "channels": 1},
        {"rate": 10**30, "width": 2, "channels": 1},
        {"rate": "16000", "width": 2, "channels": 1},
        {"rate": True, "width": 2, "channels": 1},
        {"rate": None, "width": 2, "channels": 1},
        {"rate": 16000.5, "width": 2, "channels": [1]},
    ],
)
@pytest.mark.parametrize("event_type", ["audio-start", "audio-chunk"])
async def test_a_format_that_is_none_is_an_error(port: Port, fmt: dict[str, object], event_type: str) -> None:
    """A3, A4."""
    client = await port.connect()
    await client.send(event_type, hello(), **fmt)
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "audio-format")


async def test_silence_has_an_empty_transcript_and_never_reaches_the_model(port: Port) -> None:
    """A4; users' row 25: silence becomes "Thank you" elsewhere."""
    client = await port.connect()
    await client.send_audio(silence(2))
    events = await client.until("transcript-stop")
    assert types(events) == ["transcript-start", "transcript", "transcript-stop"]
    assert spoken(events) == ""
    assert not port.transcriber.started
    await client.answers_ping()


async def test_no_audio_at_all_has_an_empty_transcript(port: Port) -> None:
    """A4: start and stop with nothing between; then even without a start."""
    client = await port.connect()
    await client.send_audio(b"")
    assert await answer(client) == ""
    await client.send("transcribe", language="en")
    await client.send("audio-stop")
    assert await answer(client) == ""


async def test_audio_stop_as_the_first_event_has_an_empty_transcript(port: Port) -> None:
    """A4: whoever waits for a transcript gets one."""
    client = await port.connect()
    await client.send("audio-stop")
    assert await answer(client) == ""


async def test_a_second_audio_stop_has_no_second_transcript(port: Port) -> None:
    """A4: exactly once."""
    client = await port.connect()
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."
    await client.send("audio-stop")
    await client.send("audio-stop")
    await client.answers_ping()


async def test_a_model_that_writes_nothing_has_an_empty_transcript(port: Port) -> None:
    """A4."""
    port.transcriber.words = []
    client = await port.connect()
    await client.send_audio(hello())
    assert await answer(client) == ""


async def test_a_second_utterance_on_the_same_connection_is_heard(port: Port) -> None:
    """A7."""
    client = await port.connect()
    for words in (["One."], ["Two", " and more."], ["Three."]):
        port.transcriber.words = words
        await client.send("transcribe", language="en")
        await client.send_audio(hello())
        assert await answer(client) == "".join(words)


async def test_a_second_utterance_that_does_not_wait_for_the_first_is_answered_after_it(port: Port) -> None:
    """A7, F7: two whole answers, not interleaved."""
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send("transcribe", context={"number": 1})
    await client.send_audio(hello())
    await client.send("transcribe", context={"number": 2})
    await client.send_audio(hello())
    await port.transcriber.at_work.wait()
    port.transcriber.may_go_on.set()
    for number in (1, 2):
        events = await client.until("transcript-stop")
        assert spoken(events) == "Turn on the light."
        assert events[0].data["context"] == {"number": number}


async def test_more_unanswered_utterances_than_a_client_needs_are_refused(port: Port) -> None:
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    for _ in range(3):
        await client.send_audio(hello())
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "busy")
    await port.transcriber.idle.wait()


async def test_a_client_that_begins_anew_gets_one_transcript_for_what_it_finished(port: Port) -> None:
    """A2: no audio-stop, no transcript; the new utterance has its own."""
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(hello())
    await client.send("transcribe", language="en")
    await client.send("audio-start", **FORMAT)
    await client.send("audio-start", **FORMAT)
    await client.send_audio(hello())
    assert await answer(client) == "Turn on the light."
    await client.answers_ping()


async def test_a_client_that_hangs_up_before_audio_stop_frees_the_model(port: Port) -> None:
    """A8: work done ahead in a pause is cancelled as well."""
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send("audio-start", **FORMAT)
    await client.send_chunks(hello() + silence(1))
    await port.transcriber.at_work.wait()
    await client.hang_up()
    await port.transcriber.idle.wait()
    assert not port.transcriber.completed


async def test_a_client_that_hangs_up_during_the_transcription_frees_the_model(port: Port) -> None:
    """A8, 4.9; users' row 4."""
    port.transcriber.may_go_on.clear()
    client = await port.connect()
    await client.send_audio(hello())
    await port.transcriber.at_work.wait()
    await client.hang_up()
    await port.transcriber.idle.wait()
    assert not port.transcriber.completed
    assert not port.warnings()


async def test_a_client_that_hangs_up_on_the_transcript_disturbs_nobody(port: Port) -> None:
    """HA closes as soon as it has the transcript; users' row 4."""
    for _ in range(10):
        client = await port.connect()
        await client.send_audio(hello())
        await client.until("transcript")
        await client.hang_up()
    client = await port.connect()
    await client.answers_ping()
    assert not port.warnings()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineError("The model wrote nonsense."), "engine-error"),
        (EngineBusyError("16 requests wait already."), "busy"),
        (EngineClosedError("The worker has failed."), "closed"),
        (ContextFullError("4096 tokens are in use."), "context-full"),
        (RuntimeError("private: what somebody said"), "internal"),
    ],
)
async def test_a_failure_of_the_engine_is_an_error_with_its_code_and_then_the_end(
    port: Port, error: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A4; HA <= 2026.2 ignores ``error`` and hangs unless the connection is closed; users' row 25."""
    port.transcriber.error = error
    client = await port.connect()
    await client.send_audio(hello())
    events = await client.rest()
    assert [(e.type, e.data.get("code")) for e in events] == [("error", code)]
    if code == "internal":
        caplog.clear()  # this log line, with its traceback, is what is wanted here
    else:
        assert events[0].data["text"] == str(error)


async def test_a_failure_in_the_middle_of_the_text_is_followed_by_no_transcript(port: Port) -> None:
    """A4, A5."""
    original = port.transcriber.transcribe

    async def breaks(samples):  # type: ignore[no-untyped-def]
        async for word in original(samples):
            yield word
            raise EngineError("The worker has failed.")

    port.transcriber.transcribe = breaks  # type: ignore[method-assign]
    client = await port.connect()
    await client.send_audio(hello())
    events = await client.rest()
    assert "transcript" not in types(events)
    assert types(events)[-1] == "error"


async def test_audio_over_the_limit_is_an_error(start_port: StartPort) -> None:
    """A4, bounded memory."""
    port = await start_port(hearing={"longest_request_s": 2})
    client = await port.connect()
    await client.send_audio(silence(2.5))
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "audio-too-long")


async def test_several_clients_are_heard_at_once(port: Port) -> None:
    """A2: each connection has its own utterance."""
    clients = [await port.connect() for _ in range(8)]
    await asyncio.gather(*(client.send_audio(hello()) for client in clients))
    assert await asyncio.gather(*(answer(client) for client in clients)) == 8 * ["Turn on the light."]

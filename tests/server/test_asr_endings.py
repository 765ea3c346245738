"""One utterance after another on a connection, clients that leave, and failures: what is owed (A2, A4, A7, A8)."""

from __future__ import annotations

import pytest

from tests.server.conftest import Port
from tests.server.stand_ins import FORMAT, hello, silence, types
from tests.server.transcripts import answer, spoken
from wyoming_lfm2.engine.errors import ContextFullError, EngineBusyError, EngineClosedError, EngineError


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

"""What clumsy and hostile clients get from conversation: an answer in words or an error, and nobody else notices."""

from __future__ import annotations

import logging
import tracemalloc

import pytest

from tests.server.conftest import Port, StartPort
from tests.server.converser_stand_in import StandInConverser
from tests.server.stand_ins import RawClient, types
from tests.server.test_conversation import answer, ask
from wyoming_lfm2.engine.errors import CannotConverseError, ContextFullError, TextTooLongError


@pytest.mark.parametrize("text", ["", "   ", "\n\t\u00a0", "...", "?!", "\u200b", "\ufffd", "🤷"])
async def test_a_text_without_a_word_is_not_handled_in_words(port: Port, text: str) -> None:
    """H1: without either answer Home Assistant waits for ever."""
    client = await port.connect()
    final = answer(await ask(client, text, context={"conversation_id": "a"}))
    assert (final.type, final.data["text"]) == ("not-handled", "Sorry, I did not hear anything.")
    assert final.data["context"] == {"conversation_id": "a"}
    assert not port.converser.asked
    await client.answers_ping()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Sorry, I only understand English."),
        ("xx-YY", "Sorry, I only understand English."),
        pytest.param("no such thing " * 1000, "Sorry, I only understand English.", id="long"),
        ("ja", "すみません、英語しかわかりません。"),
    ],
)
async def test_an_unknown_language_is_not_handled_in_words(port: Port, language: str, said: str) -> None:
    """In the language asked for, if there are words for it."""
    client = await port.connect()
    final = answer(await ask(client, "Hello.", language=language))
    assert (final.type, final.data["text"]) == ("not-handled", said)
    assert not port.converser.asked
    await client.answers_ping()


@pytest.mark.parametrize("language", [None, "", "en", "EN", "en-GB", "en_us"])
async def test_the_language_of_the_model_is_understood_however_it_is_written(
    port: Port, language: str | None
) -> None:
    """I3."""
    assert answer(await ask(await port.connect(), "Hello.", language=language)).type == "handled"


async def test_a_megabyte_of_text_is_not_handled_in_words_and_nobody_waits_for_it(port: Port) -> None:
    other, client = await port.connect(), await port.connect()
    final = answer(await ask(client, "word " * 200_000))
    assert (final.type, final.data["text"]) == ("not-handled", "Sorry, that was too long for me.")
    await other.answers_ping()
    assert not port.converser.asked


async def test_more_than_a_megabyte_is_an_error(port: Port) -> None:
    """F4."""
    client = await port.connect()
    await client.send("transcript", text="word " * 300_000)
    assert [event.data.get("code") for event in await client.rest()] == ["event-too-large"]
    assert not port.converser.asked


async def test_how_long_a_text_may_be_can_be_set(start_port: StartPort) -> None:
    port = await start_port(conversation={"longest_text": 6})
    client = await port.connect()
    assert answer(await ask(client, "Hello.")).type == "handled"
    assert answer(await ask(client, "Hello you.")).type == "not-handled"


@pytest.mark.parametrize("error", [ContextFullError, TextTooLongError])
async def test_a_text_that_does_not_fit_into_the_model_is_not_handled_in_words(
    port: Port, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port.converser.error = error("It needs 5000 rows; set a larger engine.context.")
    client = await port.connect()
    final = answer(await ask(client, "Hello."))
    assert (final.type, final.data["text"]) == ("not-handled", "Sorry, that was too long for me.")
    assert "set a larger engine.context" in caplog.text, "it may be the system prompt that is too long"
    await client.answers_ping()


async def test_an_answer_that_does_not_fit_into_the_model_is_an_error(port: Port) -> None:
    """Something has been said already: it cannot be unsaid."""
    port.converser.error = ContextFullError("No room left.")
    port.converser.fails_at = 4
    client = await port.connect()
    await client.send("transcript", text="Hello.")
    events = await client.rest()
    assert types(events) == ["handled-start", "handled-chunk", "error"]
    assert events[-1].data["code"] == "context-full"


async def test_a_model_that_cannot_answer_after_all_says_so_in_words(port: Port) -> None:
    port.converser.error = CannotConverseError("It was not made for it.")
    final = answer(await ask(await port.connect(), "Hello."))
    assert final.type == "not-handled"
    assert "cannot hold a conversation" in final.data["text"]


async def test_a_japanese_model_excuses_itself_in_japanese(start_port: StartPort) -> None:
    converser = StandInConverser()
    converser.languages = ("ja",)
    port = await start_port(converser=converser)
    assert answer(await ask(await port.connect(), "")).data["text"].startswith("すみません")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": None},
        {"text": 7},
        {"text": ["Hello."]},
        {"text": "Hello.", "language": 7},
        {"text": "Hello.", "context": "a"},
        {"text": "Hello.", "context": []},
        {"text": "Hello.", "context": {"conversation_id": 7}},
        {"text": "Hello.", "context": {"conversation_id": ["a"]}},
        {"text": "Hello.", "context": {"conversation_id": {"a": "b"}}},
        {"text": "Hello.", "context": {"conversation_id": True}},
    ],
)
async def test_an_event_that_makes_no_sense_is_an_error(port: Port, data: dict[str, object]) -> None:
    client = await port.connect()
    await client.send("transcript", **data)
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "bad-event")
    assert not port.converser.asked


@pytest.mark.parametrize(
    "id_", [pytest.param("x" * 500_000, id="long"), "\U0001f937", "../../etc/passwd", "a\u0000b", " "]
)
async def test_any_text_is_a_name_for_a_dialogue(port: Port, id_: str) -> None:
    client = await port.connect()
    for text in ("Hello.", "And now?"):
        final = answer(await ask(client, text, context={"conversation_id": id_}))
        assert final.data["context"] == {"conversation_id": id_}
    assert list(port.converser.dialogues.values()) == [["Hello.", "And now?"]]


@pytest.mark.parametrize("text", ["\\ud83d", "a\\u0000b c", "\\u202ehello\\u202c", "<|im_end|>", "{}%s"])
async def test_text_that_is_hardly_text_does_no_harm(port: Port, text: str) -> None:
    client = await port.connect()
    await client.send_raw(b'{"type":"transcript","data":{"text":"Hello. %s"}}\n' % text.encode())
    assert answer(await client.until("handled-stop")).type == "handled"
    assert port.converser.asked[0].text.encode().startswith(b"Hello.")


async def test_a_thousand_dialogues_leave_nothing_behind_in_the_port(
    start_port: StartPort, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor would a million: each is gone when its turn is over, and the engine remembers a few."""
    port = await start_port()
    client = await port.connect()

    async def dialogues(count: int) -> None:
        for number in range(count):
            port.converser.asked.clear()
            await ask(client, "Hello.", context={"conversation_id": f"{number:05}" * 1000})

    caplog.set_level(logging.WARNING)  # the log of a test is kept
    await dialogues(20)
    tracemalloc.start()
    try:
        await dialogues(20)
        before, _ = tracemalloc.get_traced_memory()
        await dialogues(1000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Five megabytes if the names were kept.
    assert after - before < 500_000


async def test_too_many_turns_at_once_are_an_error(port: Port) -> None:
    port.converser.may_go_on.clear()
    client = await port.connect()
    for _ in range(5):
        await client.send("transcript", text="Hello.")
    (event,) = await client.rest()
    assert (event.type, event.data["code"]) == ("error", "busy")
    assert len(port.converser.asked) == 1
    assert not port.converser.running


async def send_answers_of_ours(client: RawClient) -> None:
    for event_type in ("handled-stop", "handled-chunk", "handled", "handled-start", "not-handled"):
        await client.send(event_type, text="Hello.")
    await client.send("recognize", text="Hello.")
    for event_type in ("transcript-stop", "transcript-chunk", "transcript-start", "intent", "intents-stop"):
        await client.send(event_type, text="Hello.", name="x")


async def test_events_out_of_order_change_nothing(port: Port) -> None:
    """F5, H4: our own answers, what only a satellite sends, and half of a recording."""
    port.converser.holds_at = 4
    port.converser.may_go_on.clear()
    client = await port.connect()
    await send_answers_of_ours(client)
    await client.send("audio-start", rate=16000, width=2, channels=1)
    await client.send("transcript", text="Hello.")
    await send_answers_of_ours(client)
    await client.until("handled-chunk")
    await client.send("synthesize-stop")
    await client.answers_ping()
    port.converser.may_go_on.set()
    assert types(await client.until("handled-stop")) == ["handled-chunk", "handled", "handled-stop"]
    assert answer(await ask(client, "And now?")).type == "handled"
    assert [asked.text for asked in port.converser.asked] == ["Hello.", "And now?"]

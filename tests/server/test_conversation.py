"""``transcript`` over a real socket (H1 to H3, H5): what is answered, and what is remembered of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from wyoming.info import Info

from tests.server.conftest import Port, StartPort
from tests.server.converser_stand_in import StandInConverser
from tests.server.requests_in_words import answer, ask
from tests.server.stand_ins import hello, types
from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.server.conversation_context import DateAndTime


async def test_a_text_gets_exactly_one_answer_with_its_fragments_before_it(port: Port) -> None:
    """H1, H3."""
    client = await port.connect()
    events = await ask(client, "Is the light on?", language="en", context={"conversation_id": "a"})
    assert types(events) == ["handled-start", "handled-chunk", "handled-chunk", "handled", "handled-stop"]
    assert answer(events).data["text"] == "The light is on. Sleep well."
    await client.answers_ping()


async def test_the_context_comes_back_as_it_was(port: Port) -> None:
    """H1."""
    context = {"conversation_id": "01J", "device_id": "abc", "satellite_id": None, "more": {"deep": [1]}}
    client = await port.connect()
    events = await ask(client, "Hello.", context=context)
    assert events[0].data["context"] == context
    assert answer(events).data["context"] == context
    assert "context" not in answer(await ask(client, "Hello.")).data


async def test_a_dialogue_goes_on_over_a_new_connection(port: Port) -> None:
    """H2, users' row 7: Home Assistant opens one for each turn."""
    for text in ("Hello.", "And the bedroom?"):
        client = await port.connect()
        await ask(client, text, context={"conversation_id": "a"})
        await client.hang_up()
    await ask(await port.connect(), "Who are you?", context={"conversation_id": "b"})
    assert port.converser.dialogues == {"a": ["Hello.", "And the bedroom?"], "b": ["Who are you?"]}


@pytest.mark.parametrize(
    "context", [None, {}, {"conversation_id": None}, {"conversation_id": ""}, {"device_id": "x"}]
)
async def test_without_an_id_each_turn_stands_alone(port: Port, context: dict[str, str] | None) -> None:
    """H1: a Home Assistant of 2025 sends nothing but the text."""
    client = await port.connect()
    for _ in range(2):
        assert answer(await ask(client, "Hello.", context=context)).type == "handled"
    assert [asked.dialogue for asked in port.converser.asked] == [None, None]


async def test_a_sentence_is_sent_while_the_next_one_is_still_written(port: Port) -> None:
    """H3."""
    port.converser.holds_at = 4
    port.converser.may_go_on.clear()
    client = await port.connect()
    await client.send("transcript", text="Hello.")
    events = await client.until("handled-chunk")
    assert [event.data.get("text") for event in events] == [None, "The light is on."]
    assert port.converser.running == 1
    port.converser.may_go_on.set()
    await client.until("handled-stop")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("**Yes**, it _is_ `on`. 😀 Enjoy!", "Yes, it is on. Enjoy!"),
        ("# Tea\n- one bag\n- hot water\n\nDone.", "Tea, one bag, hot water, Done."),
        ("It is -5.5 °C at 7:05 p.m.", "It is -5.5 °C at 7:05 p.m."),
        ("See [the manual](https://example.com/x).", "See the manual."),
        ("👍", "thumbs up"),
        ("2 * 3 is 6.", "2 \N{MULTIPLICATION SIGN} 3 is 6."),
    ],
)
async def test_an_answer_is_plain_text_wherever_its_fragments_are_cut(
    port: Port, written: str, sent: str
) -> None:
    """What is spoken and shown has no decoration; making words of numbers is left to whoever speaks."""
    client = await port.connect()
    for size in (1, 3, 1000):
        port.converser.fragments = [written[at : at + size] for at in range(0, len(written), size)]
        assert answer(await ask(client, "Hello.")).data["text"] == sent


@pytest.mark.parametrize("fragments", [[], ["   ", "\n"], ["***", "\n---\n"]])
async def test_an_answer_without_words_is_not_handled_in_words(port: Port, fragments: list[str]) -> None:
    port.converser.fragments = fragments
    final = answer(await ask(await port.connect(), "Hello."))
    assert (final.type, final.data["text"]) == ("not-handled", "Sorry, I have no answer to that.")


async def test_the_program_is_described_without_a_promise_that_it_does_not_keep(port: Port) -> None:
    """I2, I3, H5: it talks, and controls nothing."""
    client = await port.connect()
    await client.send("describe")
    info = Info.from_event((await client.until("info"))[0])
    (program,) = info.handle
    assert info.intent == []
    assert (program.name, program.installed, program.attribution.name != "") == ("lfm2", True, True)
    assert (program.supports_handled_streaming, program.supports_home_control) == (True, False)
    assert [(model.name, model.installed, model.languages) for model in program.models] == [
        ("stand-in", True, ["en"])
    ]


async def test_a_model_that_does_not_converse_advertises_nothing_and_says_so_in_words(
    start_port: StartPort,
) -> None:
    """I4."""
    converser = StandInConverser()
    converser.chat_unavailable_reason = "It was not trained for that."
    port = await start_port(converser=converser)
    client = await port.connect()
    await client.send("describe")
    assert (await client.until("info"))[0].data["handle"] == []
    final = answer(await ask(client, "Hello.", context={"conversation_id": "a"}))
    assert final.type == "not-handled"
    assert final.data["context"] == {"conversation_id": "a"}
    assert "cannot hold a conversation" in final.data["text"]
    assert not converser.asked


async def test_conversation_can_be_switched_off(start_port: StartPort) -> None:
    """I4."""
    port = await start_port(conversation={"enabled": False})
    client = await port.connect()
    await client.send("describe")
    assert (await client.until("info"))[0].data["handle"] == []
    final = answer(await ask(client, "Hello."))
    assert (final.type, final.data["text"]) == ("not-handled", "Sorry, conversation is switched off.")
    assert not port.converser.asked


async def test_the_model_is_told_the_prompt_of_the_settings_and_its_language(start_port: StartPort) -> None:
    converser = StandInConverser()
    converser.languages = ("ja",)
    port = await start_port(converser=converser, conversation={"system_prompt": "Speak {language} {x}."})
    await ask(await port.connect(), "こんにちは")
    assert converser.asked[0].system == "Speak Japanese {x}."


async def test_the_prompt_is_the_same_at_any_time_and_only_a_question_of_time_is_told_it(
    start_port: StartPort,
) -> None:
    """A prompt that changed would have to be computed anew, and each dialogue with it."""
    now = [datetime(2026, 11, 22, 21, 5, tzinfo=UTC), datetime(2026, 11, 23, 0, 0, tzinfo=UTC)]
    port = await start_port(context_providers=[DateAndTime(lambda: now[0])])
    client = await port.connect()
    for text in ("Tell me a joke.", "What time is it?", "And what day is it?"):
        await ask(client, text, context={"conversation_id": "a"})
        if "time" in text:
            now.pop(0)
    assert [asked.text for asked in port.converser.asked] == [
        "Tell me a joke.",
        "(It is 9:05 PM on Sunday, November 22, 2026.)\nWhat time is it?",
        "(It is 12:00 AM on Monday, November 23, 2026.)\nAnd what day is it?",
    ]
    assert len({asked.system for asked in port.converser.asked}) == 1


async def test_a_japanese_model_is_told_the_time_in_japanese(start_port: StartPort) -> None:
    converser = StandInConverser()
    converser.languages = ("ja",)
    clock = DateAndTime(lambda: datetime(2026, 11, 22, 21, 5, tzinfo=UTC))
    port = await start_port(converser=converser, context_providers=[clock])
    await ask(await port.connect(), "今何時ですか?")
    assert converser.asked[0].text == "(今は2026年11月22日日曜日、21時5分です。)\n今何時ですか?"


async def test_the_model_can_be_left_without_a_clock(start_port: StartPort) -> None:
    port = await start_port(conversation={"tell_time": False})
    await ask(await port.connect(), "What time is it?")
    assert port.converser.asked[0].text == "What time is it?"


async def test_describe_and_ping_are_answered_while_the_model_thinks(port: Port) -> None:
    """I1, M1."""
    port.converser.may_go_on.clear()
    client = await port.connect()
    await client.send("transcript", text="Hello.")
    await port.converser.at_work.wait()
    await client.send("describe")
    assert types(await client.until("info")) == ["info"]
    await client.answers_ping()
    port.converser.may_go_on.set()
    assert answer(await client.until("handled-stop")).type == "handled"


async def test_several_clients_are_answered_at_once(port: Port) -> None:
    port.converser.may_go_on.clear()
    clients = [await port.connect() for _ in range(8)]
    for number, client in enumerate(clients):
        await client.send("transcript", text="Hello.", context={"conversation_id": str(number)})
    while port.converser.running < len(clients):
        await clients[-1].answers_ping()
    port.converser.may_go_on.set()
    for number, client in enumerate(clients):
        final = answer(await client.until("handled-stop"))
        assert final.data["context"] == {"conversation_id": str(number)}


async def test_turns_that_are_sent_at_once_are_answered_in_turn(port: Port) -> None:
    client = await port.connect()
    for number in range(3):
        await client.send("transcript", text="" if number == 1 else "Hello.", context={"number": number})
    answers = [answer(await client.until("handled-stop")) for _ in range(3)]
    assert [final.data["context"]["number"] for final in answers] == [0, 1, 2]
    assert [final.type for final in answers] == ["handled", "not-handled", "handled"]
    assert port.converser.most_running == 1


async def test_one_hears_speaks_and_answers_side_by_side_on_one_connection(port: Port) -> None:
    client = await port.connect()
    port.converser.may_go_on.clear()
    await client.send("transcript", text="Hello.")
    await port.converser.at_work.wait()
    await client.send_audio(hello())
    assert types(await client.until("transcript-stop")).count("transcript") == 1
    await client.send("synthesize", text="Hello.")
    await client.until("audio-stop")
    port.converser.may_go_on.set()
    assert answer(await client.until("handled-stop")).type == "handled"


async def test_what_is_asked_and_answered_is_logged_only_when_that_is_wanted(
    start_port: StartPort, caplog: pytest.LogCaptureFixture
) -> None:
    for transcripts in (False, True):
        port = await start_port(log={"transcripts": transcripts})
        port.converser.fragments = ["Under the pot."]
        await ask(await port.connect(), "Where is the key?", context={"conversation_id": "hidden"})
        await port.close()
        assert ("Where is the key?" in caplog.text) == transcripts
        assert ("Under the pot." in caplog.text) == transcripts
        assert "hidden" not in caplog.text


async def test_a_model_of_one_prompt_gets_that_unless_somebody_wrote_another(start_port: StartPort) -> None:
    converser = StandInConverser()
    converser.conversation_prompt = "Answer briefly."
    default = ConversationSettings().system_prompt
    for own, told in (({}, "Answer briefly."), ({"system_prompt": default}, "Answer briefly.")):
        port = await start_port(converser=converser, conversation=own)
        await ask(await port.connect(), "Hello.")
        assert converser.asked[-1].system == told
    port = await start_port(converser=converser, conversation={"system_prompt": "Speak."})
    await ask(await port.connect(), "Hello.")
    assert converser.asked[-1].system == "Speak."

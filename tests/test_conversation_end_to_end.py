"""A real engine with tiny random weights behind a real socket, and people who talk to it, kindly or not."""

from __future__ import annotations

import asyncio
import logging
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from tests.model_sets import tiny_model_set
from tests.server.stand_ins import GUARD_S, RawClient
from tests.server.test_conversation import answer, ask
from wyoming_lfm2.config.settings import EngineSettings, Settings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.server import Server
from wyoming_lfm2.text.plain_text import PlainTextStream

prepare("passive")
SETTINGS = Settings.model_validate(
    {
        "service": {"uri": "tcp://127.0.0.1:0"},
        "conversation": {
            "system_prompt": "Speak.",
            "answer_tokens": 8,
            "dialogue_tokens": 128,
            "dialogues": 4,
        },
    }
)


@pytest.fixture(scope="module")
def model_set(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    """Random weights that answer anything with eight tokens of something."""
    return tiny_model_set(tmp_path_factory.mktemp("model"))


async def loaded(model_set: ModelSet, context: int = 4096) -> Engine:
    settings = EngineSettings(threads=1, context=context)
    return await Engine.load(model_set, settings, 1.0, conversation=SETTINGS.conversation)


class Port:
    """The engine behind its port."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.server = Server(SETTINGS.service)

    async def start(self) -> None:
        self.server.bind()
        handle = ConversationService("lfm2", self.engine, SETTINGS.conversation, SETTINGS.log)
        await self.server.start([handle])

    async def connect(self) -> RawClient:
        assert isinstance(self.server.uri, TcpUri)
        return RawClient(*await asyncio.open_connection(self.server.uri.host, self.server.uri.port))

    async def say(
        self, text: str, dialogue: str | None = None, language: str | None = None
    ) -> tuple[str, str]:
        """One turn on a connection of its own: the kind of answer, and its text."""
        client = await self.connect()
        try:
            context = {"conversation_id": dialogue}
            final = answer(await ask(client, text, language=language, context=context))
        finally:
            await client.hang_up()
        return final.type, final.data["text"]

    @property
    def remembered(self) -> int:
        return len(self.engine._conversation._dialogues)


@pytest.fixture(params=[4096])
async def port(model_set: ModelSet, request: pytest.FixtureRequest) -> AsyncIterator[Port]:
    """With so many tokens of context."""
    started = Port(await loaded(model_set, request.param))
    await started.start()
    yield started
    await started.server.stop()
    await started.engine.close()


TURNS = ("Turn on the light.", "And the bedroom?", "Thank you.")


async def written(model_set: ModelSet) -> list[str]:
    """What the engine itself answers to three turns of a dialogue, made plain."""
    engine = await loaded(model_set)
    answers = []
    for text in TURNS:
        plain = PlainTextStream()
        parts = [plain.feed(fragment) async for fragment in engine.answer(text, "a", "Speak.")]
        answers.append("".join(parts) + plain.finish())
    await engine.close()
    return answers


async def test_the_port_says_in_a_dialogue_what_the_engine_writes(port: Port, model_set: ModelSet) -> None:
    """H1, H2: whatever else is said to the same model meanwhile."""
    said = []
    for text in TURNS:
        (_, own), *_ = await asyncio.gather(
            port.say(text, "mine"), port.say(text, "another"), port.say("Hello.", None)
        )
        said.append(own)
    expected = await written(model_set)
    assert said == [text or "Sorry, I have no answer to that." for text in expected]
    assert any(expected), "the comparison would prove nothing"


async def test_a_turn_that_was_cut_off_by_a_hang_up_was_never_said(port: Port, model_set: ModelSet) -> None:
    """A8."""
    said = []
    for text in TURNS:
        client = await port.connect()
        await client.send("transcript", text="Forget that I asked.", context={"conversation_id": "a"})
        await client.answers_ping()
        await client.hang_up()
        said.append((await port.say(text, "a"))[1])
    assert said == [text or "Sorry, I have no answer to that." for text in await written(model_set)]


async def test_a_dialogue_may_go_on_for_longer_than_the_model_can_remember(port: Port) -> None:
    kinds = {(await port.say(f"What about room number {number}?", "a"))[0] for number in range(40)}
    assert kinds <= {"handled", "not-handled"}
    assert (await port.say("Hello.", "a")) != ("not-handled", "Sorry, that was too long for me.")
    assert port.remembered == 1


async def test_hundreds_of_dialogues_at_once_and_after_each_other_leave_a_few(port: Port) -> None:
    for tens in range(15):
        names = [f"{tens}-{number}" for number in range(10)]
        async with asyncio.timeout(GUARD_S):
            answers = await asyncio.gather(*(port.say("Hello.", name) for name in names))
        assert len({text for _, text in answers}) == 1
    assert port.remembered == SETTINGS.conversation.dialogues


async def test_a_thousand_ids_leave_no_more_than_a_few_did(
    port: Port, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor would a million: what stays is a number of dialogues, of their tokens, and rows of context."""
    caplog.set_level(logging.ERROR)  # the log of a test is kept
    client = await port.connect()

    async def dialogues(first: int, count: int) -> None:
        for number in range(first, first + count):
            context = {"conversation_id": f"{number:05}" * 2000}
            await ask(client, "Hello.", context=context)

    await dialogues(0, 40)
    tracemalloc.start()
    try:
        await dialogues(40, 40)
        before, _ = tracemalloc.get_traced_memory()
        await dialogues(80, 1000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Ten megabytes if the names were kept, and more if what was said were.
    assert after - before < 500_000
    assert port.remembered == SETTINGS.conversation.dialogues
    await client.hang_up()


@pytest.mark.parametrize("port", [256], indirect=True)
async def test_what_cannot_be_answered_is_said_in_words_and_the_dialogue_goes_on(port: Port) -> None:
    before = await port.say("Hello.", "b")
    assert await port.say("word " * 200_000, "a") == ("not-handled", "Sorry, that was too long for me.")
    # Short enough for the port, and too long for a model with 256 tokens of context.
    assert await port.say("word " * 190, "a") == ("not-handled", "Sorry, that was too long for me.")
    assert await port.say("Hallo.", "a", "de") == ("not-handled", "Sorry, I only understand English.")
    assert (await port.say("", "a"))[0] == "not-handled"
    assert await port.say("Hello.", "a") == before

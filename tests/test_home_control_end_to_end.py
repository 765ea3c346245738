"""A real engine with random weights behind a real socket, with home control: whatever it wants, it makes sense."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from wyoming.event import Event

from tests.engine.conversing import history_of
from tests.model_sets import calling_model_set
from tests.server.stand_ins import RawClient
from wyoming_lfm2.config.settings import EngineSettings, Settings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.intents import slot_values
from wyoming_lfm2.intents.calls import Call, CallCertainty
from wyoming_lfm2.intents.definitions import INTENTS
from wyoming_lfm2.intents.grammar import home_grammar
from wyoming_lfm2.intents.slot_values import Value
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.protocol.uri import TcpUri
from wyoming_lfm2.server.conversation import ConversationService
from wyoming_lfm2.server.server import Server

prepare("passive")
NAMES = ("kitchen light", 'the "big" one', "Küche <3", "back\\slash", "卵 [焼き]", "{{ x }}", "a, b=c)]")


def settings(confidence: float) -> Settings:
    """With a prompt as short as can be, since the list of tools is long for a tiny vocabulary."""
    conversation = {
        "home_control": True,
        "home_confidence": confidence,
        "home_names": NAMES,
        "answer_tokens": 160,
        "dialogues": 4,
    }
    return Settings.model_validate({"service": {"uri": "tcp://127.0.0.1:0"}, "conversation": conversation})


@pytest.fixture(scope="module")
def model_set(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    """It wants to call something; what, its weights decide."""
    folder = tmp_path_factory.mktemp("calling")
    found = calling_model_set(folder, 2, {"<|tool_call_start|>": 20.0, "<|im_end|>": 4.0})
    return dataclasses.replace(found, model=dataclasses.replace(found.model, home_prompt="Control the home."))


async def loaded(model_set: ModelSet) -> Engine:
    engine_settings = EngineSettings(threads=1)
    return await Engine.load(model_set, engine_settings, 1.0, conversation=settings(0).conversation)


def named(call: Call) -> Value | None:
    """The device that a call names."""
    slot = next((slot for slot in call.kind.slots if slot.values is slot_values.NAME), None)
    return call.slots.get(slot.name) if slot else None


async def test_whatever_the_model_wants_it_writes_a_call_or_words(model_set: ModelSet) -> None:
    engine = await loaded(model_set)
    calls = 0
    for number in range(8):
        answer, said = CallCertainty(), ""
        grammar = home_grammar(NAMES if number % 2 else ())
        async for written in engine.choose(f"turn {number}", grammar, None, "Control the home."):
            assert 0 <= written.probability <= 1
            said += answer.feed(written.text, written.probability)
        if answer.call_is_written:
            call = answer.call()
            if number % 2 and (name := named(call)) is not None:
                assert name in (*NAMES, *map(str.lower, NAMES))
            calls += 1
        else:
            assert answer.calls or (said and "<" not in said)
    assert calls, "the comparison would prove nothing"
    await engine.close()


async def test_each_name_can_be_written_and_arrives_as_it_was_given(model_set: ModelSet) -> None:
    engine = await loaded(model_set)
    for name in NAMES:
        grammar = home_grammar((name,)).replace("root ::= call | words\n", "root ::= call\n")
        # Only what is of interest here: everything else would be the weights' choice.
        only = 'intent ::= HassTurnOn-x\nHassTurnOn-x ::= "HassTurnOn(name=" v-name ")"\n'
        lines = [line for line in grammar.splitlines() if not line.startswith("intent ::=")]
        answer = CallCertainty()
        async for written in engine.choose("turn", "\n".join([*lines, only]), None, "Control the home."):
            answer.feed(written.text, written.probability)
        assert answer.call().slots["name"] in (name, name.lower())
    await engine.close()


async def test_the_port_answers_each_turn_once_and_remembers_only_what_it_did(model_set: ModelSet) -> None:
    engine = await loaded(model_set)
    remembered = []
    for confidence in (0.0, 1.0):
        chosen = settings(confidence)
        server = Server(chosen.service)
        server.bind()
        await server.start([ConversationService("lfm2", engine, chosen.conversation, chosen.log)])
        assert isinstance(server.uri, TcpUri)
        kinds = []
        for number in range(4):
            client = RawClient(*await asyncio.open_connection(server.uri.host, server.uri.port))
            dialogue = f"{confidence}-{number}"
            await client.send("transcript", text=f"turn {number}", context={"conversation_id": dialogue})
            final: Event = (await client.until("intent", "handled-stop", "not-recognized"))[-1]
            await client.answers_ping()
            await client.hang_up()
            kinds.append(final.type)
            done = engine._conversation._dialogues.get(dialogue).history is not None
            remembered.append((final.type, done))
            if final.type == "intent":
                assert final.data["name"] in INTENTS
                assert len(history_of(engine, dialogue).turns) == 1
        await server.stop()
    assert ("intent", True) in remembered and ("not-recognized", False) in remembered
    assert ("intent", False) not in remembered and ("not-recognized", True) not in remembered
    await engine.close()

"""Having a tiny random model answer under a grammar."""

from __future__ import annotations

from tests.engine.conversing import SYSTEM
from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.engine.api import Written
from wyoming_lfm2.engine.engine import Engine

CALL = """\
root ::= <|tool_call_start|> "[" name "(" number ")]" <|tool_call_end|> word{0,3}
name ::= "On" | "Off"
number ::= [1-9] [0-9]{0,2}
word ::= " " [a-z]+
"""
LIMITS = ConversationSettings(answer_tokens=40, dialogue_tokens=400)


async def chosen(
    engine: Engine,
    text: str,
    grammar: str,
    dialogue: str | None = None,
    system: str = SYSTEM,
    tools: str = "",
) -> list[Written]:
    return [written async for written in engine.choose(text, grammar, dialogue, system, tools)]


def joined(fragments: list[Written]) -> str:
    return "".join(fragment.text for fragment in fragments)

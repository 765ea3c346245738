"""Asking the server itself, past Home Assistant: what it offers, and why it does not."""

from __future__ import annotations

import asyncio

from wyoming.asr import Transcript
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.handle import NotHandled
from wyoming.info import Describe, Info

from tests.home_assistant.server import GUARD_S, Server


async def describe(server: Server) -> Info:
    """What it offers."""
    return Info.from_event(await _ask(server, Describe().event(), "info"))


async def why_silent(server: Server) -> str:
    """What it says to whoever wants to converse with a model that does not."""
    answer = await _ask(server, Transcript("Hello.").event(), "not-handled")
    return NotHandled.from_event(answer).text or ""


async def _ask(server: Server, question: Event, answer: str) -> Event:
    async with asyncio.timeout(GUARD_S), AsyncTcpClient(server.host, server.port) as client:
        await client.write_event(question)
        while (event := await client.read_event()) is not None:
            if event.type == answer:
                return event
    raise AssertionError(f"the connection ended without {answer}")

"""A mind that is not there: it says what a test wants, is held up or fails where a test wants it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.server.stand_ins import MAKER
from wyoming_lfm2.engine.api import EngineInfo, PlaybackClock, Voice, Written
from wyoming_lfm2.engine.errors import TextTooLongError
from wyoming_lfm2.engine.llama.grammar import named_tokens


@dataclass(frozen=True)
class Asked:
    """What it was asked, as it was asked."""

    text: str
    dialogue: str | None
    system: str
    grammar: str = ""
    tools: str = ""


class StandInConverser:
    """Remembers sixteen dialogues, and a turn of one only when it has been said to its end, as the engine does."""

    def __init__(self) -> None:
        self.fragments = ["The ", "light ", "is on.", " Sleep", " well."]
        self.probabilities: list[float] = []
        """Of the fragments; those that are missing are 1."""
        self.calls = True
        self.languages: tuple[str, ...] = ("en",)
        self.chat_unavailable_reason = ""
        self.conversation_prompt = ""
        self.home_prompt = ""
        self.error: Exception | None = None
        self.fails_at = 0
        """Number of the fragment in whose place :attr:`error` is raised."""
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.holds_at = 0
        """Number of the fragment before which it waits for :attr:`may_go_on`."""
        self.longest_told = 1_000_000
        """Characters of what :meth:`check_told` finds to fit."""
        self.asked: list[Asked] = []
        self.dialogues: OrderedDict[str, list[str]] = OrderedDict()
        self.running = 0
        self.most_running = 0
        self.made = 0
        """Fragments."""
        self.at_work = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "stand-in",
            "Always answers the same",
            "1",
            self.languages,
            *MAKER,
            longest_piece_s=30.0,
            chat_unavailable_reason=self.chat_unavailable_reason,
            conversation_prompt=self.conversation_prompt,
            home_prompt=self.home_prompt,
            calls=self.calls,
        )

    async def check_told(self, system: str, grammar: str = "", tools: str = "") -> None:
        if len(system + tools) > self.longest_told:
            raise TextTooLongError("all this does not fit; set a larger engine.context")
        named_tokens(grammar or 'root ::= "a"')

    async def answer(
        self, text: str, dialogue: str | None = None, system: str = ""
    ) -> AsyncGenerator[str, None]:
        self.asked.append(Asked(text, dialogue, system))
        async with aclosing(self._fragments(text, dialogue)) as fragments:
            async for fragment in fragments:
                yield fragment

    async def choose(
        self, text: str, grammar: str, dialogue: str | None = None, system: str = "", tools: str = ""
    ) -> AsyncGenerator[Written, None]:
        self.asked.append(Asked(text, dialogue, system, grammar, tools))
        sure = iter(self.probabilities)
        async with aclosing(self._fragments(text, dialogue)) as fragments:
            async for fragment in fragments:
                yield Written(fragment, next(sure, 1.0))

    async def _fragments(self, text: str, dialogue: str | None) -> AsyncGenerator[str, None]:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.idle.clear()
        self.at_work.set()
        try:
            for number, fragment in enumerate(self.fragments):
                if number == self.holds_at:
                    await self.may_go_on.wait()
                if self.error is not None and number == self.fails_at:
                    raise self.error
                await asyncio.sleep(0)
                self.made += 1
                yield fragment
            if dialogue is not None:
                self.dialogues.setdefault(dialogue, []).append(text)
                self.dialogues.move_to_end(dialogue)
                if len(self.dialogues) > 16:
                    self.dialogues.popitem(last=False)
        finally:
            self.running -= 1
            if not self.running:
                self.at_work.clear()
                self.idle.set()

    async def converse(
        self,
        heard: NDArray[np.float32] | str,
        dialogue: str | None = None,
        voice: Voice | None = None,
        playback: PlaybackClock | None = None,
    ) -> AsyncGenerator[str | NDArray[np.float32], None]:
        """No service asks for it."""
        raise NotImplementedError
        yield ""  # type: ignore[unreachable]  # makes it a generator

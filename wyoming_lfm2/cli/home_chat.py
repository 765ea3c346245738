"""``wyoming-lfm2 chat --home``: what Home Assistant would be told to do, printed instead of done."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wyoming_lfm2.config.settings import ConversationSettings
    from wyoming_lfm2.engine.api import Converser
    from wyoming_lfm2.intents.calls import CallCertainty
    from wyoming_lfm2.server.canned_replies import CannedReplies
    from wyoming_lfm2.server.home_control import HomeTurn


async def write_at_home(engine: Converser, text: str, dialogue: str, settings: ConversationSettings) -> None:
    """Answer one turn in words, or with an intent and how sure the model is of it.

    Goes by the newest Home Assistant, which can do all that intents ask for.

    :param settings: with home control switched on.
    """
    from wyoming_lfm2.intents.calls import CallCertainty, CallError
    from wyoming_lfm2.intents.definitions import Need
    from wyoming_lfm2.server.canned_replies import canned_replies_in
    from wyoming_lfm2.server.home_control import HomeControl

    language = engine.info.languages[0]
    phrases = canned_replies_in(language)
    system, home = HomeControl(settings).turn(frozenset(Need), engine.info, language)
    answer = CallCertainty()
    async with aclosing(engine.choose(text, home.grammar, dialogue, system, home.tools)) as fragments:
        async for written in fragments:
            print(answer.feed(written.text, written.probability), end="", flush=True)
            if answer.call_is_written and _is_refused(answer, home, phrases):
                # As on the port: what is not done has never been said, as far as the dialogue goes.
                break
    if not answer.calls:
        print(flush=True)
        return
    try:
        call = answer.call()
    except CallError as error:
        print(f"No intent: {error}.", file=sys.stderr)
        print(phrases.unsure, flush=True)
        return
    print(f"{call} ({answer.certainty:.0%} sure)")
    if refusal := home.refusal(call, answer.certainty, phrases):
        print(refusal.text, flush=True)
    elif call.kind.need is Need.STATES:
        # The confirmation is a template, which only Home Assistant can render.
        print("(Home Assistant looks it up and says what it finds.)", flush=True)
    else:
        print(home.confirmation(call, call.said, phrases), flush=True)


def _is_refused(answer: CallCertainty, home: HomeTurn, phrases: CannedReplies) -> bool:
    from wyoming_lfm2.intents.calls import CallError

    try:
        return home.refusal(answer.call(), answer.certainty, phrases) is not None
    except CallError:
        return True

"""What the settings of conversation ask for and the model cannot do is not advertised, and the log says why."""

from __future__ import annotations

import pytest

from tests.server.converser_stand_in import StandInConverser
from wyoming_lfm2.config.settings import ConversationSettings
from wyoming_lfm2.server.startup_checks import feasible_conversation

HOME = ConversationSettings(home_control=True)


@pytest.fixture
def converser() -> StandInConverser:
    return StandInConverser()


async def test_what_can_be_stays_as_it_is_and_nothing_is_said(
    converser: StandInConverser, caplog: pytest.LogCaptureFixture
) -> None:
    for settings in (ConversationSettings(), HOME, ConversationSettings(enabled=False, home_control=True)):
        assert await feasible_conversation(settings, converser) == settings
    assert not caplog.messages


async def test_a_system_prompt_that_does_not_fit_leaves_no_conversation(
    converser: StandInConverser, caplog: pytest.LogCaptureFixture
) -> None:
    converser.longest_told = 5000
    settings = ConversationSettings(system_prompt="Be kind. " * 1000)
    assert not (await feasible_conversation(settings, converser)).enabled
    assert caplog.messages == ["No conversation: all this does not fit; set a larger engine.context."]


async def test_the_prompt_is_tried_in_each_language(converser: StandInConverser) -> None:
    converser.languages = ("en", "ja")
    settings = ConversationSettings(system_prompt="{language}")
    for longest, enabled in ((len("Japanese"), True), (len("Japanese") - 1, False)):
        converser.longest_told = longest
        assert (await feasible_conversation(settings, converser)).enabled is enabled


async def test_names_for_which_there_is_no_room_leave_conversation_without_home_control(
    converser: StandInConverser, caplog: pytest.LogCaptureFixture
) -> None:
    converser.longest_told = 20_000
    names = tuple(f"Light {number}" for number in range(2000))
    settings = HOME.model_copy(update={"home_names": names})
    feasible = await feasible_conversation(settings, converser)
    assert (feasible.enabled, feasible.home_control) == (True, False)
    assert caplog.messages == ["No home control: all this does not fit; set a larger engine.context."]
    # A model that was trained on calls is told no names.
    converser.home_prompt = "Home."
    assert await feasible_conversation(settings, converser) == settings


async def test_names_that_make_the_grammar_too_large_leave_conversation_without_home_control(
    converser: StandInConverser, caplog: pytest.LogCaptureFixture
) -> None:
    converser.home_prompt = "Home."
    names = tuple(f"{'Long name of a light ' * 3}{number}" for number in range(4000))
    feasible = await feasible_conversation(HOME.model_copy(update={"home_names": names}), converser)
    assert (feasible.enabled, feasible.home_control) == (True, False)
    (said,) = caplog.messages
    assert "characters" in said
    assert said.endswith("set fewer conversation.home_names and conversation.home_areas.")


async def test_where_neither_fits_both_are_missing(
    converser: StandInConverser, caplog: pytest.LogCaptureFixture
) -> None:
    converser.longest_told = 10
    feasible = await feasible_conversation(HOME, converser)
    assert not feasible.enabled
    assert [said.split(":")[0] for said in caplog.messages] == ["No home control", "No conversation"]

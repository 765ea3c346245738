"""What Home Assistant shows of the server."""

from __future__ import annotations

from homeassistant.components import conversation, stt, tts
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from wyoming.info import Info

from tests.home_assistant.conftest import entities_of
from tests.home_assistant.report import Report


async def test_each_service_is_an_entity_with_its_languages(
    hass: HomeAssistant, entry: ConfigEntry, info: Info, report: Report
) -> None:
    entities = entities_of(hass, entry)
    offered = {"stt": info.asr, "tts": info.tts, "conversation": info.intent or info.handle}
    assert set(entities) == {domain for domain, programs in offered.items() if programs}
    assert all(hass.states.get(entity_id) is not None for entity_id in entities.values())

    ears = stt.async_get_speech_to_text_engine(hass, entities["stt"])
    assert ears.supported_languages == info.asr[0].models[0].languages == ["en"]
    mouth = tts.get_engine_instance(hass, entities["tts"])
    assert sorted(mouth.supported_languages) == sorted(
        {tag for v in info.tts[0].voices for tag in v.languages}
    )
    assert mouth.default_language in mouth.supported_languages
    report.section("The entities")
    rows = {entities["stt"]: "languages " + ", ".join(ears.supported_languages)}
    rows[entities["tts"]] = "languages " + ", ".join(sorted(mouth.supported_languages))
    if "conversation" in entities:
        agent = conversation.async_get_agent(hass, entities["conversation"])
        assert agent.supported_languages == (info.intent or info.handle)[0].models[0].languages
        acts = bool(agent.supported_features & conversation.ConversationEntityFeature.CONTROL)
        assert acts == bool(info.intent), "only who answers with intents may say that it controls the home"
        rows[entities["conversation"]] = "languages " + ", ".join(agent.supported_languages)
    report.table("entity", rows)


async def test_every_voice_can_be_chosen(
    hass: HomeAssistant, entry: ConfigEntry, info: Info, report: Report
) -> None:
    mouth = tts.get_engine_instance(hass, entities_of(hass, entry)["tts"])
    shown = {}
    for language in mouth.supported_languages:
        shown |= {voice.voice_id: voice.name for voice in mouth.async_get_supported_voices(language)}
    assert set(shown) == {voice.name for voice in info.tts[0].voices}
    assert all(shown.values())
    report.table("voice", shown)

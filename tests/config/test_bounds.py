"""Every number that can be set is finite and has two ends; what has no end is written as off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.bounds import Number, numbers, others
from wyoming_lfm2.config.documentation import effective_yaml, markdown_table
from wyoming_lfm2.config.errors import SettingsError
from wyoming_lfm2.config.loading import gather_settings, load_settings
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.config.tree import leaves

NUMBERS = list(numbers())
CAN_BE_OFF = {
    "hearing.speculate_after_s",
    "endpointing.longest_utterance_s",
    "endpointing.no_speech_s",
    "service.idle_timeout_s",
}


def held(settings: Settings, number: Number) -> float:
    section, key = number.path.split(".")
    value = getattr(getattr(settings, section), key)
    return getattr(value["butler"], number.inner) if number.inner else value


def test_every_setting_is_visited() -> None:
    visited = {number.path for number in NUMBERS} | {path for path, _ in others()}
    assert visited == {leaf.path for leaf in leaves()}
    kinds = {
        kind.get("type", "one of several")
        for _, field in others()
        for kind in field.get("anyOf", [field])
        if "$ref" not in kind
    }
    assert kinds <= {"string", "boolean", "array", "object", "null", "one of several"}


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_a_number_may_be_at_both_of_its_ends_and_not_just_outside(number: Number, tmp_path: Path) -> None:
    within, beyond = number.ends()
    for value in within:
        file = tmp_path / "settings.yaml"
        section, key = number.path.split(".")
        # A number that PyYAML takes for text, as 5e-324 is to it, means the same.
        file.write_text(f"{section}:\n  {key}: {number.text(value)}\n", encoding="utf-8")
        assert held(load_settings({number.path: number.text(value)}, environment={}), number) == value
        assert held(load_settings(file=file, environment={}), number) == value
    for value in beyond:
        with pytest.raises(SettingsError, match=f"is not possible for {number.path}: .*input should be"):
            load_settings({number.path: number.text(value)}, environment={})


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", ".inf", ".nan", "1e999"])
@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_no_number_is_infinite(number: Number, value: str, tmp_path: Path) -> None:
    text = f"{{butler: {{{number.inner}: {value}}}}}" if number.inner else value
    section, key = number.path.split(".")
    file = tmp_path / "settings.yaml"
    file.write_text(f"{section}:\n  {key}: {text}\n", encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings({number.path: text}, environment={})
    with pytest.raises(SettingsError):
        load_settings(file=file, environment={})


def test_what_can_be_off_is_off_in_every_source_and_says_so(tmp_path: Path) -> None:
    can = {line.split("`")[1] for line in markdown_table().splitlines() if ", or off)" in line}
    assert can == CAN_BE_OFF
    for path in CAN_BE_OFF:
        section, key = path.split(".")
        file = tmp_path / "settings.yaml"
        variable = f"WYOMING_LFM2_{section}_{key}".upper()
        for text in ("off", "'off'", "false"):  # YAML takes the bare word for false
            file.write_text(f"{section}:\n  {key}: {text}\n", encoding="utf-8")
            assert getattr(getattr(load_settings(file=file, environment={}), section), key) is None
        gathered = gather_settings({path: "off"}, environment={})
        assert gathered.settings == load_settings(environment={variable: "off"})
        assert getattr(getattr(gathered.settings, section), key) is None
        file.write_text(effective_yaml(gathered.settings, gathered.origins), encoding="utf-8")
        assert load_settings(file=file, environment={}) == gathered.settings


def test_what_cannot_be_off_is_not() -> None:
    for number in NUMBERS:
        if number.path not in CAN_BE_OFF and not number.inner:
            with pytest.raises(SettingsError):
                load_settings({number.path: "off"}, environment={})

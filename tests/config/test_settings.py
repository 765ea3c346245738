"""What may be put into a setting, where its type alone does not say."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from wyoming_lfm2.config.errors import SettingsError
from wyoming_lfm2.config.loading import load_settings


def refusal(name: str, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings({name: text}, environment={})
    assert str(caught.value).count("\n") == 0
    return str(caught.value)


def test_a_network_may_be_named_by_a_machine_in_it() -> None:
    settings = load_settings({"service.allow": "192.168.1.5/24, fd00::5/64, 192.168.2.7"}, environment={})
    expected = ("192.168.1.0/24", "fd00::/64", "192.168.2.7/32")
    assert settings.service.allow == tuple(map(ip_network, expected))


@pytest.mark.parametrize("text", ["kitchen", "192.168.1.5/99", "192.168.1", "5"])
def test_what_is_no_network_says_how_to_write_one(text: str) -> None:
    assert refusal("service.allow", text).endswith(
        f"{text!r} is not possible for service.allow: write a network as 192.168.1.0/24 or fd00::/64, one machine "
        "as 192.168.1.5."
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("  ", "the name is blank; leave it out for the default"),
        ("x" * 64, "the name has 64 bytes in UTF-8, and zeroconf takes 63; choose a shorter one"),
        ("居" * 22, "the name has 66 bytes in UTF-8, and zeroconf takes 63; choose a shorter one"),
        ("a\tb", "zeroconf takes no control characters, and dots only between other characters"),
        ("kitchen.", "zeroconf takes no control characters, and dots only between other characters"),
        (".kitchen", "zeroconf takes no control characters, and dots only between other characters"),
    ],
)
def test_an_instance_name_that_cannot_be_announced_is_an_error_at_once(name: str, reason: str) -> None:
    """Users' row 6: zeroconf would refuse it, or announce what nobody finds, every 30 s anew."""
    assert refusal("discovery.instance", name).endswith(
        f"{name!r} is not possible for discovery.instance: {reason}."
    )


@pytest.mark.parametrize("name", ["x" * 63, "居" * 21, "Dr. Who's room, 2", "क\u200dष"])
def test_an_instance_name_may_be_in_any_script(name: str) -> None:
    assert load_settings({"discovery.instance": f" {name} "}, environment={}).discovery.instance == name


@pytest.mark.parametrize("name", ["model.directory", "model.mimi", "model.cache", "log.save_audio"])
def test_a_home_folder_may_be_written_as_a_tilde_if_there_is_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    section, key = name.split(".")
    settings = load_settings({name: "~/here"}, environment={})
    assert getattr(getattr(settings, section), key) == Path("/home/me/here")
    assert refusal(name, "~nobody-of-this-name/here").endswith(
        f"is not possible for {name}: nobody's home is known for the ~; write the whole path."
    )

"""Addresses are words, and a line may begin with a sign that is said."""

from __future__ import annotations

import pytest

from wyoming_lfm2.text.verbalizer import verbalize


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("See example.com.", "See example dot com."),
        ("Example.com is down", "Example dot com is down"),
        ("Visit home-assistant.io for details.", "Visit home assistant dot io for details."),
        ("shop.example.co.uk/path?x=1, please", "shop dot example dot co dot uk, please"),
        ("See www.example.com. It is good.", "See example dot com. It is good."),
        ("light.kitchen is on", "light.kitchen is on"),
        ("Done.Next one.", "Done.Next one."),
    ],
)
def test_a_bare_domain_is_said_with_its_dots(written: str, said: str) -> None:
    assert verbalize(written) == said


def test_a_sign_before_a_number_is_no_quotation() -> None:
    assert verbalize(">5 min") == "greater than five minutes"
    assert verbalize("> 5 min") == "five minutes"
    assert verbalize("> Five") == "Five"

"""The result as plain text for a terminal, and the cells that the report has too."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from wyoming_lfm2.trial.outcome import Concern, Exchange, Outcome, by_remedy
from wyoming_lfm2.trial.result import TrialResult

NOT_OFFERED = "not offered by this model"

_LONGEST = 160
"""Characters of a transcript or an answer; a model that has lost its way writes more than anybody reads."""


def terminal_text(result: TrialResult, width: int) -> str:
    """Return everything that somebody at a terminal of ``width`` columns wants to see."""
    lines = [result.model, "", *_table(result), ""]
    lines += _wrapped("RTF is the real-time factor: seconds of work for a second of sound.", width, "")
    if result.memory is not None:
        lines += _wrapped(f"Memory: {result.memory}.", width, "")
    for outcome in result.outcomes:
        lines += _exchanges(outcome, width)
    if result.notes:
        lines += ["", "Worth knowing:", *_concerns(result.notes, width)]
    if result.wrong:
        lines += ["", "Looks wrong:", *_concerns(result.wrong, width)]
    lines += ["", *_wrapped(result.verdict, width, "")]
    return "\n".join(lines)


def headings(result: TrialResult) -> tuple[str, ...]:
    """Return the titles of the columns of :func:`cells`."""
    return ("what", f"{result.counted} wrong", "seconds", "of sound", "RTF")


def cells(outcome: Outcome) -> tuple[str, ...]:
    """Return one row's texts."""
    if outcome.not_offered:
        return (outcome.what, NOT_OFFERED, "", "", "")
    factor = outcome.real_time_factor
    return (
        outcome.what,
        "" if outcome.errors is None else f"{outcome.errors.wrong} of {outcome.errors.words}",
        f"{outcome.took_s:.1f}",
        "" if outcome.sound_s is None else f"{outcome.sound_s:.1f}",
        "" if factor is None else f"{factor:.2f}",
    )


def told(exchange: Exchange) -> bool:
    """Tell whether an exchange is worth showing at a terminal: an answer, or words that are wrong."""
    return exchange.errors is None or exchange.errors.wrong > 0


def readable(text: str) -> str:
    """Return text of a model without what would steer a terminal, and not too much of it; never empty."""
    plain = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    if len(plain) > _LONGEST:
        return f"{plain[:_LONGEST]} …"
    return plain or "(nothing)"


def _table(result: TrialResult) -> Iterator[str]:
    rows = [tuple(title.upper() for title in headings(result)), *map(cells, result.outcomes)]
    measured = [row for row in rows if row[1] != NOT_OFFERED]
    widths = [max(len(row[column]) for row in measured) for column in range(5)]
    widths[0] = max(len(row[0]) for row in rows)
    for row in rows:
        if row[1] == NOT_OFFERED:
            yield f"{row[0]:{widths[0]}}  {NOT_OFFERED}"
            continue
        numbers = (f"{text:>{width}}" for text, width in zip(row[1:], widths[1:], strict=True))
        yield f"{row[0]:{widths[0]}}  {'  '.join(numbers)}".rstrip()


def _exchanges(outcome: Outcome, width: int) -> Iterator[str]:
    shown = [exchange for exchange in outcome.exchanges if told(exchange)]
    if shown or outcome.not_offered:
        yield ""
        yield f"{outcome.what}:"
    if outcome.not_offered:
        yield from _wrapped(outcome.not_offered, width, "  ")
    for exchange in shown:
        first, second = ("asked ", "answer") if exchange.errors is None else ("said  ", "heard ")
        yield from _wrapped(readable(exchange.given), width, f"  {first}  ")
        yield from _wrapped(readable(exchange.returned), width, f"  {second}  ")


def _concerns(concerns: tuple[Concern, ...], width: int) -> Iterator[str]:
    for remedy, group in by_remedy(concerns).items():
        for concern in group:
            yield from _wrapped(f"{concern.text}.", width, "  - ")
        yield from _wrapped(remedy, width, "    ")


def _wrapped(text: str, width: int, begin: str) -> list[str]:
    """Break ``text`` into lines, the first behind ``begin``, the others as far in."""
    return textwrap.wrap(
        text, width, initial_indent=begin, subsequent_indent=" " * len(begin), break_on_hyphens=False
    )

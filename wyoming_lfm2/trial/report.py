"""The result as Markdown for an issue, without anything that tells whose machine it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wyoming_lfm2.trial.outcome import Concern, Outcome, by_remedy
from wyoming_lfm2.trial.result import TrialResult
from wyoming_lfm2.trial.table import cells, headings, readable

_EMPTY_LINES = re.compile(r"\n{3,}")
_FOLDER = re.compile(r"(?<![\w/:])/(?:[^\s/]+/)+")
"""The folders of an absolute path; not what stands behind ``https:``."""


@dataclass(frozen=True)
class TriedFile:
    """One of the model's files."""

    name: str
    size: int
    """In bytes."""
    sha256: str
    remark: str
    """Whether that is what the hub gave, or where it comes from."""


@dataclass(frozen=True)
class Circumstances:
    """What the result depends on besides the program."""

    files: tuple[TriedFile, ...]
    machine: Mapping[str, str]
    """Title to text: processor, versions, settings."""
    private: Sequence[Path]
    """Folders that are not to be named: where the model lies, the cache, the user's own."""


def markdown(result: TrialResult, circumstances: Circumstances) -> str:
    """Return the whole report."""
    lines = [f"# Trial of {result.model}", "", f"**{result.verdict}**", ""]
    lines += _table(headings(result), map(cells, result.outcomes))
    lines.append("RTF is the real-time factor: seconds of work for a second of sound.")
    if result.memory is not None:
        lines.append(f"Memory: {result.memory}.")
    lines += [*_concerns("Looks wrong", result.wrong), *_concerns("Worth knowing", result.notes)]
    lines += ["", "## Heard and answered", ""]
    for outcome in result.outcomes:
        lines += _exchanges(outcome)
    lines += ["", "## Files", ""]
    rows = ((file.name, f"{file.size:,}", file.sha256, file.remark) for file in circumstances.files)
    lines += _table(("file", "bytes", "SHA-256", "on the hub"), rows)
    lines += ["## Machine", ""]
    lines += [f"- {title}: {text}" for title, text in circumstances.machine.items()]
    text = _EMPTY_LINES.sub("\n\n", "\n".join(lines) + "\n")
    return anonymous(text, circumstances.private)


def anonymous(text: str, private: Sequence[Path]) -> str:
    """Return ``text`` with every absolute path cut to its last part.

    :param private: folders that go first, since their names may hold spaces.
    """
    for folder in sorted(map(str, private), key=len, reverse=True):
        if folder != "/":
            text = text.replace(folder, "…")
    return _FOLDER.sub("…/", text).replace("……", "…")


def _table(titles: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield _row(titles)
    yield _row(["---", *["---:"] * (len(titles) - 1)])
    for row in rows:
        yield _row(row)
    yield ""


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(text) for text in texts)} |"


def _exchanges(outcome: Outcome) -> Iterator[str]:
    if outcome.not_offered:
        yield f"- {outcome.what}: not offered by this model. {outcome.not_offered}"
    for exchange in outcome.exchanges:
        wrong = "" if exchange.errors is None else f" ({exchange.errors.wrong} wrong)"
        yield f"- {outcome.what}: “{exchange.given}” → {_code(exchange.returned)}{wrong}"


def _concerns(title: str, concerns: Sequence[Concern]) -> Iterator[str]:
    if concerns:
        yield from ("", f"## {title}", "")
    for remedy, group in by_remedy(concerns).items():
        yield from (f"- {_escaped(concern.text)}." for concern in group)
        yield from ("", remedy, "")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _code(text: str) -> str:
    """A model's words, in which nothing is Markdown."""
    plain = readable(text).replace("`", "'")
    return f"`{plain}`"

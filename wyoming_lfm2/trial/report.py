"""The result of a trial in words: for a terminal, and as Markdown for an issue, which names no person or machine."""

from __future__ import annotations

import importlib.util
import platform
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from wyoming_lfm2 import __version__
from wyoming_lfm2.trial.outcome import Concern, Exchange, Outcome, TrialResult, by_remedy

NOT_OFFERED = "not offered by this model"

_LONGEST = 160
"""Characters of a transcript or an answer; a model that has lost its way writes more than anybody reads."""

_EMPTY_LINES = re.compile(r"\n{3,}")
_FOLDER = re.compile(r"(?<![\w/:])/(?:[^\s/]+/)+")
"""The folders of an absolute path; not what stands behind ``https:``."""

_CPUINFO = Path("/proc/cpuinfo")
_LIBRARIES = ("llama-cpp-python", "gguf", "numpy", "soxr", "soundfile", "rustymimi")
"""What has a part in the numbers."""


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


def markdown(result: TrialResult, circumstances: Circumstances) -> str:
    """Return the whole report."""
    lines = [f"# Trial of {result.model}", "", f"**{result.verdict}**", ""]
    lines += _markdown_table(headings(result), map(cells, result.outcomes))
    lines.append("RTF is the real-time factor: seconds of work for a second of sound.")
    if result.memory is not None:
        lines.append(f"Memory: {result.memory}.")
    lines += [
        *_markdown_concerns("Looks wrong", result.wrong),
        *_markdown_concerns("Worth knowing", result.notes),
    ]
    lines += ["", "## Heard and answered", ""]
    for outcome in result.outcomes:
        lines += _markdown_exchanges(outcome)
    lines += ["", "## Files", ""]
    rows = ((file.name, f"{file.size:,}", file.sha256, file.remark) for file in circumstances.files)
    lines += _markdown_table(("file", "bytes", "SHA-256", "on the hub"), rows)
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


def versions() -> str:
    """Return the versions of the program, Python and the libraries that have a part in the numbers."""
    # Not platform.platform(): the kernel's version may bear the name of who built it.
    parts = [
        f"wyoming-lfm2 {__version__}",
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.machine()} {' '.join(platform.libc_ver())}".strip(),
    ]
    for library in _LIBRARIES:
        try:
            parts.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(parts)


def processor_name(cpuinfo: Path = _CPUINFO) -> str:
    """Return the processor's name as the system has it; its architecture where it has none."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def llama_cpp_folder() -> Path | None:
    """Return where llama-cpp-python keeps its compiled libraries; None if it is not installed."""
    spec = importlib.util.find_spec("llama_cpp")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "lib"


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


def _markdown_table(titles: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield _row(titles)
    yield _row(["---", *["---:"] * (len(titles) - 1)])
    for row in rows:
        yield _row(row)
    yield ""


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(text) for text in texts)} |"


def _markdown_exchanges(outcome: Outcome) -> Iterator[str]:
    if outcome.not_offered:
        yield f"- {outcome.what}: not offered by this model. {outcome.not_offered}"
    for exchange in outcome.exchanges:
        wrong = "" if exchange.errors is None else f" ({exchange.errors.wrong} wrong)"
        yield f"- {outcome.what}: “{exchange.given}” → {_code(exchange.returned)}{wrong}"


def _markdown_concerns(title: str, concerns: Sequence[Concern]) -> Iterator[str]:
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

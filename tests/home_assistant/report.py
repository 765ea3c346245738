"""What the tests saw, for a person: a page of Markdown and recordings beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.home_assistant.assist import Run

_STEPS = {
    "run-start": "the run begins",
    "stt-start": "sound goes to the server",
    "stt-vad-start": "Home Assistant hears speech",
    "stt-vad-end": "Home Assistant has heard its end",
    "stt-end": "transcript",
    "intent-start": "text goes to the agent",
    "intent-end": "answer, and whatever it did is done",
    "tts-start": "answer goes to be spoken",
}


class Report:
    """Sections of a page, in the order in which the tests ran."""

    def __init__(self, folder: Path) -> None:
        """:param folder: the page and the recordings go there."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._parts: list[str] = []

    def section(self, title: str, *sentences: str) -> None:
        """Begin a section."""
        self._parts.append(f"## {title}")
        if sentences:
            self.say(*sentences)

    def say(self, *sentences: str) -> None:
        """Go on in the section."""
        self._parts.append("\n".join(sentences))

    def table(self, what: str, rows: Mapping[str, str]) -> None:
        """A table of two columns."""
        self._parts.append(f"| {what} | |\n| --- | --- |")
        self.rows(rows)

    def rows(self, rows: Mapping[str, str]) -> None:
        """More rows for the table that was begun last."""
        self._parts[-1] += "".join(f"\n| {name} | {value} |" for name, value in rows.items())

    def times(self, run: Run, spoken_s: float) -> None:
        """When each step of a run came, and how long after the last word.

        :param spoken_s: length of what was said to the pipeline.
        """
        # The stream begins with stt-start.
        end = run.at("stt-start") + spoken_s if run.has("stt-start") else 0.0
        lines = ["| step | since the start | since the last word |", "| --- | ---: | ---: |"]

        def row(what: str, at: float | None) -> None:
            if at is not None:
                lines.append(f"| {what} | {at:.2f} s | {at - end:+.2f} s |")

        for event, what in _STEPS.items():
            if run.has(event):
                row(what, run.at(event))
        row("first sound of the answer", run.first_sound_s)
        row("all of it", run.all_sound_s)
        self._parts.append("\n".join(lines))

    def write(self, title: str) -> Path:
        """Write the page."""
        path = self.folder / "report.md"
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        path.write_text("\n\n".join((f"# {title}", now, *self._parts)) + "\n")
        return path

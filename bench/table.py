"""The results as one Markdown table."""

from __future__ import annotations

from collections.abc import Mapping

from bench.configuration import Configuration
from bench.engine_run import PEAK_MEMORY

Results = Mapping[Configuration, Mapping[str, float]]

SLOWER = "slower beside a busy program (3 s of audio)"


def markdown(results: Results) -> str:
    """A row for each measurement, a column for each configuration."""
    columns = list(results)
    names = list(dict.fromkeys(name for measured in results.values() for name in measured))
    rows = [[name, *(_value(name, results[column].get(name)) for column in columns)] for name in names]
    rows.append([SLOWER, *(_slower(results, column) for column in columns)])
    return plain_table(["", *(column.title for column in columns)], rows)


def plain_table(headings: list[str], rows: list[list[str]]) -> str:
    """A Markdown table of texts; the first column names its row."""
    rule = ["---"] + ["---:"] * (len(headings) - 1)
    return "\n".join(_row(cells) for cells in (headings, rule, *rows))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _value(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name == PEAK_MEMORY:
        return f"{value / 2**20:.0f} MiB"
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.0f} ms"


def _slower(results: Results, column: Configuration) -> str:
    quiet = results.get(column.quiet_twin)
    if not column.busy or quiet is None:
        return ""
    name = next(name for name in quiet if name.startswith("3 s of audio"))
    return f"{results[column][name] / quiet[name]:.1f} times"

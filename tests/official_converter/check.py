"""Holds the engine against the reference on llama.cpp's own files, and the files against the record of them.

    python -m tests.official_converter.check WORK VERSION [--write-record]

Prints a table and what has changed since the record was written; SystemExit says how much is wrong. Runs in the
project's environment.
"""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.official_converter import record, sizes
from tests.official_converter.engine_run import Made, run_engine
from wyoming_lfm2.engine.llama.process_environment import prepare
from wyoming_lfm2.gguf.errors import ModelFileError

MEASURED = ("embeddings", "asr_logits", "tts_logits", "depth_logits", "sums", "sound")
CHOSEN = ("asr_logits", "depth_logits")

LIMITS = {
    "F32": (3e-4, 2e-3, 1e-3, 2e-3, 1e-6, 4e-3),
    "F16": (2e-3, 5e-3, 3e-3, 6e-3, 1e-6, 8e-3),
    "BF16": (1.2e-2, 4e-2, 4e-2, 5e-2, 1e-6, 0.1),
    "Q8_0": (6e-2, 0.15, 0.15, 0.15, 1e-6, 0.4),
    "Q4_0": (6e-2, 0.15, 0.15, 0.15, 1e-6, 0.4),
}
"""The largest difference that passes, as a share of the largest number of the reference, for each of `MEASURED`.
About three times what was measured with llama-cpp-python 0.3.36 on processors with AVX-512, whose differences are
those of llama.cpp's arithmetic: float16 in convolution and attention in every file, and inputs of matrices in
the type that the matrices have (Q8_0 for Q4_0). With a rope base of 10,000 logits are off by 90 times the limit
of F32."""


@dataclass(frozen=True)
class Row:
    """One set of files against one run of the reference."""

    files: str
    weights: str
    """Which numbers the reference had: the checkpoint's, or those that the files have left of them."""
    differences: tuple[float, ...]
    chosen: tuple[str, ...]
    wrong: tuple[str, ...]
    judged: bool = True

    def cells(self) -> list[str]:
        """As the table has them."""
        verdict = "agrees" if self.judged else "what the storage loses"
        if self.wrong:
            verdict = "OFF: " + ", ".join(self.wrong)
        return [self.files, self.weights, *(f"{d:.1e}" for d in self.differences), *self.chosen, verdict]


def compare(
    files: str, reference: dict[str, NDArray[Any]], made: Made, weights: str, limit: str | None
) -> Row:
    """Differences as shares of the largest number; ``limit`` names a line of `LIMITS`, None judges nothing."""
    differences = tuple(_difference(getattr(made, name), reference[name]) for name in MEASURED)
    wrong = []
    if made.asr_prompt != reference["asr_prompt"].tolist():
        wrong.append("the prompt for a transcript")
    if made.tts_prompt != reference["tts_prompt"].tolist():
        wrong.append("the prompt for speech")
    if limit is not None:
        # Not "more than": a number that is none is off as well.
        pairs = zip(MEASURED, differences, LIMITS[limit], strict=True)
        wrong += [name for name, difference, most in pairs if not difference <= most]
    chosen = []
    for name in CHOSEN:
        same = getattr(made, name).argmax(-1) == reference[name].argmax(-1)
        chosen.append(f"{same.sum()} of {same.size}")
        if limit == "F32" and not same.all():
            wrong.append(f"choices by {name}")
    return Row(files, weights, differences, tuple(chosen), tuple(wrong), judged=limit is not None)


def _difference(got: NDArray[Any], expected: NDArray[Any]) -> float:
    if got.shape != expected.shape:
        return float("inf")
    return float(np.abs(got - expected).max() / np.abs(expected).max())


def rows(work: Path) -> list[Row]:
    """All comparisons; a set that is refused has a row without numbers."""
    found = []
    for files in (*sizes.STORAGES, sizes.WITH_VOCABULARY):
        storage = files.split("-")[0]
        original, left = work / "reference.npz", work / f"reference-{storage}.npz"
        print(f"running {files}", file=sys.stderr)
        try:
            # Draws no numbers, so one run is compared with both references.
            made = run_engine(work / files, work / "cache", _read(original))
        except ModelFileError as refused:
            found.append(Row(files, "", (), (), (f"refused: {refused}",)))
            continue
        lossy = left.exists()
        found.append(compare(files, _read(original), made, "checkpoint's", None if lossy else storage))
        if lossy:
            found.append(compare(files, _read(left), made, "those in the files", storage))
    return found


def _read(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def print_table(found: list[Row]) -> None:
    """In Markdown."""
    head = ["files", "reference's weights", *MEASURED, *(f"choices by {name}" for name in CHOSEN), ""]
    head = [cell.replace("_", " ") for cell in head]
    for cells in (head, ["---"] * len(head), *(row.cells() for row in found if row.differences)):
        print("| " + " | ".join(cells) + " |")
    for row in found:
        if not row.differences:
            print(f"\n{row.files}: {row.wrong[0]}")


def changes(version: str, now: list[str]) -> list[str]:
    """Lines that came and went since the record was written, and a sentence before them."""
    if not record.FILE.exists():
        return ["There is no record yet; --write-record makes it."]
    recorded, *before = record.FILE.read_text().splitlines()
    changed = [
        line
        for line in difflib.unified_diff(before, now, lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]
    if not changed:
        print(f"\nllama-cpp-python {version} writes what the record of {recorded} says.")
        return []
    return [f"llama-cpp-python {version} writes other files than the record of {recorded}:", *changed]


def main() -> None:
    """Compares everything."""
    work, version, *options = sys.argv[1:]
    prepare("passive")
    found = rows(Path(work))
    now = record.lines(Path(work))
    print_table(found)
    if "--write-record" in options:
        record.FILE.write_text("\n".join([f"llama-cpp-python {version}", *now]) + "\n")
        print(f"\nWritten: {record.FILE}")
    changed = changes(version, now)
    if changed:
        print("\n" + "\n".join(changed))
    wrong = sum(bool(row.wrong) for row in found)
    if wrong or changed:
        raise SystemExit(
            f"{wrong} of {len(found)} comparisons do not agree; "
            f"{'the files are not as recorded' if changed else 'the files are as recorded'}."
        )


if __name__ == "__main__":
    main()

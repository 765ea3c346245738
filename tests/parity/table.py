"""Prints what is compared with the reference, the tolerance and the difference: `python -m tests.parity.table`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.parity.cases import WEIGHTS
from tests.parity.comparison import (
    Choices,
    Comparison,
    compare_embeddings,
    compare_front_end,
    compare_logits,
)
from tests.parity.running import running
from wyoming_lfm2.models.quantization import Quantization


def main() -> None:
    """Compares everything; raises SystemExit when something does not agree."""
    rows: list[Comparison | Choices] = []
    for quantization in WEIGHTS:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder), quantization) as model:
            if quantization is Quantization.F32:
                rows += compare_front_end(model.model_set, Path(folder))
            rows += compare_embeddings(model, quantization)
            rows += compare_logits(model, quantization)
    print("| compared | weights | audio | measure | difference | tolerance |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        if isinstance(row, Comparison):
            print(
                f"| {row.what} | {row.weights} | {row.audio} | {row.measure} "
                f"| {row.difference:.2g} | {row.tolerance:.2g} |"
            )
        else:
            print(
                f"| next token | {row.weights} | {row.audio} | the same "
                f"| {row.same} of {row.steps} | all {row.decided} decided by more than the logits' tolerance |"
            )
    wrong = [row for row in rows if isinstance(row, Comparison) and not row.agrees]
    wrong_choices = [row for row in rows if isinstance(row, Choices) and row.same_decided != row.decided]
    if wrong or wrong_choices:
        raise SystemExit(f"{len(wrong) + len(wrong_choices)} comparisons do not agree")


if __name__ == "__main__":
    main()

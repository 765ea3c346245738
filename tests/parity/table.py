"""Prints what is compared with the reference, the tolerance and the difference: `python -m tests.parity.table`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from tests.parity.cases import WEIGHTS
from tests.parity.comparison import Choices, Comparison, compare_embeddings, compare_front_end, compare_logits
from tests.parity.dialogue_comparison import TURNS, compare_dialogue, near_choices
from tests.parity.dialogue_running import answering
from tests.parity.given import Given
from tests.parity.running import running
from tests.parity.speech_comparison import compare_speech, predicted_db, reference, signal_to_difference_db
from tests.parity.speech_running import speaking
from wyoming_lfm2.gguf.quantization import Quantization


def main() -> None:
    """Compares everything; raises SystemExit when something does not agree."""
    rows: list[Comparison | Choices] = []
    wrong_events = 0
    for quantization in WEIGHTS:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder), quantization) as model:
            if quantization is Quantization.F32:
                rows += compare_front_end(model.model_set, Path(folder))
            rows += compare_embeddings(model, quantization)
            rows += compare_logits(model, quantization)
    ratios = []
    for quantization in WEIGHTS:
        with tempfile.TemporaryDirectory() as folder, speaking(Path(folder), quantization) as speaker:
            expected = reference(quantization)
            forced = speaker.forced(expected["events"])
            rows += compare_speech(forced, quantization)
            ratio = signal_to_difference_db(forced.sound, expected["sound"])
            ratios.append(
                f"{quantization.value}: {ratio:.1f} dB, predicted {predicted_db(quantization):.1f} dB"
            )
            if quantization is Quantization.F32:
                events, _sound = speaker.generate()
                same = np.array_equal(events, expected["events"])
                wrong_events = 0 if same else 1
                ratios.append(
                    f"{len(events)} events left alone, {'all' if same else 'not all'} the reference's"
                )
    for quantization in WEIGHTS:
        with tempfile.TemporaryDirectory() as folder, answering(Path(folder), quantization) as model:
            given = [Given.all(reference(quantization, name)["events"]) for name in TURNS]
            rows += compare_dialogue(list(model.dialogue(given)), quantization)
            alone = [near_choices(quantization, name) for name in TURNS]
            got = list(model.dialogue(alone))
            same = all(np.array_equal(g.events, a.events) for g, a in zip(got, alone, strict=True))
            wrong_events += not same
            near = sum(int(a.told.sum()) for a in alone)
            ratios.append(
                f"{quantization.value}: {sum(len(g.events) for g in got)} events of a dialogue, "
                f"{'all' if same else 'not all'} the reference's, {near} near choices made for it"
            )
    print("| compared | weights | audio | measure | difference | tolerance |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        if isinstance(row, Comparison):
            print(
                f"| {row.what} | {row.weights} | {row.audio} | {row.measure} "
                f"| {row.difference:.2g} | {row.tolerance:.2g} |"
            )
        else:
            what = "code" if row.audio in ("spoken", *TURNS) else "next token"
            print(
                f"| {what} | {row.weights} | {row.audio} | the same "
                f"| {row.same} of {row.steps} | all {row.decided} decided by more than the logits' tolerance |"
            )
    print("\nStreamed sound against the reference's batch sound, signal to difference; " + "; ".join(ratios))
    wrong = [row for row in rows if isinstance(row, Comparison) and not row.agrees]
    wrong_choices = [row for row in rows if isinstance(row, Choices) and row.same_decided != row.decided]
    count = len(wrong) + len(wrong_choices) + wrong_events
    if count:
        raise SystemExit(f"{count} comparisons do not agree")


if __name__ == "__main__":
    main()

"""Runs the reference implementation on the case of dialogues and stores what it gives.

As `make_speech_reference`, turn by turn; `make_reference` says how to install the reference:

    .cache/reference/bin/python -m tests.parity.make_dialogue_reference
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import torch

from tests.parity.cases import FOLDER, TOKENIZER, WEIGHTS, digest
from tests.parity.dialogue_cases import dialogue_weights
from tests.parity.dialogue_reference import SOURCES, DialogueReference
from tests.parity.make_speech_reference import effects, padded
from tests.parity.reference_tokenizer import save_tokenizer
from tests.parity.speech_cases import COLUMNS


def main() -> None:
    """Writes the files of `FOLDER` that begin with ``turn`` and ``dialogue``."""
    torch.set_num_threads(1)
    digests: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        save_tokenizer(TOKENIZER, Path(folder))
        for quantization in WEIGHTS:
            weights = dialogue_weights(quantization)
            digests[quantization.value] = digest(weights)
            reference = DialogueReference(weights, Path(folder))
            for number, (given, events) in enumerate(reference.turns(quantization), start=1):
                forced = reference.forced(given, events)
                found = effects(reference, given, events, quantization, SOURCES)
                print(quantization.value, number, padded(events)[:, 0].tolist(), found)
                depth, text = (
                    np.sort(logits, axis=-1) for logits in (forced.depth_logits, forced.text_logits)
                )
                np.savez_compressed(
                    FOLDER / f"turn{number}-{quantization.value}.npz",
                    prompt=given["text"][0].numpy().astype(np.int32),
                    modality=given["modality_flag"][0].numpy().astype(np.int32),
                    events=padded(events),
                    text_logits=forced.text_logits,
                    text_margins=text[..., -1] - text[..., -2],
                    depth_logits=forced.depth_logits[..., COLUMNS],
                    depth_margins=depth[..., -1] - depth[..., -2],
                    sums=forced.sums,
                    sound=forced.sound,
                    **{effect: np.float64(change) for effect, change in found.items()},  # type: ignore[arg-type]
                )
    record = {"weights_sha256": digests, "torch": torch.__version__}
    (FOLDER / "dialogue.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()

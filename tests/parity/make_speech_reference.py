"""Runs the reference implementation on the case of speech and stores what it gives.

As `make_reference`, whose documentation says how to install the reference:

    .cache/reference/bin/python -m tests.parity.make_speech_reference

For each storage of the weights it keeps the whole event list of a greedy sequential generation, and along it
the text's logits, a part of the depthformer's, the summed audio embeddings and the waveform; and how much each
known source of difference (see `make_reference`) changes them, as largest change and root mean square.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tests.parity.cases import FOLDER, TOKENIZER, WEIGHTS, digest
from tests.parity.reference_tokenizer import save_tokenizer
from tests.parity.speech_cases import COLUMNS, VOCODER, speech_weights
from tests.parity.speech_reference import EFFECTS, Effect, Event, Forced, SpeechReference
from wyoming_lfm2.gguf.quantization import Quantization


def effects(
    reference: SpeechReference,
    chat: object,
    events: list[Event],
    quantization: Quantization,
    sources: Mapping[str, Effect] = EFFECTS,
) -> dict[str, float]:
    """How much each source of difference changes each thing that is compared."""
    plain = reference.forced(chat, events)
    found: dict[str, float] = {}
    for name, effect in sources.items():
        if name == "q8_inputs" and quantization is Quantization.F32:
            continue
        with effect(reference):
            other = reference.forced(chat, events)
        for field in fields(Forced):
            change = getattr(other, field.name) - getattr(plain, field.name)
            found[f"{name}_{field.name}_worst"] = float(np.abs(change).max())
            found[f"{name}_{field.name}_rms"] = float(np.sqrt(np.square(change).mean()))
    return found


def padded(events: list[Event]) -> NDArray[np.int32]:
    """A row for each event: the codes of a frame, or a token and -1 in all other places."""
    width = VOCODER.n_codebooks
    return np.array([[*event, *[-1] * (width - len(event))] for event in events], np.int32)


def main() -> None:
    """Writes the files of `FOLDER` that begin with ``spoken``."""
    torch.set_num_threads(1)
    digests: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        save_tokenizer(TOKENIZER, Path(folder))
        for quantization in WEIGHTS:
            weights = speech_weights(quantization)
            digests[quantization.value] = digest(weights)
            reference = SpeechReference(weights, Path(folder))
            chat = reference.chat()
            events = reference.generate(chat)
            forced = reference.forced(chat, events)
            frames = np.array([event for event in events if len(event) > 1])
            chosen = forced.depth_logits.argmax(-1)
            assert (chosen[:-1] == frames[:-1]).all() and (chosen[-1, 0] == frames[-1, 0]), (
                "one pass is as many"
            )
            found = effects(reference, chat, events, quantization)
            print(quantization.value, len(frames), "frames", padded(events)[:, 0].tolist(), found)
            order = np.sort(forced.depth_logits, axis=-1)
            np.savez_compressed(
                FOLDER / f"spoken-{quantization.value}.npz",
                prompt=chat.text[0].numpy().astype(np.int32),
                events=padded(events),
                text_logits=forced.text_logits,
                depth_logits=forced.depth_logits[..., COLUMNS],
                depth_margins=order[..., -1] - order[..., -2],
                sums=forced.sums,
                sound=forced.sound,
                **{effect: np.float64(change) for effect, change in found.items()},  # type: ignore[arg-type]
            )
    record = {"weights_sha256": digests, "torch": torch.__version__}
    (FOLDER / "spoken.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Runs the engine and judges what it gives by the reference's results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.parity.dialogue_cases import SYSTEM as TALK
from tests.parity.dialogue_running import Answering
from tests.parity.full_shape import cases, engine
from tests.parity.full_shape.judge import SHARP, Fact, Judgement, choices, judged, seen
from tests.parity.given import Given
from tests.parity.speech_running import Forced, Speaking
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.tokenizer import RELEASED_NUMBERS

Reference = dict[str, NDArray[Any]]
SPECIAL = {
    "TTS": ("<|audio_start|>", "end of audio", "<|im_end|>"),
    "talk": ("<|text_end|>", "end of audio", "<|im_end|>"),
}


def compare(folder: Path, storage: Quantization, reference: Reference) -> tuple[list[Judgement], list[Fact]]:
    """Everything that the reference computed."""
    compared = _Compared(storage, reference)
    parts: list[Callable[[ModelRunner], Iterator[engine.Got]]] = [
        engine.hearing,
        engine.depthformer,
        engine.sound,
    ]
    if set(cases.LONG) <= set(reference):
        parts += [engine.long_sounds, engine.long_text]
    with engine.resident(folder, storage) as model:
        compared.prompts(model)
        for part in parts:
            for what, name, got in part(model):
                compared.array(what, name, got)
        compared.greedy_codes(engine.greedy_codes(model))
        speaking, answering = Speaking(model), Answering(model, (cases.heard(),))
        compared.speech(speaking)
        compared.talk(answering)
    return compared.judgements, compared.facts


class _Compared:
    def __init__(self, storage: Quantization, reference: Reference) -> None:
        self.storage = storage
        self.reference = reference
        self.judgements: list[Judgement] = []
        self.facts: list[Fact] = []

    def prompts(self, model: ModelRunner) -> None:
        """The tokens before and after a sound, and those that ask for speech."""
        text, modality = self.reference["ASR prompt"], self.reference["ASR modality"]
        before = int(np.flatnonzero(modality != modality[0])[0])
        asr = text[:before].tolist() == list(model.prompt.prefix)
        asr = asr and text[before:].tolist() == list(model.prompt.suffix)
        tts = self.reference["TTS prompt"].tolist() == Speaking(model).prompt_tokens()
        self.facts.append(Fact("prompts of ASR and TTS token for token", asr and tts, f"{asr}, {tts}"))

    def array(self, what: str, name: str, got: NDArray[np.float32], *, clipped: bool = False) -> Judgement:
        """Judges ``got`` by what the reference has under ``name``, and that by the mistakes made there."""
        expected, predicted = self.reference[name], self.reference.get(f"{name} predicted")
        if clipped:
            expected = np.clip(expected, -1, 1)
            predicted = None if predicted is None else np.clip(predicted, -1, 1)
        if what == "sound beside another":
            assert predicted is not None
            expected, predicted = expected[: len(got)], predicted[: len(got)]
        # What has no prediction has to be the same to the bit.
        judgement = judged(what, self.storage, got, expected, expected if predicted is None else predicted)
        self.judgements.append(judgement)
        if name.startswith("logits"):
            self.facts.append(choices(judgement, got, expected, expected.argmax(-1)))
        if what == name:
            for key in self.reference:
                if key.startswith(f"{name}, "):
                    mistaken = judged(key, self.storage, got, self.reference[key], judgement.predicted)
                    self.facts.append(seen(mistaken))
        return judgement

    def greedy_codes(self, got: NDArray[np.int32]) -> None:
        """Each book after the engine's own choice: told as it is, since one near choice changes those after it."""
        same = int((got == self.reference["codes"]).sum())
        self.facts.append(Fact("codes by the depthformer alone", True, f"{same} of {got.size} the same"))

    def speech(self, speaking: Speaking) -> None:
        """Everything along the reference's events of TTS, and the events themselves."""
        self._specials("TTS")
        events = self.reference["TTS events"]
        logits = self._along("TTS", speaking.forced(events), clipped=False)
        if self.storage in SHARP:
            given = self._near("TTS", *logits)
            got, _ = speaking.generate(given, most_frames=cases.MOST_EVENTS_TTS - 2)
            self._events("TTS", got[: len(events)], given)

    def talk(self, answering: Answering) -> None:
        """The same of an answer in text and sound."""
        self._specials("talk")
        prompt = self.reference["talk prompt"]
        before = list(answering.model.chat.prefix(TALK))
        self.facts.append(
            Fact("beginning of the talk", prompt[: len(before)].tolist() == before, "the reference's")
        )
        events = self.reference["talk events"]
        forced = answering.follow(0, answering.beginning, Given.all(events)).forced
        logits = self._along("talk", forced, clipped=True)
        if self.storage in SHARP:
            given = self._near("talk", *logits)
            self._events("talk", answering.follow(0, answering.beginning, given).events, given)

    def _along(self, name: str, got: Forced, *, clipped: bool) -> tuple[Judgement, Judgement]:
        text = self.array(f"{name} text logits", f"{name} text logits", got.text_logits)
        codes = self.array(f"{name} codes' logits", f"{name} codes' logits", got.depth_logits)
        self.array(f"{name} summed embeddings", f"{name} summed embeddings", got.sums)
        self.array(f"{name} sound", f"{name} sound", got.sound, clipped=clipped)
        return text, codes

    def _near(self, name: str, text: Judgement, codes: Judgement) -> Given:
        """The events, with those choices told that are nearer than a logit may be off: they may fall otherwise."""
        events = self.reference[f"{name} events"]
        frames = events[:, 1] >= 0
        told = np.zeros(events.shape, bool)
        told[~frames, 0] = _margins(self.reference[f"{name} text logits"]) <= text.tolerance.worst
        told[frames] = _margins(self.reference[f"{name} codes' logits"]) <= codes.tolerance.worst
        told[events[:, 0] == cases.FULL.vocoder.end_of_audio, 1:] = False
        return Given(events, told)

    def _events(self, name: str, got: NDArray[np.int32], given: Given) -> None:
        same = np.array_equal(got, given.events)
        found = f"{len(given.events)} {'the same' if same else 'events, not the same'}"
        chosen = int((given.events >= 0).sum())
        near = f"{int(given.told.sum())} of {chosen} choices, the near ones, made for it"
        self.facts.append(Fact(f"{name} events", same, f"{found}, {near}"))

    def _specials(self, name: str) -> None:
        """That those which the rows are rigged for happen; the rows are made for F32, other storages move them."""
        events = self.reference[f"{name} events"]
        tokens, frames = (events[mask, 0].tolist() for mask in (events[:, 1] < 0, events[:, 1] >= 0))
        happened = {token: number in tokens for token, number in RELEASED_NUMBERS.items()}
        happened["end of audio"] = cases.FULL.vocoder.end_of_audio in frames
        missing = [special for special in SPECIAL[name] if not happened[special]]
        wanted = self.storage is Quantization.F32
        found = f"without {', '.join(missing)}" if missing else ", ".join(SPECIAL[name])
        self.facts.append(Fact(f"{name} has {len(events)} events", not (wanted and missing), found))


def _margins(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    order = np.sort(logits, axis=-1)
    margins: NDArray[np.float32] = order[..., -1] - order[..., -2]
    return margins

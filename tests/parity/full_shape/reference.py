"""The reference at the released sizes: everything that is compared, and the same with llama.cpp's arithmetic."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tests.parity.dialogue_cases import SYSTEM as TALK
from tests.parity.full_shape import cases
from tests.parity.full_shape.cases import FULL, Array
from tests.parity.full_shape.files import numbers
from tests.parity.full_shape.judge import SHARP
from tests.parity.full_shape.mistakes import mistakes
from tests.parity.make_speech_reference import padded
from tests.parity.reference_arithmetic import half_convolution
from tests.parity.reference_tokenizer import save_tokenizer
from tests.parity.speech_reference import Event, SpeechReference, f16_inputs, half, q8_inputs
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models.model_set import ASR_PROMPT

Found = dict[str, NDArray[np.generic]]
"""Arrays by what they are; ``NAME predicted`` is ``NAME`` with llama.cpp's arithmetic, ``NAME, MISTAKE`` with that."""

IM_END = 7


def load(folder: Path, storage: Quantization) -> SpeechReference:
    """The reference with the numbers of the files in ``folder``."""
    with tempfile.TemporaryDirectory() as vocabulary:
        save_tokenizer(cases.tokenizer(), Path(vocabulary))
        return SpeechReference(numbers(folder, storage), Path(vocabulary), FULL)


def results_path(folder: Path, storage: Quantization) -> Path:
    """Where `write_results` puts them."""
    return folder / f"reference-{storage.value}.npz"


@torch.no_grad()
def write_results(folder: Path, storage: Quantization) -> None:
    """Runs everything and keeps it in ``folder``."""
    run = _Run(load(folder, storage), storage)
    parts: list[Callable[[], None]] = [run.hearing, run.depthformer, run.sound, run.generation]
    if storage is Quantization.F32:
        parts += [run.long_sounds, run.long_text]
    for part in parts:
        part()
        print(f"reference {storage.value}: {part.__name__} is done", flush=True)
    np.savez(results_path(folder, storage), **run.found)  # type: ignore[arg-type]


@contextmanager
def as_llama(reference: SpeechReference, storage: Quantization) -> Iterator[None]:
    """Float16 in attention and in the first convolution, and inputs of matrices as their storage wants them."""
    with ExitStack() as stack:
        stack.enter_context(half(reference))
        stack.enter_context(half_convolution(reference.model))
        if storage is Quantization.F16:
            stack.enter_context(f16_inputs(reference))
        elif storage is not Quantization.F32:
            stack.enter_context(q8_inputs(reference))
        yield


class _Run:
    def __init__(self, reference: SpeechReference, storage: Quantization) -> None:
        self.reference = reference
        self.storage = storage
        self.found: Found = {}

    def hearing(self) -> None:
        """Embeddings of sounds, and logits along a transcript."""
        for name, samples in cases.sounds().items():
            self._heard(name, samples)
            self._both(f"logits {name}", lambda samples=samples: self._transcript(samples))
        chat = self.reference.chat(ASR_PROMPT, samples)
        text, audio = chat.text[0].numpy(), chat.modality_flag[0].numpy()
        self.found |= {"ASR prompt": text, "ASR modality": audio}
        self._mistaken("logits speech 3 s", lambda: self._transcript(cases.sounds()["speech 3 s"]))

    def long_sounds(self) -> None:
        """Embeddings of sounds of 30 and 100 s."""
        for name, samples in cases.long_sounds().items():
            self._heard(name, samples)

    def long_text(self) -> None:
        """Logits far along a text."""
        lm = self.reference.model.lfm
        tokens = cases.tokens("long", max(places.stop for places in cases.LONG.values()))
        rows = lm.embed_tokens(torch.from_numpy(tokens))[None]

        def logits(places: range) -> Array:
            hidden = lm(inputs_embeds=rows[:, : places.stop], use_cache=False).last_hidden_state
            return self.reference.head(hidden[0, list(places)]).numpy()

        for name, places in cases.LONG.items():
            self._both(name, lambda places=places: logits(places))

    def depthformer(self) -> None:
        """Logits of codes that are given, and codes chosen one after the other, the reference's own way."""
        states, codes = (
            torch.from_numpy(cases.states(cases.FRAMES)),
            torch.from_numpy(cases.codes(cases.FRAMES)),
        )
        model = self.reference.model
        self._both("codes' logits", lambda: self.reference.depth_logits(states, codes).numpy())
        self._mistaken("codes' logits", lambda: self.reference.depth_logits(states, codes).numpy())
        self.found["codes"] = np.stack([model._sample_audio_frame(row).numpy() for row in states])
        self.found["summed embeddings"] = model.audio_embedding(codes + model.codebook_offsets).sum(1).numpy()

    def sound(self) -> None:
        """The waveform of codes."""
        codes = torch.from_numpy(cases.codes(max(cases.SOUND_FRAMES)))
        for frames in cases.SOUND_FRAMES:
            self._both(f"sound of {frames} frames", lambda n=frames: self.reference.sound(codes[:n]).numpy())
        second = codes[cases.SECOND_FRAMES]
        self._both("sound of a second utterance", lambda: self.reference.sound(second).numpy())
        self._mistaken(f"sound of {frames} frames", lambda: self.reference.sound(codes[:frames]).numpy())

    def generation(self) -> None:
        """Speech, and an answer in text and sound, greedy; then everything along them."""
        model = self.reference.model
        speech = dict(self.reference.chat())
        events = self.reference.generate(speech, cases.MOST_EVENTS_TTS)
        self._followed("TTS", speech, events)
        talk = dict(self.reference.chat(TALK, cases.heard()))
        made = list(model.generate_interleaved(**talk, max_new_tokens=cases.MOST_EVENTS_TALK))
        events = [event.reshape(-1).tolist() for event in made]
        if len(events) < cases.MOST_EVENTS_TALK:
            events.append([IM_END])  # which the reference does not yield
        self._followed("talk", talk, events)

    def _followed(self, name: str, given: dict[str, torch.Tensor], events: list[Event]) -> None:
        table = padded(events)
        print(f"reference {self.storage.value}: {name} {table[:, 0].tolist()}", flush=True)
        self.found |= {f"{name} events": table, f"{name} prompt": given["text"][0].numpy()}
        for suffix, arithmetic in (
            ("", nullcontext()),
            (" predicted", as_llama(self.reference, self.storage)),
        ):
            with arithmetic:
                forced = self.reference.forced(given, events)
            self.found |= {
                f"{name} text logits{suffix}": forced.text_logits,
                f"{name} codes' logits{suffix}": forced.depth_logits,
                f"{name} sound{suffix}": forced.sound,
            }
        self.found[f"{name} summed embeddings"] = forced.sums

    def _heard(self, name: str, samples: Array) -> None:
        self._both(f"embeddings {name}", lambda: self._embeddings(samples))
        if name == "speech 3 s":
            self._mistaken(f"embeddings {name}", lambda: self._embeddings(samples))

    def _embeddings(self, samples: Array) -> Array:
        from liquid_audio.utils import LFMModality

        chat = self.reference.chat(ASR_PROMPT, samples)
        rows = self.reference.model._prefill(**dict(chat))
        return rows[0, chat.modality_flag[0] == LFMModality.AUDIO_IN].numpy().copy()

    def _transcript(self, samples: Array) -> Array:
        """Logits before each of the tokens."""
        model = self.reference.model
        rows = model._prefill(**dict(self.reference.chat(ASR_PROMPT, samples)))
        tokens = torch.from_numpy(cases.tokens("asr", cases.ASR_TOKENS))
        said = model.lfm.embed_tokens(tokens[:-1])[None]
        hidden = model.lfm(inputs_embeds=torch.cat([rows, said], 1), use_cache=False).last_hidden_state
        return self.reference.head(hidden[0, rows.shape[1] - 1 :]).numpy()

    def _both(self, name: str, compute: Callable[[], Array]) -> None:
        self.found[name] = compute()
        with as_llama(self.reference, self.storage):
            self.found[f"{name} predicted"] = compute()

    def _mistaken(self, name: str, compute: Callable[[], Array]) -> None:
        if self.storage not in SHARP:
            return
        for mistake in mistakes(self.reference, name):
            with mistake.made:
                self.found[f"{name}, {mistake.what}"] = compute()

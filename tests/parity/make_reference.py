"""Runs the reference implementation on the cases and stores what it gives. Rerun it from the repository's root:

    script/set-up-reference
    .cache/reference/bin/python -m tests.parity.make_reference

For each piece of audio and each storage of the weights it keeps the token ids of a greedy transcription, the
logits that chose them and the encoder's embeddings; once for each piece the mel spectrogram; once the prompt's
tokens. It also keeps how much three known sources of difference change the reference itself, which is what the
tolerances are made of:

- rounding: the same in float64;
- half: float16 where llama.cpp has it whatever the file: the spectrogram and the kernel of the first convolution
  (ggml_conv_2d unfolds its input as F16), queries, keys and values, and the sum over values (flash attention);
- q8_inputs (with Q8_0 weights): inputs of quantised matrices rounded to Q8_0, as llama.cpp multiplies.

Each is kept as its largest change and as its root mean square, for embeddings and for logits.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from tests.model_sets import TINY_BACKBONE, TINY_ENCODER
from tests.parity.cases import AUDIO, FOLDER, TOKENIZER, WEIGHTS, digest, weights
from tests.parity.reference_arithmetic import half_attention, half_convolution, rounded_inputs, rounded_to_q8
from tests.parity.reference_model import build_model
from tests.parity.reference_names import reference_state
from tests.parity.reference_tokenizer import save_tokenizer
from wyoming_lfm2.gguf.quantization import Quantization

MOST_TOKENS = 40
Array = NDArray[np.float32]


class Reference:
    """The reference with one set of weights."""

    def __init__(self, quantization: Quantization, tokenizer: Path) -> None:
        self.model, front_end = build_model(
            TINY_BACKBONE, TINY_ENCODER, depthformer_layers=1, depthformer_width=1024
        )
        from liquid_audio.processor import LFM2AudioProcessor

        shapes = {name: tuple(tensor.shape) for name, tensor in self.model.state_dict().items()}
        state = reference_state(weights(quantization), shapes)
        unused = self.model.load_state_dict(
            {name: torch.from_numpy(np.array(array)) for name, array in state.items()}, strict=False
        )
        assert not unused.unexpected_keys
        untouched = ("depth", "audio_embedding.", "codebook", "audio_loss", "num_batches_tracked")
        assert all(any(part in name for part in untouched) for name in unused.missing_keys), (
            unused.missing_keys
        )
        self.processor = LFM2AudioProcessor(str(tokenizer), front_end).eval()

    def chat(self, samples: Array) -> Any:
        """The state of a conversation that asks for a transcript, made as the reference's documentation does."""
        from liquid_audio.processor import ChatState

        chat = ChatState(self.processor, dtype=torch.float32)
        chat.new_turn("system")
        chat.add_text("Perform ASR.")
        chat.end_turn()
        chat.new_turn("user")
        chat.add_audio(torch.from_numpy(samples)[None], 16000)
        chat.end_turn()
        chat.new_turn("assistant")
        return chat

    def transcribe(self, chat: Any) -> tuple[list[int], Array]:
        """Greedy token ids, the one that ends the transcript included, and the logits of each step."""
        logits: list[Array] = []
        sample = self.model._sample_text_token

        def recording(scores: torch.Tensor, **options: Any) -> torch.Tensor:
            logits.append(scores.numpy().copy())
            return sample(scores, **options)

        self.model._sample_text_token = recording
        try:
            tokens = [
                int(token) for token in self.model.generate_sequential(**chat, max_new_tokens=MOST_TOKENS)
            ]
        finally:
            self.model._sample_text_token = sample
        return tokens, np.stack(logits)

    @torch.no_grad()
    def forced(self, chat: Any, tokens: list[int]) -> tuple[Array, Array]:
        """Embeddings of the audio and the logits before each of ``tokens``, in one pass."""
        from liquid_audio.utils import LFMModality

        dtype = self.model.lfm.embed_tokens.weight.dtype
        inputs = dict(chat)
        inputs["audio_in"] = inputs["audio_in"].to(dtype)
        rows = self.model._prefill(**inputs)
        heard = rows[0, chat.modality_flag[0] == LFMModality.AUDIO_IN]
        said = self.model.lfm.embed_tokens(torch.tensor(tokens[:-1], dtype=torch.long))[None]
        hidden = self.model.lfm(inputs_embeds=torch.cat([rows, said], 1), use_cache=False).last_hidden_state
        scores = self.head(hidden[0, rows.shape[1] - 1 :])
        return heard.double().numpy().astype(np.float32), scores.double().numpy().astype(np.float32)

    def head(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits of final hidden states."""
        return torch.nn.functional.linear(hidden, self.model.lfm.embed_tokens.weight)


@contextmanager
def in_float64(reference: Reference) -> Iterator[None]:
    """The model computes in float64, but for what it computes in float32 whatever comes."""
    reference.model.double()
    try:
        yield
    finally:
        reference.model.float()


@contextmanager
def half(reference: Reference) -> Iterator[None]:
    """The first convolution and attention have the float16 numbers that they have in llama.cpp."""
    ALL_ATTENTION_FUNCTIONS.register("half", half_attention)
    reference.model.lfm.set_attn_implementation("half")
    try:
        with half_convolution(reference.model):
            yield
    finally:
        reference.model.lfm.set_attn_implementation("sdpa")


@contextmanager
def q8_inputs(reference: Reference) -> Iterator[None]:
    """Inputs of all linear layers, and of the head, are rounded to Q8_0 in blocks of 32."""
    head = reference.head
    reference.head = lambda hidden: head(rounded_to_q8(hidden))  # type: ignore[method-assign]
    try:
        with rounded_inputs(reference.model, rounding=rounded_to_q8):
            yield
    finally:
        reference.head = head  # type: ignore[method-assign]


Effect = Callable[[Reference], Any]
EFFECTS: dict[str, Effect] = {"rounding": in_float64, "half": half, "q8_inputs": q8_inputs}


def effects(
    reference: Reference, chat: Any, tokens: list[int], quantization: Quantization
) -> dict[str, float]:
    """How much each source of difference changes embeddings and logits."""
    embeddings, logits = reference.forced(chat, tokens)
    found: dict[str, float] = {}
    for name, effect in EFFECTS.items():
        if name == "q8_inputs" and quantization is Quantization.F32:
            continue
        with effect(reference):
            other_embeddings, other_logits = reference.forced(chat, tokens)
        for what, change in (
            ("embeddings", other_embeddings - embeddings),
            ("logits", other_logits - logits),
        ):
            found[f"{name}_{what}_worst"] = float(np.abs(change).max())
            found[f"{name}_{what}_rms"] = float(np.sqrt(np.square(change).mean()))
    return found


def main() -> None:
    """Writes the files of `FOLDER`."""
    torch.set_num_threads(1)
    prompts: dict[str, Any] = {}
    digests: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        save_tokenizer(TOKENIZER, Path(folder))
        for quantization in WEIGHTS:
            reference = Reference(quantization, Path(folder))
            digests[quantization.value] = digest(weights(quantization))
            for name, samples in AUDIO.items():
                chat = reference.chat(samples)
                tokens, logits = reference.transcribe(chat)
                embeddings, forced = reference.forced(chat, tokens)
                assert np.abs(forced - logits).max() < 1e-3
                found = effects(reference, chat, tokens, quantization)
                top = np.sort(logits, axis=1)
                print(quantization.value, name, tokens, "margin", (top[:, -1] - top[:, -2]).min(), found)
                kept = (
                    {"mel": chat.audio_in.numpy()}
                    if quantization is Quantization.F32 and name != "long"
                    else {}
                )
                np.savez_compressed(
                    FOLDER / f"{name}-{quantization.value}.npz",
                    tokens=np.array(tokens, np.int32),
                    logits=logits,
                    embeddings=embeddings,
                    **kept,
                    **{effect: np.float64(change) for effect, change in found.items()},  # type: ignore[arg-type]
                )
                prompts = {"tokens": chat.text[0].tolist(), "modality": chat.modality_flag[0].tolist()}
    record = {"weights_sha256": digests, "last_prompt": prompts, "torch": torch.__version__}
    (FOLDER / "reference.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()

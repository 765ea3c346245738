"""The reference speaking: its model, its depthformer and its detokenizer with one set of weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from tests.parity.reference_arithmetic import (
    half_attention,
    half_sums,
    rounded_inputs,
    rounded_to_f16,
    rounded_to_q8,
)
from tests.parity.reference_model import build_model
from tests.parity.reference_names import reference_name, reference_state
from tests.parity.sizes import Sizes
from tests.parity.speech_cases import SIZES, SYSTEM, TEXT

MOST_EVENTS = 120
Array = NDArray[np.float32]
Weights = tuple[Mapping[str, Array], ...]
Event = list[int]
"""One token of text, or the codes of one frame."""


@dataclass(frozen=True)
class Forced:
    """What the reference computes along a generation that is given."""

    text_logits: Array
    """Before each token: (tokens, n_vocab)."""
    depth_logits: Array
    """(frames, codebooks, codes)."""
    sums: Array
    """What the backbone hears of each frame: (frames, n_embd)."""
    sound: Array
    """Of all frames that are not end-of-audio: (samples,)."""


class SpeechReference:
    """The reference with four files' weights by GGUF name; arrays of float32 become its numbers without a copy."""

    def __init__(self, weights: Weights, tokenizer: Path, sizes: Sizes = SIZES) -> None:
        self.sizes = sizes
        self.model, front_end = build_model(
            sizes.backbone,
            sizes.encoder,
            depthformer_layers=sizes.vocoder.n_layer,
            depthformer_width=sizes.vocoder.n_embd,
        )
        from liquid_audio.detokenizer import LFM2AudioDetokenizer
        from liquid_audio.processor import LFM2AudioProcessor
        from transformers import Lfm2Config

        backbone, encoder, vocoder, detokenizer = weights
        shapes = {name: tuple(tensor.shape) for name, tensor in self.model.state_dict().items()}
        state = reference_state((backbone, encoder), shapes)
        state |= {vocoder_name(name): array for name, array in vocoder.items() if name != "emb.emb.weight"}
        left = self.model.load_state_dict(_tensors(state), strict=False, assign=True)
        assert not left.unexpected_keys, left
        unused = ("codebook", "audio_loss", "num_batches_tracked", "audio_embedding.embedding_norm",
                  "audio_embedding.to_logits")  # fmt: skip
        assert all(any(part in name for part in unused) for name in left.missing_keys), left
        body = sizes.detokenizer.body
        config = Lfm2Config(
            vocab_size=body.n_vocab, hidden_size=body.n_embd, intermediate_size=body.n_ff,
            block_auto_adjust_ff_dim=False, num_hidden_layers=body.n_layer, num_attention_heads=body.n_head,
            num_key_value_heads=max(body.n_head_kv), norm_eps=body.rms_eps, rope_theta=body.rope_freq_base,
            conv_L_cache=body.shortconv_l_cache, max_position_embeddings=body.n_ctx_train,
            layer_types=["full_attention" if n_kv else "conv" for n_kv in body.n_head_kv],
            sliding_window=sizes.detokenizer.sliding_window,
        )  # fmt: skip
        self.detokenizer = LFM2AudioDetokenizer(config).eval()
        self.detokenizer.lfm.set_attn_implementation("sdpa")
        shapes = {name: tuple(tensor.shape) for name, tensor in self.detokenizer.state_dict().items()}
        named = {_detokenizer_name(name): array for name, array in detokenizer.items()}
        named["emb.emb.weight"] = vocoder["emb.emb.weight"]
        state = {name: array.reshape(shapes[name]) for name, array in named.items()}
        left = self.detokenizer.load_state_dict(_tensors(state), strict=False, assign=True)
        assert not left.unexpected_keys and left.missing_keys == ["istft.window"], left
        self.processor = LFM2AudioProcessor(str(tokenizer), front_end).eval()
        self.head: Callable[[torch.Tensor], torch.Tensor] = lambda hidden: torch.nn.functional.linear(
            hidden, self.model.lfm.embed_tokens.weight
        )

    def chat(self, system: str = SYSTEM, said: str | Array = TEXT) -> Any:
        """The state of a conversation of one turn, made as the reference's documentation does.

        :param said: text, or samples at 16 kHz.
        """
        from liquid_audio.processor import ChatState

        chat = ChatState(self.processor, dtype=torch.float32)
        chat.new_turn("system")
        chat.add_text(system)
        chat.end_turn()
        chat.new_turn("user")
        if isinstance(said, str):
            chat.add_text(said)
        else:
            chat.add_audio(torch.from_numpy(said)[None], 16000)
        chat.end_turn()
        chat.new_turn("assistant")
        return chat

    def generate(self, chat: Any, most: int = MOST_EVENTS) -> list[Event]:
        """The reference's own sequential generation, greedy in text and sound."""
        return [event.tolist() for event in self.model.generate_sequential(**chat, max_new_tokens=most)]

    @torch.no_grad()
    def forced(self, chat: Any, events: list[Event]) -> Forced:
        """Everything along ``events``, in one pass."""
        model = self.model
        dtype = model.lfm.embed_tokens.weight.dtype
        inputs = dict(chat)
        inputs["audio_in"] = inputs["audio_in"].to(dtype)
        prompt = model._prefill(**inputs)
        frames = torch.tensor([event for event in events if len(event) > 1])
        sums = model.audio_embedding(frames + model.codebook_offsets).sum(1)
        rows = iter(sums)
        made = [
            next(rows)[None] if len(event) > 1 else model.lfm.embed_tokens(torch.tensor(event))
            for event in events
        ]
        inputs_embeds = torch.cat([prompt[0], *made[:-1]])[None]
        hidden = model.lfm(inputs_embeds=inputs_embeds, use_cache=False).last_hidden_state
        hidden = hidden[0, prompt.shape[1] - 1 :]
        speaking = torch.tensor([len(event) > 1 for event in events])
        return Forced(
            text_logits=_numbers(self.head(hidden[~speaking])),
            depth_logits=_numbers(self.depth_logits(hidden[speaking], frames)),
            sums=_numbers(sums),
            sound=_numbers(self.sound(frames[frames[:, 0] != self.sizes.vocoder.end_of_audio])),
        )

    def depth_logits(self, hidden: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
        """As ``LFM2AudioModel.logits`` trains it: all codebooks of a frame in one pass."""
        model = self.model
        books = model.codebooks
        inputs = model.depth_linear(hidden).reshape(len(hidden), books, -1)
        codes = [model.depth_embeddings[book](frames[:, book]) for book in range(books - 1)]
        inputs[:, 1:] += torch.stack(codes, 1)
        out = model.depthformer(inputs)
        return torch.stack(
            [model.depth_embeddings[book].get_logits(out[:, book]) for book in range(books)], 1
        )

    def sound(self, frames: torch.Tensor) -> torch.Tensor:
        """The waveform of all frames at once: (samples,)."""
        sound: torch.Tensor = self.detokenizer(frames.T[None])[0]
        return sound


def vocoder_name(name: str) -> str:
    """Name of a vocoder's tensor in the state of ``LFM2AudioModel``; the official converter shortens it."""
    return name.replace(".operator.attention.", ".operator.bounded_attention.")


def _detokenizer_name(name: str) -> str:
    return name.replace("dense_2", "lin") if name.startswith("dense_2") else reference_name(name)


def _tensors(state: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in state.items()}


def _numbers(tensor: torch.Tensor) -> Array:
    return tensor.double().numpy().astype(np.float32)


@contextmanager
def in_float64(reference: SpeechReference) -> Iterator[None]:
    """Everything computes in float64, but for what it computes in float32 whatever comes."""
    for part in (reference.model, reference.detokenizer):
        part.double()
    try:
        yield
    finally:
        for part in (reference.model, reference.detokenizer):
            part.float()


@contextmanager
def half(reference: SpeechReference) -> Iterator[None]:
    """All attention has the float16 numbers that it has in llama.cpp."""

    def windowed(
        _module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, _mask: Any, scaling: float,
        **_: Any,
    ) -> tuple[torch.Tensor, None]:  # fmt: skip
        made = half_sums(query, key, value, scaling, reference.sizes.detokenizer.sliding_window)
        return made.transpose(1, 2).contiguous(), None

    def depthformers(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **_: Any) -> torch.Tensor:
        return half_sums(query, key, value, query.shape[-1] ** -0.5, query.shape[2])

    ALL_ATTENTION_FUNCTIONS.register("half", half_attention)
    ALL_ATTENTION_FUNCTIONS.register("half_windowed", windowed)
    reference.model.lfm.set_attn_implementation("half")
    reference.detokenizer.lfm.set_attn_implementation("half_windowed")
    attention = torch.nn.functional.scaled_dot_product_attention
    torch.nn.functional.scaled_dot_product_attention = depthformers
    try:
        yield
    finally:
        torch.nn.functional.scaled_dot_product_attention = attention
        reference.model.lfm.set_attn_implementation("sdpa")
        reference.detokenizer.lfm.set_attn_implementation("sdpa")


def q8_inputs(reference: SpeechReference) -> AbstractContextManager[None]:
    """Inputs of all linear layers, and of the text's head, are rounded to Q8_0 in blocks of 32."""
    return _inputs(reference, rounded_to_q8)


def f16_inputs(reference: SpeechReference) -> AbstractContextManager[None]:
    """The same rounded to float16, as llama.cpp multiplies with matrices in F16."""
    return _inputs(reference, rounded_to_f16)


@contextmanager
def _inputs(reference: SpeechReference, rounding: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    head = reference.head
    reference.head = lambda hidden: head(rounding(hidden))
    try:
        with rounded_inputs(reference.model, reference.detokenizer, rounding=rounding):
            yield
    finally:
        reference.head = head


Effect = Callable[[SpeechReference], Any]
EFFECTS: dict[str, Effect] = {
    "rounding": in_float64,
    "half": half,
    "q8_inputs": q8_inputs,
}

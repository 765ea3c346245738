"""What the reference makes of the checkpoint: `python -m tests.official_converter.reference WORK`.

Writes ``reference.npz`` from the checkpoint itself, and ``reference-Q8_0.npz`` and the like with the numbers
that are left in the files of a storage that loses some. Runs in the reference's environment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from tests.official_converter import sizes
from tests.official_converter.checkpoint import reference_layers
from tests.official_converter.vocoder import reference_name as vocoder_name
from tests.parity.reference_import import import_liquid_audio
from tests.parity.reference_names import reference_name, reference_state

LOSSY = ("Q8_0", "Q4_0")
"""Storages in which the numbers themselves are others; then the reference is given those."""
N_TOKENS = 12
N_FRAMES = 10
Array = NDArray[np.float32]


class Reference:
    """liquid-audio's model, processor and detokenizer, read from a folder as it reads the released ones."""

    def __init__(self, checkpoint: Path) -> None:
        import_liquid_audio()
        from liquid_audio.detokenizer import LFM2AudioDetokenizer
        from liquid_audio.model.lfm2_audio import LFM2AudioModel
        from liquid_audio.processor import LFM2AudioProcessor
        from safetensors.torch import load_file
        from transformers import Lfm2Config

        self.model = LFM2AudioModel.from_pretrained(checkpoint, dtype=torch.float32, device="cpu").eval()
        self.processor = LFM2AudioProcessor.from_pretrained(checkpoint, device="cpu")
        # As its own property `audio_detokenizer`, which asks for a GPU.
        folder = checkpoint / "audio_detokenizer"
        config = json.loads((folder / "config.json").read_text())
        config["layer_types"] = reference_layers(config["layer_types"])
        self.detokenizer = LFM2AudioDetokenizer(Lfm2Config(**config)).eval()
        self.detokenizer.lfm.set_attn_implementation("sdpa")
        self.detokenizer.load_state_dict(load_file(folder / "model.safetensors"))

    def take(self, folder: Path, quantization: str) -> None:
        """Replaces the weights by what is left of them in the files of a set."""
        names = sizes.file_names(quantization)
        backbone, encoder, vocoder, detokenizer = (
            _numbers_of(folder / names[part]) for part in ("backbone", "mmproj", "vocoder", "tokenizer")
        )
        for name in ("a.position_embd_norm.weight", "a.embd_to_logits.weight"):
            encoder.pop(name, None)  # the model's audio embedding, which comes from the vocoder
        shapes = {name: tuple(tensor.shape) for name, tensor in self.model.state_dict().items()}
        state = reference_state((backbone, encoder), shapes)
        code_table, window = vocoder.pop("emb.emb.weight"), vocoder.pop("istft.window")
        state |= {vocoder_name(name): array for name, array in vocoder.items()}
        left = self.model.load_state_dict(_tensors(state), strict=False)
        buffers = ("num_batches_tracked", "codebook_offsets", "audio_loss_weights")
        assert not left.unexpected_keys and all(name.endswith(buffers) for name in left.missing_keys), left

        own = {_detokenizer_name(name): array for name, array in detokenizer.items()}
        own |= {"emb.emb.weight": code_table, "istft.window": window}
        shapes = {name: tuple(tensor.shape) for name, tensor in self.detokenizer.state_dict().items()}
        self.detokenizer.load_state_dict(
            _tensors({name: array.reshape(shapes[name]) for name, array in own.items()})
        )

    @torch.no_grad()
    def run(self, samples: Array, tokens: list[int] | None = None) -> dict[str, NDArray[Any]]:
        """Hear ``samples`` and write ``tokens``, by default what it writes greedily; then speak given frames.

        Shapes: ``embeddings`` (n, width), ``asr_logits`` (tokens, vocabulary), ``tts_logits`` (vocabulary,),
        ``frames`` (frames, codebooks), ``depth_logits`` (frames, codebooks, codes and end-of-audio), ``sums``
        (frames, width), ``sound`` (samples at 24 kHz).
        """
        from liquid_audio.utils import LFMModality

        model, embed = self.model, self.model.lfm.embed_tokens
        chat = self._chat(sizes.ASR_SYSTEM, samples)
        rows = model._prefill(**dict(chat))[0]
        if tokens is None:
            made = model.generate_sequential(**chat, max_new_tokens=4 * N_TOKENS)
            tokens = [int(token) for token in made if len(token) == 1][:N_TOKENS]
            assert len(tokens) == N_TOKENS, "these weights end the transcript too early; take another seed"
        found = {
            "asr_prompt": chat.text[0].numpy(),
            "embeddings": rows[chat.modality_flag[0] == LFMModality.AUDIO_IN].numpy(),
            "asr_tokens": np.array(tokens, np.int32),
            "asr_logits": self._logits(
                self._hidden(rows, embed(torch.tensor(tokens[:-1]))), len(rows)
            ).numpy(),
        }
        chat = self._chat(sizes.TTS_SYSTEM, sizes.TTS_TEXT)
        rows = model._prefill(**dict(chat))[0]
        generator = torch.Generator().manual_seed(sizes.SEED)
        frames = torch.randint(0, sizes.CODES, (N_FRAMES, sizes.CODEBOOKS), generator=generator)
        sums = model.audio_embedding(frames + model.codebook_offsets).sum(1)
        start = torch.tensor([sizes.vocabulary().number("<|audio_start|>")])
        hidden = self._hidden(rows, torch.cat([embed(start), sums[:-1]]))
        spoken = hidden[len(rows) :]
        found |= {
            "tts_prompt": chat.text[0].numpy(),
            "tts_logits": self._logits(hidden, len(rows))[0].numpy(),
            "frames": frames.numpy(),
            "sums": sums.numpy(),
            "depth_logits": self._depth_logits(spoken, frames).numpy(),
            "sound": self.detokenizer(frames.T[None])[0].numpy(),
        }
        return found

    def _chat(self, system: str, said: str | Array) -> Any:
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

    def _hidden(self, prompt: torch.Tensor, more: torch.Tensor) -> torch.Tensor:
        inputs = torch.cat([prompt, more])[None]
        hidden: torch.Tensor = self.model.lfm(inputs_embeds=inputs, use_cache=False).last_hidden_state[0]
        return hidden

    def _logits(self, hidden: torch.Tensor, prompt: int) -> torch.Tensor:
        return torch.nn.functional.linear(hidden[prompt - 1 :], self.model.lfm.embed_tokens.weight)

    def _depth_logits(self, hidden: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
        """As ``LFM2AudioModel.logits`` trains it: all codebooks of a frame in one pass."""
        model, books = self.model, sizes.CODEBOOKS
        inputs = model.depth_linear(hidden).reshape(len(hidden), books, -1).clone()
        codes = [model.depth_embeddings[book](frames[:, book]) for book in range(books - 1)]
        inputs[:, 1:] += torch.stack(codes, 1)
        out = model.depthformer(inputs)
        heads = [model.depth_embeddings[book].get_logits(out[:, book]) for book in range(books)]
        return torch.stack(heads, 1)


def _numbers_of(path: Path) -> dict[str, Array]:
    """Tensors of a file as float32, read by the gguf package and not by the product."""
    numbers = {}
    for tensor in gguf.GGUFReader(path).tensors:
        array = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        numbers[tensor.name] = array.reshape(tensor.shape[::-1])
    return numbers


def _detokenizer_name(name: str) -> str:
    return name.replace("dense_2", "lin") if name.startswith("dense_2") else reference_name(name)


def _tensors(state: dict[str, Array]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.array(array)) for name, array in state.items()}


def main() -> None:
    """Writes the files."""
    work = Path(sys.argv[1])
    samples, rate = soundfile.read(sizes.SPEECH, dtype="float32")
    assert rate == 16000
    reference = Reference(work / sizes.STEM)
    found = reference.run(samples)
    np.savez(work / "reference.npz", samples=samples, **found)
    for quantization in LOSSY:
        reference.take(work / quantization, quantization)
        again = reference.run(samples, found["asr_tokens"].tolist())
        np.savez(work / f"reference-{quantization}.npz", samples=samples, **again)


if __name__ == "__main__":
    main()

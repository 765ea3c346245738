"""What both sides compute at the released sizes: seeded weights, sounds, tokens, codes and hidden states."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.model_sets import SeededArrays, seeded_uniform, tiny_tokenizer
from tests.parity.sizes import Sizes
from wyoming_lfm2.gguf import backbone_layout, detokenizer_layout, encoder_layout, vocoder_layout
from wyoming_lfm2.gguf.backbone_layout import TensorSpec, backbone_tensors
from wyoming_lfm2.gguf.detokenizer_layout import detokenizer_tensors
from wyoming_lfm2.gguf.encoder_layout import encoder_tensors
from wyoming_lfm2.gguf.tokenizer import Tokenizer, TokenType
from wyoming_lfm2.gguf.vocoder_layout import book, vocoder_tensors

Array = NDArray[np.float32]

FULL = Sizes(
    backbone_layout.RELEASED_1_5B,
    encoder_layout.RELEASED_1_5B,
    vocoder_layout.RELEASED_1_5B,
    detokenizer_layout.RELEASED_1_5B,
)
SEED = 7
PARTS = ("backbone", "mmproj", "vocoder", "tokenizer")

HEAD = "token_embd.weight"
FIRST_BOOK = book(0, "to_logits")
ROWS = Path(__file__).with_name("rows.npz")
"""Rows of the text's head, by their tokens, and of end-of-audio in the first codebook's; made by `rig`."""

ASR_TOKENS = 20
LONG = {"logits 1,000-1,015": range(1000, 1016), "logits 2,100-2,115": range(2100, 2116)}
"""Positions of a long text after which logits are compared."""
FRAMES = 16
"""For the depthformer alone."""
SOUND_FRAMES = (40, 120)
"""Each makes six rows; the detokenizer's window has 30."""
FIRST_FRAMES, SECOND_FRAMES = slice(0, 60), slice(30, 73)
"""Two utterances side by side, the second begun when the first has 17 frames."""
MOST_EVENTS_TTS, MOST_EVENTS_TALK = 40, 64


def tokenizer() -> Tokenizer:
    """The tiny model's, filled up with words that no text has."""
    tiny = tiny_tokenizer(released_numbers=True)
    more = FULL.backbone.n_vocab - len(tiny.tokens)
    tokens = (*tiny.tokens, *(f"w{number}" for number in range(more)))
    return Tokenizer(tokens, (*tiny.types, *[TokenType.NORMAL] * more), tiny.merges)


class FullArrays(SeededArrays):
    """As the tiny model's, but so sharp that positions matter in long contexts, and with `ROWS` in their places."""

    def __init__(
        self,
        seed: int,
        specs: tuple[TensorSpec, ...],
        rigged: Mapping[str, Mapping[int, Array]] | None = None,
    ) -> None:
        super().__init__(seed, specs)
        self._rigged = dict(rigged or {})

    def __getitem__(self, name: str) -> Array:
        array = super().__getitem__(name)
        if name.endswith(("q_norm.weight", "k_norm.weight", "q_layernorm.weight", "k_layernorm.weight")):
            # Around 1.75: scores of attention have a deviation of 3.
            array = array + np.float32(0.75)
        elif name.startswith("a.blk") and name.endswith("attn_q.weight"):
            array = array * np.float32(2)
        elif name.startswith("depth_embeddings") and name.endswith(".embedding.weight"):
            # Codes count as much as the hidden state.
            array = seeded_uniform(self._seed, name, array.shape)
        for row, numbers in self._rigged.get(name, {}).items():
            array[row] = numbers
        return array


def arrays(part: str, *, rigged: bool = True) -> FullArrays:
    """All tensors of one of `PARTS`."""
    rows = rigged_rows() if rigged else {}
    match part:
        case "backbone":
            return FullArrays(SEED, backbone_tensors(FULL.backbone), rows)
        case "mmproj":
            return FullArrays(SEED, encoder_tensors(FULL.encoder))
        case "vocoder":
            return FullArrays(SEED, vocoder_tensors(FULL.vocoder), rows)
        case "tokenizer":
            # Names in the detokenizer are the backbone's; another seed keeps the numbers from being so too.
            return FullArrays(SEED + 1_000_000, detokenizer_tensors(FULL.detokenizer))
    raise ValueError(part)


def rigged_rows() -> dict[str, dict[int, Array]]:
    """What `ROWS` has, by tensor and row."""
    with np.load(ROWS) as file:
        text = dict(zip(file["tokens"].tolist(), file["rows"], strict=True))
        return {HEAD: text, FIRST_BOOK: {FULL.vocoder.end_of_audio: file["end_of_audio"]}}


def heard() -> Array:
    """The sound that the talk answers."""
    with np.load(ROWS) as file:
        return sounds_of_talk()[str(file["heard"])]


def sounds() -> dict[str, Array]:
    """Samples at 16 kHz: a second of noise, 3 and 12 s of speech."""
    go, turn = _recording("go_forward_10_meters.wav"), _recording("turn_on_the_kitchen_light.wav")
    three = np.zeros(48_000, np.float32)
    three[: len(go)] = go[:48_000]
    twelve = np.tile(np.concatenate([go, turn]), 4)[: 12 * 16000]
    return {
        "noise 1 s": _noise("noise", 16000, 16384),
        "speech 3 s": three,
        "speech 12 s": twelve + _noise("quiet", len(twelve), 256),
    }


def long_sounds() -> dict[str, Array]:
    """A piece of the engine's usual length, and one near the longest that may be set."""
    twelve = sounds()["speech 12 s"]
    found = {}
    for seconds in (30, 100):
        wave = np.tile(twelve, seconds // 12 + 1)[: seconds * 16000]
        found[f"speech {seconds} s"] = wave + _noise(f"long{seconds}", len(wave), 512)
    return found


def sounds_of_talk() -> dict[str, Array]:
    """Of these `rig` takes the first whose answer has everything."""
    found = sounds()
    twelve = found["speech 12 s"]
    return {
        "speech from 3.75 to 6.25 s": twelve[60_000:100_000],
        "noise 1 s": found["noise 1 s"],
        "speech 3 s": found["speech 3 s"],
        "speech from 1 to 3.5 s": twelve[16_000:56_000],
    }


def tokens(name: str, count: int) -> NDArray[np.int64]:
    """Words without a meaning."""
    return (200 + np.floor(_unit(name, (count,)) * (FULL.backbone.n_vocab - 300))).astype(np.int64)


def codes(frames: int) -> NDArray[np.int64]:
    """Shape (frames, codebooks), no end-of-audio."""
    shape = (frames, FULL.vocoder.n_codebooks)
    return np.floor(_unit("codes", shape) * FULL.vocoder.n_codes).astype(np.int64)


def states(frames: int) -> Array:
    """Hidden states for the depthformer alone, of deviation 1 as after a norm: (frames, n_embd)."""
    return seeded_uniform(SEED, "states", (frames, FULL.backbone.n_embd)) * np.float32(np.sqrt(12))


def _unit(name: str, shape: tuple[int, ...]) -> Array:
    return seeded_uniform(SEED, name, shape) + np.float32(0.5)


def _noise(name: str, samples: int, levels: int) -> Array:
    noise: Array = np.floor(seeded_uniform(SEED, name, (samples,)) * np.float32(levels)) / np.float32(32768)
    return noise


def _recording(name: str) -> Array:
    samples, rate = soundfile.read(Path(__file__).parents[2] / "data" / name, dtype="float32")
    assert rate == 16000, rate
    return np.asarray(samples, np.float32)

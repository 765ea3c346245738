"""What a tokenizer file holds: the detokenizer, a small LFM2 that makes spectra out of codes.

For llama.cpp it is an ``lfm2`` model whose attention looks back over a window, with a linear layer (``dense_2``)
behind the output norm. Embeddings go in, six for each frame of codes. Files may carry the backbone's vocabulary,
which nothing uses.
"""

from __future__ import annotations

from dataclasses import dataclass

from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters, TensorSpec, backbone_tensors

ROWS_PER_FRAME = 6
"""Each frame of codes goes in so many times, and so many spectra come out."""
N_FFT = 1280
"""Samples of one inverse Fourier transform, and of its Hann window."""
HOP = N_FFT // 4
"""Samples between two of them, at 24 kHz."""
N_BINS = N_FFT // 2 + 1
N_OUT = 2 * N_BINS
"""Numbers that come out for a row: natural logarithms of magnitudes, then angles."""

SLIDING_WINDOW = "lfm2.attention.sliding_window"
WIDTH_OUT = "lfm2.embedding_length_out"
VOCABULARY_SIZE = "lfm2.vocab_size"

DENSE_WEIGHT = "dense_2.weight"
DENSE_BIAS = "dense_2.bias"


@dataclass(frozen=True)
class DetokenizerHyperparameters:
    """The sizes of a detokenizer."""

    body: BackboneHyperparameters
    """Layers and widths. ``n_vocab`` counts rows of a token embedding that is there and never used."""
    sliding_window: int = 30
    """Rows that one row sees, itself included."""

    @property
    def n_embd(self) -> int:
        """Width of what goes in."""
        return self.body.n_embd


def detokenizer_tensors(sizes: DetokenizerHyperparameters) -> tuple[TensorSpec, ...]:
    """All tensors of a detokenizer."""
    return (
        *backbone_tensors(sizes.body),
        TensorSpec(DENSE_WEIGHT, (sizes.n_embd, N_OUT), True),
        TensorSpec(DENSE_BIAS, (N_OUT,), False),
    )


RELEASED_1_5B = DetokenizerHyperparameters(
    BackboneHyperparameters(
        n_embd=512,
        n_ff=2304,
        n_head=16,
        n_head_kv=tuple(8 if kind == "a" else 0 for kind in "ccacacac"),
        n_vocab=65536,
    )
)
"""Sizes of the LFM2.5-Audio detokenizer as far as they are known: width 512, 8 layers with 0, 0, 8, 0, 8, 0, 8 and 0
key-value heads, window 30."""

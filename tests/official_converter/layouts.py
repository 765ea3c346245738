"""The sizes of the checkpoint as the product's layouts have them."""

from __future__ import annotations

from tests.official_converter import sizes
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.gguf.detokenizer_layout import DetokenizerHyperparameters
from wyoming_lfm2.gguf.encoder_layout import EncoderHyperparameters
from wyoming_lfm2.gguf.vocoder_layout import VocoderHyperparameters

BACKBONE = BackboneHyperparameters(
    n_embd=sizes.WIDTH,
    n_ff=sizes.FEED_FORWARD,
    n_head=sizes.HEADS,
    n_head_kv=tuple(sizes.KV_HEADS if kind == "a" else 0 for kind in sizes.LAYERS),
    n_vocab=sizes.N_VOCAB,
)
ENCODER = EncoderHyperparameters(
    n_layer=sizes.ENCODER_LAYERS, n_ff=2048, n_embd_out=sizes.WIDTH, n_adapter=sizes.WIDTH, n_positions=16392
)
DETOKENIZER = DetokenizerHyperparameters(
    BackboneHyperparameters(
        n_embd=sizes.DETOKENIZER_WIDTH,
        n_ff=sizes.DETOKENIZER_FEED_FORWARD,
        n_head=sizes.DETOKENIZER_HEADS,
        n_head_kv=tuple(
            sizes.DETOKENIZER_KV_HEADS if kind == "a" else 0 for kind in sizes.DETOKENIZER_LAYERS
        ),
        n_vocab=sizes.N_VOCAB,
    )
)
VOCODER = VocoderHyperparameters(
    n_layer=sizes.DEPTHFORMER_LAYERS,
    n_embd=sizes.DEPTHFORMER_WIDTH,
    n_ff=2816,
    n_head=32,
    n_head_kv=8,
    n_codebooks=sizes.CODEBOOKS,
    n_codes=sizes.CODES,
    n_embd_backbone=sizes.WIDTH,
    n_embd_detokenizer=sizes.DETOKENIZER_WIDTH,
)
"""The inner width follows from the outer in the reference, which also fixes heads and codes."""

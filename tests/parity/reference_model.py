"""The reference's own model, without weights."""

from __future__ import annotations

from typing import Any

from tests.parity.reference_import import import_liquid_audio
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.gguf.encoder_layout import EncoderHyperparameters


def build_model(
    backbone: BackboneHyperparameters,
    encoder: EncoderHyperparameters,
    *,
    depthformer_layers: int,
    depthformer_width: int,
) -> tuple[Any, Any]:
    """``LFM2AudioModel`` of these sizes, its weights not initialised, and the configuration of its front end."""
    import_liquid_audio()
    from liquid_audio.model.conformer.encoder import ConformerEncoderConfig
    from liquid_audio.model.lfm2_audio import DepthformerConfig, LFM2AudioConfig, LFM2AudioModel
    from liquid_audio.processor import PreprocessorConfig
    from transformers import Lfm2Config
    from transformers.initialization import no_init_weights

    front_end = PreprocessorConfig(
        sample_rate=16000, normalize="per_feature", window_size=0.025, window_stride=0.01, window="hann",
        features=128, n_fft=512, log=True, frame_splicing=1, dither=1e-5, pad_to=0, pad_value=0.0,
    )  # fmt: skip
    hearing = ConformerEncoderConfig(
        feat_in=128, feat_out=-1, n_layers=encoder.n_layer, d_model=512, subsampling="dw_striding",
        subsampling_factor=8, subsampling_conv_channels=encoder.n_channels, causal_downsampling=False,
        reduction=None, reduction_position=None, reduction_factor=1,
        ff_expansion_factor=encoder.n_ff // 512, self_attention_model="rel_pos",
        n_heads=encoder.n_head, att_context_size=[-1, -1], xscaling=False, untie_biases=True,
        pos_emb_max_len=5000, conv_kernel_size=9, conv_norm_type="batch_norm", conv_context_size=None,
        dropout=0.0, dropout_pre_encoder=0.0, dropout_emb=0.0, dropout_att=0.0,
    )  # fmt: skip
    kinds = ["full_attention" if n_kv else "conv" for n_kv in backbone.n_head_kv]
    language = Lfm2Config(
        vocab_size=backbone.n_vocab, hidden_size=backbone.n_embd,
        intermediate_size=backbone.n_ff, block_auto_adjust_ff_dim=False,
        num_hidden_layers=backbone.n_layer, num_attention_heads=backbone.n_head,
        num_key_value_heads=max(backbone.n_head_kv), norm_eps=backbone.rms_eps,
        rope_theta=backbone.rope_freq_base, conv_L_cache=backbone.shortconv_l_cache,
        layer_types=kinds, max_position_embeddings=backbone.n_ctx_train,
    )  # fmt: skip
    depthformer = DepthformerConfig(layers=depthformer_layers, dim=depthformer_width, tie=False)
    config = LFM2AudioConfig(
        architectures=[], codebooks=8, tie_audio_embeddings=False, semantic_codebook_factor=1.0,
        codebook_weight="linear", interleaved_n_text=6, interleaved_n_audio=12, preprocessor=front_end,
        encoder=hearing, lfm=language, depthformer=depthformer,
    )  # fmt: skip
    # Random numbers that are overwritten anyway take minutes at the released size.
    with no_init_weights():
        model = LFM2AudioModel(config).eval()
    model.lfm.set_attn_implementation("sdpa")
    return model, front_end

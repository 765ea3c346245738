"""A checkpoint in the official layout with random weights, made with liquid-audio's own classes.

The folder is laid out as the released repositories are: ``config.json``, ``model.safetensors`` in bfloat16, a
tokenizer of Hugging Face's, and the same three for the detokenizer in ``audio_detokenizer/``. The numbers come
from `tests.model_sets.seeded_uniform` and are the same for ever.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from tests.model_sets import seeded_uniform
from tests.official_converter import sizes
from tests.parity.reference_import import import_liquid_audio
from tests.parity.reference_tokenizer import save_tokenizer
from wyoming_lfm2.gguf.tokenizer import IM_END, PAD, START_OF_TEXT


def write_checkpoint(folder: Path) -> None:
    """Writes the checkpoint; takes about a minute and 200 MB."""
    import_liquid_audio()
    from liquid_audio.detokenizer import LFM2AudioDetokenizer
    from liquid_audio.model.conformer.encoder import ConformerEncoderConfig
    from liquid_audio.model.lfm2_audio import DepthformerConfig, LFM2AudioConfig, LFM2AudioModel
    from liquid_audio.processor import PreprocessorConfig
    from transformers import Lfm2Config

    detokenizer_folder = folder / "audio_detokenizer"
    detokenizer_folder.mkdir(parents=True)
    for place in (folder, detokenizer_folder):
        _write_tokenizer(place)

    backbone, encoder = _backbone_config(), _encoder_config()
    front_end = {
        "sample_rate": 16000, "normalize": "per_feature", "window_size": 0.025, "window_stride": 0.01, "window": "hann",
        "features": 128, "n_fft": 512, "log": True, "frame_splicing": 1, "dither": 1e-5, "pad_to": 0, "pad_value": 0.0,
    }  # fmt: skip
    common = {
        "architectures": ["Lfm2AudioForConditionalGeneration"], "codebooks": sizes.CODEBOOKS,
        "tie_audio_embeddings": False, "semantic_codebook_factor": 100, "codebook_weight": "log",
        "interleaved_n_text": 6, "interleaved_n_audio": 12,
    }  # fmt: skip
    depthformer = {"layers": sizes.DEPTHFORMER_LAYERS, "dim": sizes.DEPTHFORMER_WIDTH, "tie": False}
    config = LFM2AudioConfig(
        **common,
        preprocessor=PreprocessorConfig(**front_end),
        encoder=ConformerEncoderConfig(**encoder),
        lfm=Lfm2Config(**backbone),
        depthformer=DepthformerConfig(**depthformer),
    )
    model = LFM2AudioModel(config)
    save_file(_random_state(model), folder / "model.safetensors", metadata={"format": "pt"})
    written = dict(**common, preprocessor=front_end, encoder=asdict(config.encoder), lfm=backbone,
                   depthformer=depthformer)  # fmt: skip
    (folder / "config.json").write_text(json.dumps(written, indent=1))

    detokenizer = _detokenizer_config(backbone)
    (detokenizer_folder / "config.json").write_text(json.dumps(detokenizer, indent=1))
    body = Lfm2Config(**{**detokenizer, "layer_types": reference_layers(detokenizer["layer_types"])})
    state = _random_state(LFM2AudioDetokenizer(body), "detokenizer/")
    save_file(state, detokenizer_folder / "model.safetensors", metadata={"format": "pt"})


def reference_layers(kinds: list[str]) -> list[str]:
    """Layer kinds of the detokenizer as liquid-audio gives them to transformers."""
    return ["conv" if kind == "conv" else "full_attention" for kind in kinds]


def _backbone_config() -> dict[str, Any]:
    """``lfm`` of the released ``config.json``, at these sizes."""
    width = sizes.WIDTH
    return {
        "architectures": ["Lfm2ForCausalLM"], "model_type": "lfm2", "vocab_size": sizes.N_VOCAB,
        "hidden_size": width, "block_dim": width, "conv_dim": width, "conv_dim_out": width,
        "intermediate_size": sizes.BLOCK_FEED_FORWARD, "block_ff_dim": sizes.BLOCK_FEED_FORWARD,
        "block_auto_adjust_ff_dim": True, "block_ffn_dim_multiplier": 1.0, "block_multiple_of": 256,
        "block_mlp_init_scale": 1.0, "block_out_init_scale": 1.0, "block_use_swiglu": True,
        "block_use_xavier_init": True, "conv_use_xavier_init": True, "block_norm_eps": 1e-5, "norm_eps": 1e-5,
        "conv_L_cache": 3, "conv_bias": False, "num_hidden_layers": len(sizes.LAYERS),
        "num_attention_heads": sizes.HEADS, "num_heads": sizes.HEADS, "num_key_value_heads": sizes.KV_HEADS,
        "layer_types": ["full_attention" if kind == "a" else "conv" for kind in sizes.LAYERS],
        "rope_theta": 1e6, "theta": 1e6, "max_position_embeddings": sizes.CONTEXT, "use_pos_enc": True,
        "initializer_range": 0.02, "use_cache": True, "tie_embedding": True, "torch_dtype": "bfloat16",
        "bos_token_id": 1, "eos_token_id": 7, "pad_token_id": 0,
    }  # fmt: skip


def _encoder_config() -> dict[str, Any]:
    return {
        "feat_in": 128, "feat_out": -1, "n_layers": sizes.ENCODER_LAYERS, "d_model": 512, "subsampling": "dw_striding",
        "subsampling_factor": 8, "subsampling_conv_channels": 256, "causal_downsampling": False, "reduction": None,
        "reduction_position": None, "reduction_factor": 1, "ff_expansion_factor": 4, "self_attention_model": "rel_pos",
        "n_heads": 8, "att_context_size": [-1, -1], "xscaling": False, "untie_biases": True, "pos_emb_max_len": 5000,
        "conv_kernel_size": 9, "conv_norm_type": "batch_norm", "conv_context_size": None, "dropout": 0.0,
        "dropout_pre_encoder": 0.0, "dropout_emb": 0.0, "dropout_att": 0.0,
    }  # fmt: skip


def _detokenizer_config(backbone: dict[str, Any]) -> dict[str, Any]:
    width = sizes.DETOKENIZER_WIDTH
    return backbone | {
        "architectures": ["Lfm25AudioTokenizer"], "hidden_size": width, "block_dim": width, "conv_dim": width,
        "conv_dim_out": width, "num_hidden_layers": len(sizes.DETOKENIZER_LAYERS),
        "num_attention_heads": sizes.DETOKENIZER_HEADS, "num_heads": sizes.DETOKENIZER_HEADS,
        "num_key_value_heads": sizes.DETOKENIZER_KV_HEADS,
        "layer_types": ["sliding_attention" if kind == "a" else "conv" for kind in sizes.DETOKENIZER_LAYERS],
        "block_auto_adjust_ff_dim": False, "block_ff_dim": sizes.DETOKENIZER_FEED_FORWARD,
        "intermediate_size": sizes.DETOKENIZER_FEED_FORWARD, "sliding_window": sizes.WINDOW,
        "output_size": sizes.N_OUT,
    }  # fmt: skip


def _write_tokenizer(folder: Path) -> None:
    """`save_tokenizer`, with what the released one has besides: begin and end of a text, and a template."""
    save_tokenizer(sizes.vocabulary(), folder)
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    begin = {"SpecialToken": {"id": START_OF_TEXT, "type_id": 0}}
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    content["post_processor"] = {
        "type": "TemplateProcessing", "single": [begin, first], "pair": [begin, first, begin, second],
        "special_tokens": {START_OF_TEXT: {"id": START_OF_TEXT, "ids": [1], "tokens": [START_OF_TEXT]}},
    }  # fmt: skip
    path.write_text(json.dumps(content))
    special = {"bos_token": START_OF_TEXT, "eos_token": IM_END, "pad_token": PAD}
    settings = special | {
        "tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": True, "add_eos_token": False,
        "clean_up_tokenization_spaces": False, "model_max_length": 10**30,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    (folder / "chat_template.jinja").write_text(
        "{{- bos_token -}}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' "
        "+ message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    )


def _random_state(model: torch.nn.Module, prefix: str = "") -> dict[str, torch.Tensor]:
    """Weights by name, distributed as those of `tests.model_sets`; buffers as they are."""
    state = {}
    for name, tensor in model.state_dict().items():
        if not tensor.dtype.is_floating_point or name in ("istft.window", "audio_loss_weights"):
            state[name] = tensor.clone()
            continue
        numbers = _weight(name, seeded_uniform(sizes.SEED, prefix + name, tuple(tensor.shape)))
        state[name] = torch.from_numpy(numbers).to(torch.bfloat16).contiguous()
    return state


def _weight(name: str, uniform: np.ndarray) -> np.ndarray:
    if name == "lfm.embedding_norm.weight":
        # Of either sign: behind positive weights a tied head says the token again that it has just heard.
        return uniform * np.float32(4)
    if name.endswith("running_var"):
        return uniform + np.float32(1)
    if "norm" in name and name.endswith(".weight"):
        return uniform * np.float32(0.25) + np.float32(1)
    if name.endswith((".bias", "running_mean")) or "pos_bias" in name:
        return uniform * np.float32(0.25)
    if "emb" in name and uniform.ndim == 2 and "to_logits" not in name:
        return uniform
    # sqrt(12) turns a uniform distribution of width 1 into one of standard deviation 1.
    return uniform * np.float32(np.sqrt(12 / np.prod(uniform.shape[1:])))

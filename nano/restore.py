"""nano from its shipped files alone, so that nobody begins at zero again."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer as FastTokenizer

from nano import names
from nano import tokenizer as words
from nano.model import Nano
from nano.model_set_reader import read_backbone, read_mmproj
from nano.shape import BackboneShape, EncoderShape, NanoShape
from wyoming_lfm2.gguf.tokenizer import Tokenizer, TokenType


def fast_tokenizer(shipped: Tokenizer) -> FastTokenizer:
    """The tokenizer of a model file as training uses it."""
    vocabulary = {token: number for number, token in enumerate(shipped.tokens)}
    merges = [(left, right) for left, right in (merge.split(" ") for merge in shipped.merges)]
    special = [
        token for token, kind in zip(shipped.tokens, shipped.types, strict=True) if kind is TokenType.CONTROL
    ]
    return words.assembled(vocabulary, merges, special)


def restore(backbone: Path, mmproj: Path, dropout: float = 0.0) -> tuple[Nano, FastTokenizer]:
    """Model and tokenizer from two GGUF files; the CTC head, which is not shipped, is new.

    Raises ModelFileError for a wrong file.
    """
    language, hearing = read_backbone(backbone), read_mmproj(mmproj)
    sizes, encoder = language.sizes, hearing.sizes
    shape = NanoShape(
        EncoderShape(
            layers=encoder.n_layer,
            heads=encoder.n_head,
            feed_forward=encoder.n_ff,
            subsampling_channels=encoder.n_channels,
            adapter=encoder.n_adapter,
            positions=encoder.n_positions,
        ),
        BackboneShape(
            vocabulary=sizes.n_vocab,
            pattern="".join("a" if heads else "c" for heads in sizes.n_head_kv),
            width=sizes.n_embd,
            heads=sizes.n_head,
            kv_heads=max(sizes.n_head_kv),
            feed_forward=sizes.n_ff,
            conv_cache=sizes.shortconv_l_cache,
            rope_theta=sizes.rope_freq_base,
            norm_eps=sizes.rms_eps,
            context=sizes.n_ctx_train,
        ),
    )
    tokenizer = fast_tokenizer(language.tokenizer)
    model = Nano(shape, tokenizer, dropout)
    values = model.state_dict()
    for ours, theirs in names.all_names(model):
        arrays = hearing.arrays if ours.startswith(("encoder.", "adapter.")) else language.arrays
        values[ours] = names.from_file(ours, arrays[theirs])
    model.load_state_dict(values)
    return model, tokenizer

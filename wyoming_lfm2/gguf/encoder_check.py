"""Whether a file is an encoder (mmproj) that llama.cpp runs, and its sizes."""

from __future__ import annotations

from wyoming_lfm2.gguf.encoder_layout import (
    ARCHITECTURE,
    CONV_KERNEL,
    D_MODEL,
    MEL_BINS,
    MIN_POSITIONS,
    PROJECTOR,
    EncoderHyperparameters,
    encoder_tensors,
)
from wyoming_lfm2.gguf.header import (
    Header,
    ValueType,
    flag,
    positive,
    refuse,
    refuse_if_strict,
    scalar,
    size,
    text,
    warn,
)
from wyoming_lfm2.gguf.tensor_check import CONVERT_ANEW, check_tensors

_MAX_EXTENT = 2**20
_MAX_LAYERS = 512
_MAX_NUMBER = 2**32 - 1
_USE_OFFICIAL = "Use the mmproj file of an LFM2-Audio model."


def check_encoder_kind(header: Header) -> None:
    """Refuses a file of another kind, saying what it seems to be."""
    architecture = text(header, "general.architecture")
    if architecture == "lfm2":
        refuse(
            header,
            "this is a backbone file, not an encoder (mmproj) file",
            "Give the file with `mmproj-` in its name as the mmproj.",
        )
    if architecture != ARCHITECTURE:
        # llama.cpp's reader of these files goes by the projector.
        named = "missing" if architecture is None else repr(architecture[:40])
        warn(header, f"its architecture is {named}, and an mmproj file has {ARCHITECTURE!r}", _USE_OFFICIAL)
    projector = text(header, "clip.projector_type") or text(header, "clip.audio.projector_type")
    if projector != PROJECTOR:
        refuse_if_strict(
            header, f"its projector is {projector!r}, and LFM2-Audio has {PROJECTOR!r}", _USE_OFFICIAL
        )


def check_encoder(header: Header) -> EncoderHyperparameters:
    """The sizes of a sound encoder. Raises ModelFileError for the first thing that is wrong."""
    check_encoder_kind(header)
    if not flag(header, "clip.has_audio_encoder"):
        refuse_if_strict(header, "it has no audio encoder", _USE_OFFICIAL)
    if flag(header, "clip.has_vision_encoder") or flag(header, "clip.has_gen_audio_encoder"):
        refuse_if_strict(header, "it has more than an audio encoder", _USE_OFFICIAL)
    _check_ignored_keys(header)
    sizes = _sizes(header)
    specs = encoder_tensors(sizes)
    pointwise = {spec.name for spec in specs if ".conv_pw" in spec.name and spec.name.endswith(".weight")}
    # The position table is only measured, and pointwise convolutions are multiplied like any matrix.
    check_tensors(header, specs, frozenset(pointwise | {"a.position_embd.weight"}))
    return sizes


def _check_ignored_keys(header: Header) -> None:
    """Keys without a meaning here whose type llama.cpp asserts all the same."""
    for key in ("general.name", "general.description", "clip.vision.mm_patch_merge_type"):
        text(header, key)
    activations = [flag(header, key) for key in ("clip.use_gelu", "clip.use_silu")]
    if all(activations):
        refuse_if_strict(header, "it asks for two activations at once", CONVERT_ANEW)
    for key in ("clip.audio.feature_layer", "clip.vision.image_grid_pinpoints"):
        if key in header.metadata:
            # Other projectors look at them.
            warn(header, f"it has the key {key}, which LFM2-Audio does not use", _USE_OFFICIAL)


def _extents(header: Header, name: str, dims: int) -> tuple[int, ...]:
    """Shape of a tensor that says sizes no key says, filled up with ones."""
    tensor = header.tensors.get(name)
    if tensor is None:
        refuse(header, f"its tensor {name} is missing", CONVERT_ANEW)
    return (*tensor.shape, 1, 1, 1)[:dims]


def _sizes(header: Header) -> EncoderHyperparameters:
    width = size(header, "clip.audio.embedding_length", 1, _MAX_EXTENT)
    if width != D_MODEL:
        refuse_if_strict(
            header, f"its encoder has width {width}; llama.cpp runs {D_MODEL} only", _USE_OFFICIAL
        )
    n_head = size(header, "clip.audio.attention.head_count", 1, D_MODEL)
    head_size = scalar(header, "clip.audio.attention.head_dim", ValueType.UINT32)
    n_head_kv = scalar(header, "clip.audio.attention.head_count_kv", ValueType.UINT32)
    if D_MODEL % n_head or head_size not in (None, D_MODEL // n_head) or n_head_kv not in (None, n_head):
        refuse_if_strict(header, f"{n_head} heads do not fit its width of {D_MODEL}", CONVERT_ANEW)
    mel_bins = size(header, "clip.audio.num_mel_bins", 1, 256)
    if mel_bins != MEL_BINS:
        refuse_if_strict(header, f"it takes {mel_bins} mel bins; LFM2-Audio has {MEL_BINS}", _USE_OFFICIAL)
    size(header, "clip.audio.feed_forward_length", 0, _MAX_NUMBER)
    positive(header, "clip.audio.attention.layer_norm_epsilon")
    n_embd_out = size(header, "clip.audio.projection_dim", 1, _MAX_EXTENT)
    n_layer = size(header, "clip.audio.block_count", 1, _MAX_LAYERS)
    rows = _extents(header, "a.position_embd.weight", 2)[1]
    if rows < MIN_POSITIONS:
        refuse_if_strict(
            header,
            f"its position table has {rows} rows; one second of audio needs {MIN_POSITIONS}",
            CONVERT_ANEW,
        )
    kernel = _extents(header, "a.blk.0.conv_dw.weight", 1)[0]
    if kernel != CONV_KERNEL:
        refuse_if_strict(
            header, f"its convolution kernel is {kernel}; llama.cpp runs {CONV_KERNEL} only", _USE_OFFICIAL
        )
    return EncoderHyperparameters(
        n_layer=n_layer,
        n_ff=_extents(header, "a.blk.0.ffn_up.weight", 2)[1],
        n_embd_out=n_embd_out,
        n_adapter=_extents(header, "mm.a.mlp.1.weight", 2)[1],
        n_positions=rows,
        n_head=n_head,
        n_channels=_extents(header, "a.conv1d.0.weight", 4)[3],
    )

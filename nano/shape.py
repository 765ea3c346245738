"""How large nano is: every width and depth in one place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class EncoderShape:
    """FastConformer encoder and adapter. Width 512 and kernel 9 are fixed in llama.cpp."""

    layers: int = 5
    heads: int = 8
    feed_forward: int = 512
    subsampling_channels: int = 64
    adapter: int = 512
    """Hidden width of the adapter's two linear layers."""
    positions: int = 2048
    """Rows of the position table; a row for each two mel frames of the longest audio (41 s here)."""
    width: int = 512
    kernel: int = 9
    mel_bins: int = 128


@dataclass(frozen=True)
class BackboneShape:
    """LFM2 language model."""

    vocabulary: int
    pattern: str = "cacaca"
    """One letter a layer: ``c`` a short convolution, ``a`` grouped-query attention."""
    width: int = 256
    heads: int = 8
    kv_heads: int = 4
    feed_forward: int = 768
    conv_cache: int = 3
    rope_theta: float = 1e6
    norm_eps: float = 1e-5
    context: int = 2048
    window: int | None = None
    """How many positions attention sees, its own included; all earlier ones if None."""


@dataclass(frozen=True)
class NanoShape:
    """The whole model."""

    encoder: EncoderShape
    backbone: BackboneShape

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as kept in a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NanoShape:
        """The opposite of `as_dict`."""
        return cls(EncoderShape(**values["encoder"]), BackboneShape(**values["backbone"]))

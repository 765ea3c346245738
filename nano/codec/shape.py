"""How large the codec is, and the grid of time that it shares with the released detokenizer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from nano.shape import BackboneShape

RATE = 24000
"""Hz."""
FFT, HOP = 1280, 320
"""Window and step of the detokenizer's spectrogram, samples."""
BINS = FFT // 2 + 1
UPSAMPLING = 6
"""Spectrogram frames that one frame of codes becomes."""
FRAME = HOP * UPSAMPLING
"""Samples of one frame of codes, 80 ms."""


def _detokenizer() -> BackboneShape:
    # No vocabulary: the table of codes takes its place.
    return BackboneShape(
        vocabulary=0, pattern="cacac", width=256, heads=8, kv_heads=4, feed_forward=768, window=30
    )


@dataclass(frozen=True)
class CodecShape:
    """Eight books of 256 codes at 12.5 frames a second."""

    books: int = 8
    codes: int = 256
    latent: int = 64
    """Width in which codes are looked up."""
    encoder_width: int = 256
    mels: int = 100
    detokenizer: BackboneShape = field(default_factory=_detokenizer)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as kept in a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> CodecShape:
        """The opposite of `as_dict`."""
        return cls(**{**values, "detokenizer": BackboneShape(**values["detokenizer"])})

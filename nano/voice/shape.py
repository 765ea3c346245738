"""How large the part is that speaks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class VoiceShape:
    """Depthformer and tables of codes; `codes` does not count end-of-audio, which is one more row."""

    backbone_width: int = 256
    books: int = 8
    codes: int = 256
    layers: int = 3
    width: int = 256
    heads: int = 8
    kv_heads: int = 4
    feed_forward: int = 512
    rope_theta: float = 1e6
    norm_eps: float = 1e-5

    @property
    def rows(self) -> int:
        """Rows of a book's table."""
        return self.codes + 1

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as kept in a checkpoint."""
        return asdict(self)

"""Importing liquid-audio 1.3.0 beside PyTorch on Python 3.11 or later, on the CPU.

The package declares Python 3.12 for four lines of generic syntax, which are rewritten as they are imported, and
wants torchaudio for resampling only, which is given an empty module in its place.
"""

from __future__ import annotations

import importlib.machinery
import re
import sys
import types
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

_REWRITTEN = (
    (re.compile(r"^type CacheType = .*$", re.MULTILINE), "CacheType = object"),
    (re.compile(r"^def (\w+)\[T: .*\]\((\w+): T\) -> T:$", re.MULTILINE), r"def \1(\2):"),
)


class _OlderSyntaxLoader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path).decode()
        for pattern, replacement in _REWRITTEN:
            source = pattern.sub(replacement, source)
        return compile(source, path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith("liquid_audio"):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _OlderSyntaxLoader(spec.loader.name, spec.loader.path)
        return spec


def import_liquid_audio() -> ModuleType:
    """The package ``liquid_audio``, with its model and processor imported."""
    # Imported first, or transformers takes the empty torchaudio for the real one.
    from transformers import AutoTokenizer, Lfm2Model  # noqa: F401

    resampling = types.ModuleType("torchaudio.functional")

    def resample(wave: object, old: int, new: int) -> object:
        if old != new:
            raise ValueError("give the reference audio at 16 kHz")
        return wave

    resampling.resample = resample  # type: ignore[attr-defined]
    stand_in = types.ModuleType("torchaudio")
    stand_in.functional = resampling  # type: ignore[attr-defined]
    sys.modules.setdefault("torchaudio", stand_in)
    sys.modules.setdefault("torchaudio.functional", resampling)
    sys.meta_path.insert(0, _Finder())
    import liquid_audio

    return liquid_audio

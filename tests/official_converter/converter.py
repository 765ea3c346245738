"""Runs llama.cpp's own converter, `convert_hf_to_gguf.py`, from a folder that it was unpacked into.

    python -m tests.official_converter.converter FOLDER [--keep-vocabulary] CONVERTER'S ARGUMENTS

One thing is changed in it: it knows the checksum of the released tokenizer and refuses any other, so here an
unknown tokenizer is taken for LFM2's. ``--keep-vocabulary`` also undoes its change of February 2026, since
which it writes no vocabulary into the tokenizer (detokenizer) file.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Runs it."""
    folder, *arguments = sys.argv[1:]
    # The converter's own gguf comes before the installed one.
    sys.path[:0] = [folder, str(Path(folder) / "gguf-py")]
    from conversion import base, lfm2  # type: ignore[import-not-found]

    known = base.TextModel.get_vocab_base_pre

    def checksum(self: Any, tokenizer: Any) -> str:
        try:
            return str(known(self, tokenizer))
        except NotImplementedError:
            return "lfm2"

    base.TextModel.get_vocab_base_pre = checksum
    if "--keep-vocabulary" in arguments:
        arguments.remove("--keep-vocabulary")
        lfm2.LFM25AudioTokenizer.set_vocab = base.TextModel.set_vocab
    script = str(Path(folder) / "convert_hf_to_gguf.py")
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()

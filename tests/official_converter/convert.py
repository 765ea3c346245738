"""Makes the checkpoint and converts it: `python -m tests.official_converter.convert WORK LLAMA_CPP`.

Below ``WORK`` it writes ``checkpoint/`` and a folder of four files for each storage that the converter writes.
Runs in the reference's environment.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.official_converter import sizes
from tests.official_converter.checkpoint import write_checkpoint
from tests.official_converter.vocoder import write_vocoder


def main() -> None:
    """Writes everything; SystemExit says which file the converter could not write, and its last words."""
    work, llama_cpp = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    # The converter writes the folder's name into the files.
    checkpoint = work / sizes.STEM
    write_checkpoint(checkpoint)
    for quantization in sizes.CONVERTED:
        names = sizes.file_names(quantization)
        folder = work / quantization
        folder.mkdir()
        for part, source, options in (
            ("backbone", checkpoint, ()),
            ("mmproj", checkpoint, ("--mmproj",)),
            ("tokenizer", checkpoint / "audio_detokenizer", ()),
        ):
            _convert(llama_cpp, source, folder / names[part], quantization, options)
        write_vocoder(folder / names["vocoder"], checkpoint, quantization)
    (work / sizes.QUANTIZED).mkdir()
    write_vocoder(work / sizes.QUANTIZED / sizes.file_names(sizes.QUANTIZED)["vocoder"], checkpoint, "Q4_0")

    names = sizes.file_names("F32")
    folder = work / sizes.WITH_VOCABULARY
    folder.mkdir()
    for part in ("backbone", "mmproj", "vocoder"):
        (folder / names[part]).symlink_to(work / "F32" / names[part])
    source = checkpoint / "audio_detokenizer"
    _convert(llama_cpp, source, folder / names["tokenizer"], "F32", ("--keep-vocabulary",))


def _convert(
    llama_cpp: Path, source: Path, target: Path, quantization: str, options: tuple[str, ...]
) -> None:
    print(f"converting {target.parent.name}/{target.name}", file=sys.stderr)
    command = [sys.executable, "-m", "tests.official_converter.converter", str(llama_cpp), *options]
    command += [str(source), "--outfile", str(target), "--outtype", quantization.lower()]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode or not target.exists():
        raise SystemExit(f"llama.cpp's converter did not write {target.name}:\n{run.stderr[-3000:]}")


if __name__ == "__main__":
    main()

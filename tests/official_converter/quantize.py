"""The set in Q4_0: `python -m tests.official_converter.quantize WORK`. Runs in the project's environment.

llama.cpp's own quantiser makes backbone and tokenizer out of the converter's BF16. Of an encoder it turns the
convolution kernels into F16, and llama.cpp cannot run those; so the published encoder in Q4_0 was not made by it
alone. Its size says that its matrices, pointwise convolutions among them, are in Q4_0 and the kernels in F32,
which is what is made here out of the converter's F32.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np

from tests.models.published_files import encoder_in_q4_0, encoder_tensors
from tests.official_converter import sizes
from tests.official_converter.layouts import ENCODER

_Q4_0 = 2
"""LLAMA_FTYPE_MOSTLY_Q4_0."""


def main() -> None:
    """Writes backbone, tokenizer and mmproj."""
    work = Path(sys.argv[1])
    source, target = sizes.file_names("BF16"), sizes.file_names(sizes.QUANTIZED)
    folder = work / sizes.QUANTIZED
    for part in ("backbone", "tokenizer"):
        _in_llama_cpp(work / "BF16" / source[part], folder / target[part])
    write_encoder(work / "F32" / sizes.file_names("F32")["mmproj"], folder / target["mmproj"])


def llama_cpp_quantizes(source: Path, target: Path) -> bool:
    """Whether llama.cpp's quantiser gets through a file; it may end the process, so it has one of its own."""
    command = [sys.executable, "-m", "tests.official_converter.quantize", str(source), str(target)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def write_encoder(source: Path, target: Path) -> None:
    """An encoder with its matrices and its pointwise convolutions in Q4_0; the rest as it is."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, "clip")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        value = int(gguf.LlamaFileType.MOSTLY_Q4_0) if field.name == "general.file_type" else field.contents()
        inner = field.types[-1] if field.types[0] is gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, value, field.types[0], inner)
    kinds = {spec.name: encoder_in_q4_0(spec) for spec in encoder_tensors(ENCODER)}
    for tensor in reader.tensors:
        kind = kinds[tensor.name]
        data = gguf.quants.quantize(np.array(tensor.data), kind)
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _in_llama_cpp(source: Path, target: Path) -> None:
    if not llama_cpp_quantizes(source, target):
        raise SystemExit(f"llama.cpp's quantiser did not write {target.name}")


def _quantize(source: Path, target: Path) -> int:
    import llama_cpp as llama

    llama.llama_backend_init()
    options = llama.llama_model_quantize_default_params()
    options.ftype, options.nthread = _Q4_0, 2
    return int(llama.llama_model_quantize(bytes(source), bytes(target), ctypes.byref(options)))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.exit(_quantize(Path(sys.argv[1]), Path(sys.argv[2])))
    main()

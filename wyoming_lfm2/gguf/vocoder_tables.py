"""The tables of a vocoder file: what each audio code is for the depthformer, the backbone and the detokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gguf.constants import GGMLQuantizationType
from numpy.typing import ArrayLike, NDArray

from wyoming_lfm2.gguf.errors import Findings, ModelFileError
from wyoming_lfm2.gguf.header import DOWNLOAD_AGAIN, Header
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.quantization import EncodedTensor, decode
from wyoming_lfm2.gguf.vocoder_check import check_vocoder, code_table_header
from wyoming_lfm2.gguf.vocoder_layout import (
    AUDIO_EMBEDDING,
    CODE_EMBEDDING,
    DEPTH_LINEAR,
    VocoderHyperparameters,
    book,
)


@dataclass(frozen=True)
class Table:
    """Rows of numbers as the file stores them; a page of the file is read when a row on it is."""

    type: GGMLQuantizationType
    raw: NDArray[np.uint8]
    """Memory-mapped and read-only, shape (rows, bytes of a row)."""
    width: int
    """Numbers in a row."""

    def __len__(self) -> int:
        """Rows."""
        return len(self.raw)

    def rows(self, indices: ArrayLike) -> NDArray[np.float32]:
        """The rows with these numbers, in this order: float32, shape (len(indices), width)."""
        return self._decoded(self.raw[np.asarray(indices, dtype=np.intp)])

    def matrix(self) -> NDArray[np.float32]:
        """All rows: float32, shape (rows, width)."""
        return self._decoded(self.raw)

    def _decoded(self, raw: NDArray[np.uint8]) -> NDArray[np.float32]:
        return decode(EncodedTensor(self.type, np.array(raw))).reshape(len(raw), self.width)


@dataclass(frozen=True)
class VocoderTables:
    """All of a vocoder but the layers of its depthformer. One entry a codebook where there are several."""

    sizes: VocoderHyperparameters
    depth_linear: Table
    """From the backbone's hidden state to the depthformer's inputs: (codebooks * n_embd, n_embd_backbone)."""
    depth_linear_bias: NDArray[np.float32]
    """Shape (codebooks * n_embd,)."""
    depth_embedding: tuple[Table, ...]
    """What a code adds to the next input of the depthformer: (n_codes + 1, n_embd) each."""
    embedding_norm: tuple[NDArray[np.float32], ...]
    """Weights of the RMS norm before each head: (n_embd,) each."""
    to_logits: tuple[Table, ...]
    """Each codebook's head: (n_codes + 1, n_embd)."""
    audio_embedding: Table
    """What a frame is for the backbone, a sum over codebooks: row book * (n_codes + 1) + code, of its width."""
    code_embedding: Table | None
    """What a frame is for the detokenizer, a mean over codebooks: row book * n_codes + code, of its width.

    None if neither file has it.
    """


def read_vocoder_tables(vocoder: Path, code_table: Path | None = None) -> VocoderTables:
    """Maps the tables of a vocoder.

    ``code_table`` is another vocoder file to take the detokenizer's input table from where this one has none.
    Raises ModelFileError when a file cannot be read; `models.check` says whether it is sound.
    """
    findings = Findings(lenient=True)
    header = read_header(vocoder, findings)
    sizes = check_vocoder(header)
    data = _mapped(header)
    books = range(sizes.n_codebooks)
    code_embedding = None
    if sizes.n_embd_detokenizer is not None:
        code_embedding = _table(header, data, CODE_EMBEDDING)
    elif code_table is not None:
        other = code_table_header(code_table, sizes, findings)
        code_embedding = _table(other, _mapped(other), CODE_EMBEDDING)
    return VocoderTables(
        sizes=sizes,
        depth_linear=_table(header, data, f"{DEPTH_LINEAR}.weight"),
        depth_linear_bias=_vector(header, data, f"{DEPTH_LINEAR}.bias"),
        depth_embedding=tuple(_table(header, data, book(number, "embedding")) for number in books),
        embedding_norm=tuple(_vector(header, data, book(number, "embedding_norm")) for number in books),
        to_logits=tuple(_table(header, data, book(number, "to_logits")) for number in books),
        audio_embedding=_table(header, data, AUDIO_EMBEDDING),
        code_embedding=code_embedding,
    )


def _mapped(header: Header) -> NDArray[np.uint8]:
    try:
        return np.memmap(header.path, np.uint8, mode="r")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelFileError(header.path, f"the file cannot be read ({reason})", DOWNLOAD_AGAIN) from error


def _table(header: Header, data: NDArray[np.uint8], name: str) -> Table:
    tensor = header.tensors[name]
    raw = data[tensor.offset : tensor.offset + tensor.size].reshape(tensor.shape[1], -1)
    return Table(GGMLQuantizationType(tensor.type), raw, tensor.shape[0])


def _vector(header: Header, data: NDArray[np.uint8], name: str) -> NDArray[np.float32]:
    tensor = header.tensors[name]
    return np.array(data[tensor.offset : tensor.offset + tensor.size]).view(np.float32)

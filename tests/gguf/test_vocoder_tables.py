"""The tables of a vocoder give the rows that were written, however they are stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.gguf.gguf_draft import Draft
from tests.gguf.test_depthformer_file import tiny_vocoder
from tests.model_sets import TINY_VOCODER, SeededArrays
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.quantization import Quantization, decode, encode
from wyoming_lfm2.gguf.vocoder_layout import vocoder_tensors
from wyoming_lfm2.gguf.vocoder_tables import read_vocoder_tables

SOURCE = SeededArrays(1, vocoder_tensors(TINY_VOCODER))


@pytest.mark.parametrize("quantization", list(Quantization))
def test_rows_are_those_of_the_file(tmp_path: Path, quantization: Quantization) -> None:
    tables = read_vocoder_tables(tiny_vocoder(tmp_path / "set", quantization))
    assert tables.code_embedding is not None
    for name, table in {
        "depth_linear.weight": tables.depth_linear,
        "depth_embeddings.3.embedding.weight": tables.depth_embedding[3],
        "depth_embeddings.7.to_logits.weight": tables.to_logits[7],
        "audio_embedding.embedding.weight": tables.audio_embedding,
        "emb.emb.weight": tables.code_embedding,
    }.items():
        expected = decode(encode(SOURCE[name], quantization.ggml_type)).reshape(SOURCE[name].shape)
        np.testing.assert_array_equal(table.matrix(), expected, err_msg=name)
        indices = [len(table) - 1, 0, 5]
        np.testing.assert_array_equal(table.rows(indices), expected[indices], err_msg=name)
        assert (len(table), table.width) == expected.shape
        assert not table.raw.flags.writeable


def test_vectors_are_whole(tmp_path: Path) -> None:
    tables = read_vocoder_tables(tiny_vocoder(tmp_path / "set", Quantization.Q8_0))
    np.testing.assert_array_equal(tables.depth_linear_bias, SOURCE["depth_linear.bias"])
    for number, norm in enumerate(tables.embedding_norm):
        np.testing.assert_array_equal(norm, SOURCE[f"depth_embeddings.{number}.embedding_norm.weight"])
    assert len(tables.embedding_norm) == tables.sizes.n_codebooks == 8


def without_code_table(vocoder: Path, target: Path) -> Path:
    """A vocoder as the first release has it."""
    draft = Draft.of(vocoder)
    draft.tensors = [tensor for tensor in draft.tensors if tensor.name != "emb.emb.weight"]
    return draft.write(target)


def test_the_detokenizers_table_may_come_from_another_vocoder(tmp_path: Path) -> None:
    whole = tiny_vocoder(tmp_path / "set")
    first_release = without_code_table(whole, tmp_path / "audiodecoder.gguf")
    assert read_vocoder_tables(first_release).code_embedding is None
    table = read_vocoder_tables(first_release, code_table=whole).code_embedding
    assert table is not None
    np.testing.assert_array_equal(table.matrix(), SOURCE["emb.emb.weight"])


def test_a_table_of_other_codes_is_refused(tmp_path: Path) -> None:
    whole = tiny_vocoder(tmp_path / "set")
    first_release = without_code_table(whole, tmp_path / "audiodecoder.gguf")
    other = Draft.of(whole)
    other.tensor("emb.emb.weight").shape = (64, 8 * 16)
    path = other.write(tmp_path / "vocoder-other.gguf")
    with pytest.raises(ModelFileError, match="128 rows, and 8 books of 31 codes"):
        read_vocoder_tables(first_release, code_table=path)
    with pytest.raises(ModelFileError, match=r"emb\.emb\.weight is missing"):
        read_vocoder_tables(first_release, code_table=first_release)

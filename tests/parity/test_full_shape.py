"""`tests.parity.full_shape` without its size: what judges there sees mistakes in the tiny model, and only those."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nano.model_set_writer import write_backbone, write_detokenizer
from tests.model_sets import TINY_BACKBONE, SeededArrays, tiny_arrays
from tests.parity.cases import AUDIO, RIG, SEED, TOKENIZER, as_stored
from tests.parity.comparison import stored
from tests.parity.full_shape import __main__ as command
from tests.parity.full_shape import cases
from tests.parity.full_shape.files import StoredNumbers
from tests.parity.full_shape.judge import Change, Judgement, choices, judged, seen, table, wrong
from tests.parity.running import Running, parity_model_set
from tests.parity.speech_cases import DETOKENIZER, speech_model_set
from tests.parity.speech_cases import SEED as SPEECH_SEED
from tests.parity.speech_comparison import reference
from tests.parity.speech_running import SETTINGS, Speaking
from wyoming_lfm2.engine.model.runner import ModelRunner
from wyoming_lfm2.gguf.backbone_layout import backbone_tensors
from wyoming_lfm2.gguf.detokenizer_layout import detokenizer_tensors
from wyoming_lfm2.gguf.quantization import Quantization

F32 = Quantization.F32
Array = NDArray[np.float32]
RANDOM = np.random.default_rng(1)
EXPECTED = RANDOM.standard_normal((20, 100)).astype(np.float32)
NOISE = RANDOM.standard_normal((20, 100)).astype(np.float32) * np.float32(1e-3)


class ExchangedKeys(Mapping[str, Array]):
    """Weights in which the keys of two heads of the last attention layer have changed places."""

    def __init__(self, arrays: SeededArrays) -> None:
        self._arrays = arrays
        (self._name,) = [name for name in arrays if name == "blk.3.attn_k.weight"]

    def __getitem__(self, name: str) -> Array:
        array = self._arrays[name]
        if name == self._name:
            size = TINY_BACKBONE.head_size
            array[: 2 * size] = np.roll(array[: 2 * size], size, axis=0)
        return array

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def logits_judged(folder: Path, mistake: str) -> Judgement:
    model_set = parity_model_set(folder, F32)
    arrays = tiny_arrays(SEED, RIG, TOKENIZER)[0]
    theta = 900_000.0 if mistake == "theta" else TINY_BACKBONE.rope_freq_base
    sizes = dataclasses.replace(TINY_BACKBONE, rope_freq_base=theta)
    written = ExchangedKeys(arrays) if mistake == "keys" else arrays
    write_backbone(model_set.backbone, sizes, TOKENIZER, written, F32)
    expected = stored("long", F32)
    with ExitStack() as stack:
        got = Running(model_set, stack).forced_logits(AUDIO["long"], expected["tokens"])
    predicted = Change(float(expected["half_logits_rms"]), float(expected["half_logits_worst"]))
    return judged("logits", F32, got, expected["logits"], predicted)


def sound_judged(folder: Path, window: int) -> Judgement:
    model_set = speech_model_set(folder, F32)
    sizes = dataclasses.replace(DETOKENIZER, sliding_window=window)
    assert model_set.tokenizer is not None
    arrays = SeededArrays(SPEECH_SEED + 1_000_000, detokenizer_tensors(DETOKENIZER))
    write_detokenizer(model_set.tokenizer, sizes, arrays, F32)
    expected = reference(F32)
    model = ModelRunner(model_set, SETTINGS, longest_piece_s=10, cache=folder / "cache")
    try:
        got = Speaking(model).forced(expected["events"]).sound
    finally:
        model.close()
    predicted = Change(float(expected["half_sound_rms"]), float(expected["half_sound_worst"]))
    return judged("sound", F32, got, expected["sound"], predicted)


@pytest.mark.parametrize("mistake", ["none", "theta", "keys"])
def test_a_mistake_in_the_backbone_is_seen_and_nothing_else(tmp_path: Path, mistake: str) -> None:
    judgement = logits_judged(tmp_path, mistake)
    assert judgement.agrees == (mistake == "none"), judgement
    assert seen(judgement).holds == (mistake != "none")


@pytest.mark.parametrize("window", [29, 30, 31])
def test_another_window_is_seen(tmp_path: Path, window: int) -> None:
    judgement = sound_judged(tmp_path, window)
    assert judgement.agrees == (window == 30), judgement


@pytest.mark.parametrize("storage", list(Quantization))
@pytest.mark.parametrize(("factor", "agrees"), [(1.0, True), (1.2, True), (1.3, False)])
def test_the_difference_may_be_a_quarter_more_than_predicted(
    storage: Quantization, factor: float, agrees: bool
) -> None:
    got = EXPECTED - np.float32(factor) * NOISE
    judgement = judged("x", storage, got, EXPECTED, EXPECTED + NOISE)
    assert judgement.agrees == agrees
    assert judgement.difference.rms == pytest.approx(factor * judgement.predicted.rms, rel=1e-3)


def test_a_single_number_far_off_counts_where_inputs_are_not_rounded_to_q8_0() -> None:
    got = EXPECTED + NOISE
    got[3, 5] = EXPECTED[3, 5] + 2.1 * np.abs(NOISE).max()
    agrees = [judged("x", storage, got, EXPECTED, EXPECTED + NOISE).agrees for storage in Quantization]
    assert agrees == [False, False, True, True]


def test_what_has_no_prediction_has_to_be_the_same_to_the_bit() -> None:
    assert judged("x", F32, EXPECTED.copy(), EXPECTED, EXPECTED).agrees
    other = EXPECTED.copy()
    other[0, 0] = np.nextafter(other[0, 0], np.float32(9))
    assert not judged("x", F32, other, EXPECTED, EXPECTED).agrees


@pytest.mark.parametrize("got", [EXPECTED[:19], np.full_like(EXPECTED, np.nan)], ids=["shape", "NaN"])
def test_another_shape_and_what_is_not_a_number_never_agree(got: Array) -> None:
    assert not judged("x", Quantization.Q8_0, got, EXPECTED, EXPECTED + 1).agrees


def test_a_clear_choice_has_to_be_the_references_and_a_near_one_may_be_another() -> None:
    expected = np.zeros((2, 10), np.float32)
    expected[0, 3], expected[1, 3], expected[1, 4] = 1.0, 1.0, 0.999
    predicted = expected.copy()
    predicted[:, 0] += np.float32(0.01)
    got = expected.copy()
    got[1, 4] += np.float32(0.002)
    judgement = judged("logits", F32, got, expected, predicted)
    assert choices(judgement, got, expected, expected.argmax(-1)).holds
    got[0, 5] = 2.0
    fact = choices(judgement, got, expected, expected.argmax(-1))
    assert not fact.holds
    assert "**NO**" in table([judgement], [fact])
    assert wrong([judgement], [fact]) == ["choices by logits"]


def test_a_mistake_may_stay_unseen_but_in_f32() -> None:
    facts = [
        seen(judged("x", storage, EXPECTED + NOISE, EXPECTED, EXPECTED + NOISE)) for storage in Quantization
    ]
    assert [fact.holds for fact in facts] == [False, True, True, True]
    assert all("not seen" in fact.found for fact in facts)


def test_the_rigged_rows_fit_the_released_sizes_and_stand_in_the_written_arrays() -> None:
    rows = cases.rigged_rows()
    shapes = {spec.name: spec.shape for spec in backbone_tensors(cases.FULL.backbone)}
    assert {row.shape for row in rows[cases.HEAD].values()} == {shapes[cases.HEAD][:1]}
    assert set(rows[cases.HEAD]) == {7, 128, 130}
    (end_of_audio,) = rows[cases.FIRST_BOOK].values()
    assert end_of_audio.shape == (cases.FULL.vocoder.n_embd,)
    sizes = dataclasses.replace(TINY_BACKBONE, n_embd=2048, n_vocab=200)
    arrays = cases.FullArrays(1, backbone_tensors(sizes)[:1], rows)
    for token, row in rows[cases.HEAD].items():
        np.testing.assert_array_equal(arrays[cases.HEAD][token], row)


@pytest.mark.parametrize("storage", list(Quantization))
def test_the_references_weights_are_the_files(tmp_path: Path, storage: Quantization) -> None:
    model_set = parity_model_set(tmp_path, storage)
    read = StoredNumbers(model_set.mmproj)
    written = as_stored(tiny_arrays(SEED, RIG, TOKENIZER)[1], storage)
    assert set(read) == set(written)
    for name in written:
        np.testing.assert_array_equal(read[name], written[name])


def test_without_the_reference_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "REFERENCE", tmp_path / "python")
    monkeypatch.setattr("sys.argv", ["full_shape", "all", str(tmp_path), "F32"])
    with pytest.raises(SystemExit, match="2"):
        command.main()
    assert "script/set-up-reference" in capsys.readouterr().err

from __future__ import annotations

import numpy as np
import pytest

from wyoming_lfm2.engine.requests.code_sampling import CodeSampler

LOGITS = np.random.default_rng(3).normal(0, 2, 2049).astype(np.float32)


@pytest.mark.parametrize(("temperature", "top_k"), [(0.0, 64), (-1.0, 64), (0.8, 1)])
def test_without_temperature_or_choice_the_likeliest_code_is_taken(temperature: float, top_k: int) -> None:
    sampler = CodeSampler(temperature, top_k, seed=1)
    assert {sampler.draw(LOGITS) for _ in range(20)} == {int(LOGITS.argmax())}


def test_only_the_likeliest_k_are_drawn_and_all_of_them() -> None:
    sampler = CodeSampler(5.0, 4, seed=1)
    drawn = {sampler.draw(LOGITS) for _ in range(400)}
    assert drawn == set(np.argsort(LOGITS)[-4:].tolist())


def test_codes_as_likely_as_the_last_of_the_k_stay_in() -> None:
    logits = np.array([0, 3, 1, 1, 1, -2], np.float32)
    sampler = CodeSampler(1.0, 2, seed=1)
    assert {sampler.draw(logits) for _ in range(300)} == {1, 2, 3, 4}


@pytest.mark.parametrize("top_k", [0, 64, 5000])
def test_codes_come_as_often_as_the_softmax_says(top_k: int) -> None:
    logits = np.log(np.array([0.5, 0.25, 0.125, 0.125], np.float32))
    sampler = CodeSampler(0.5, top_k, seed=7)
    counts = np.bincount([sampler.draw(logits) for _ in range(20_000)], minlength=4) / 20_000
    squares = np.array([0.25, 0.0625, 0.015625, 0.015625])
    assert np.abs(counts - squares / squares.sum()).max() < 0.01


def test_the_same_seed_draws_the_same_and_another_seed_otherwise() -> None:
    def draws(seed: int) -> list[int]:
        sampler = CodeSampler(1.0, 64, seed)
        return [sampler.draw(LOGITS) for _ in range(50)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    # The generator goes on: the same logits do not give the same code each time.
    assert len(set(draws(1))) > 5


def test_the_logits_are_left_as_they_are() -> None:
    before = LOGITS.copy()
    CodeSampler(0.8, 64, seed=1).draw(LOGITS)
    assert np.array_equal(LOGITS, before)

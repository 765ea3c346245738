import pytest

from nano.rejection import MEASURES, Heard, curve


def said(
    *tokens: float, end: float = 1.0, right: bool = True, command: bool = True, text: str = "On."
) -> Heard:
    return Heard(text, tokens, end, right, command)


def test_one_unsure_word_shows_in_the_worst_token_more_than_in_the_mean() -> None:
    sure, unsure = said(0.9, 0.9, 0.9, 0.9), said(1.0, 1.0, 0.1, 1.0)
    worst, mean = MEASURES["worst token"], MEASURES["geometric mean of the tokens"]
    assert worst(unsure) == pytest.approx(0.1) and worst(sure) == pytest.approx(0.9)
    assert mean(unsure) == pytest.approx(0.1**0.25) and mean(sure) == pytest.approx(0.9)


def test_an_empty_transcript_is_not_sure_of_any_word() -> None:
    assert MEASURES["geometric mean of the tokens"](said(text="")) == 0
    assert MEASURES["worst token"](said(text="")) == 0


def test_a_threshold_keeps_the_share_of_right_ones_and_counts_what_passes_with_them() -> None:
    right = [said((10 + i) / 20) for i in range(10)]  # 0.5, 0.55, ... 0.95
    wrong = [said(0.3, right=False), said(0.97, right=False)]
    others = [
        said(0.6, command=False, right=False),
        said(0.2, command=False, right=False),
        said(command=False, text="", right=False),
    ]
    point = curve(MEASURES["worst token"], [*right, *wrong, *others], kept=(0.9,))[0]
    assert point["threshold"] == pytest.approx(0.55)
    assert point["wrong"] == pytest.approx(0.5)
    assert point["others"] == pytest.approx(1 / 3, abs=1e-3)


def test_a_curve_needs_something_that_is_right() -> None:
    with pytest.raises(ValueError, match="no transcript is right"):
        curve(MEASURES["end"], [said(0.5, right=False)])

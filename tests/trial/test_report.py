from __future__ import annotations

from pathlib import Path

from wyoming_lfm2.trial.judging import WordErrors
from wyoming_lfm2.trial.outcome import Concern, Exchange, Memory, Outcome, TrialResult
from wyoming_lfm2.trial.report import Circumstances, TriedFile, anonymous, markdown, terminal_text

RESULT = TrialResult(
    "lfm2 (Q4_0)",
    "en",
    (
        Outcome("loads", 1.04),
        Outcome("hears a.flac", 1.0, 2.0, WordErrors(0, 2)),
        Outcome(
            "us-female, heard again",
            2.0,
            4.0,
            WordErrors(1, 2),
            (Exchange("The lamp.", "A `lamp|\x1b[31m", WordErrors(1, 2)),),
            (Concern("one word is wrong", "Do this."), Concern("it is late", "Do that.", serious=False)),
        ),
        Outcome("speaks", not_offered="Put the vocoder into /home/jane doe/models."),
    ),
    Memory(2_000_000, 3_000_000),
    (Concern("another thing", "Do this."),),
)
CIRCUMSTANCES = Circumstances(
    (TriedFile("model.gguf", 1234, "abcd", "as LiquidAI/X has it at 0123"),),
    {"processor": "A processor, 2 threads"},
    (Path("/home/jane doe/models"), Path("/home/jane doe"), Path("/")),
)


def test_the_report_has_all_that_an_issue_needs() -> None:
    report = markdown(RESULT, CIRCUMSTANCES)
    for line in (
        "**2 things look wrong.**",
        "| what | words wrong | seconds | of sound | RTF |",
        "| loads |  | 1.0 |  |  |",
        "| us-female, heard again | 1 of 2 | 2.0 | 4.0 | 0.50 |",
        "| speaks | not offered by this model |  |  |  |",
        "Memory: 2 MB at most, 3 MB are left.",
        "- us-female, heard again: “The lamp.” → `A 'lamp|\N{REPLACEMENT CHARACTER}[31m` (1 wrong)",
        "- speaks: not offered by this model. Put the vocoder into ….",
        "| model.gguf | 1,234 | abcd | as LiquidAI/X has it at 0123 |",
        "- processor: A processor, 2 threads",
    ):
        assert line in report.splitlines()
    wrong = report[report.index("## Looks wrong") : report.index("## Worth knowing")]
    # One remedy for both.
    assert wrong.split("\n\n")[1:] == ["- one word is wrong.\n- another thing.", "Do this.", ""]


def test_no_folder_is_named() -> None:
    private = (Path("/home/jane doe"),)
    assert (
        anonymous("see /home/jane doe/models/a.gguf, and /srv/x/b.gguf.", private)
        == "see …/a.gguf, and …/b.gguf."
    )
    kept = "https://huggingface.co/LiquidAI/LFM2, 3 kB/s, and/or, 1 / 2"
    assert anonymous(kept, private) == kept


def test_a_trial_that_did_not_end_says_where_it_was() -> None:
    result = TrialResult("lfm2", "en", unfinished="loading")
    assert "**The trial did not come to its end. It was at this: loading.**" in markdown(
        result, CIRCUMSTANCES
    )


def test_the_text_for_a_terminal_keeps_to_its_width_and_steers_nothing() -> None:
    for width in (60, 80, 120):
        text = terminal_text(RESULT, width)
        assert max(map(len, text.splitlines())) <= width
        assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[2:7] == [
        "WHAT                    WORDS WRONG  SECONDS  OF SOUND   RTF",
        "loads                                    1.0",
        "hears a.flac                 0 of 2      1.0       2.0  0.50",
        "us-female, heard again       1 of 2      2.0       4.0  0.50",
        "speaks                  not offered by this model",
    ]
    assert lines[-1] == "2 things look wrong."

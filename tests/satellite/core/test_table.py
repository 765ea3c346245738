"""Every happening in every state, against a table written by hand."""

from __future__ import annotations

import pytest

from tests.satellite.core.world import World
from wyoming_lfm2.satellite.core import actions
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.sounds import Sound, SoundKind
from wyoming_lfm2.satellite.core.state import State

LETTERS = {
    actions.StartRun: "S",
    actions.EndAudio: "E",
    actions.CancelRun: "C",
    actions.StopSound: "X",
    actions.FinishSound: "F",
    actions.ReportPlayed: "R",
    actions.DuckOthers: "D",
    actions.UnduckOthers: "U",
    actions.DuckPlayback: "d",
    actions.UnduckPlayback: "u",
    actions.RememberMute: "M",
}
"""PlaySound is p with the first letter of its kind: pc, pa, pr; an announcement's is pn."""

COLUMNS = ("idle", "listening", "thinking", "speaking", "announcing", "ringing", "muted", "offline", "deaf")

# A cell is the state afterwards and what is done; "=" is the same state.
EXPECTED = {
    hap.WakeWordHeard: """listening DS | = CS | listening CS | listening CXRS | listening XRS | idle XU
        | = | = pc | =""",
    hap.WakeRequested: """listening DSpc | = | listening CSpc | listening CXRSpc | listening XRSpc | idle XU
        | = pc | = pc | = pc""",
    hap.ButtonPressed: """listening DSpc | idle CU | idle CU | idle CXRU | idle XRU | idle XU
        | = pc | = pc | = pc""",
    hap.StopRequested: "= | idle CU | idle CU | idle CXRU | idle XRU | idle XU | = | = | =",
    hap.StopPhraseHeard: "= | = | idle CU | idle CXRU | idle XRU | idle XU | = | = | =",
    hap.SpeechStarted: "= | = | = | = d | = d | = d | = | = | =",
    hap.SpeechStopped: "= | = | = | = | = | = | = | = | =",
    hap.Muted: "muted Mpc | muted MCUpc | = M | = M | = M | = M | = M | muted Mpc | muted Mpc",
    hap.Unmuted: "= M | = M | = M | = M | = M | = M | idle M | = M | = M",
    hap.MicrophoneLost: "deaf | deaf CUpc | = | = | = | = | = | deaf | =",
    hap.MicrophoneFound: "= | = | = | = | = | = | = | = | idle",
    hap.BrainAvailable: "= | = | = | = | = | = | = | idle | =",
    hap.BrainLost: "offline | offline CUpc | offline CUpc | = CF | = F | = | = | = | =",
    hap.SpeechEnded: "= | thinking Epc | = | = | = | = | = | = | =",
    hap.TranscriptArrived: "= | thinking Epc | = | = | = | = | = | = | =",
    hap.AnswerTextArrived: "= | thinking E | = | = | = | = | = | = | =",
    hap.AnswerSoundStarted: "= R | speaking Epa | speaking pa | = | = R | = R | = R | = R | = R",
    hap.RunFinished: "= | idle U | idle U | = | = | = | = | = | =",
    hap.RunFailed: "= | idle Upc | idle Upc | = F | = | = | = | = | =",
    hap.AnnouncementArrived: """announcing Dpn | announcing Cpn | announcing Cpn | announcing CXRpn | = | =
        | announcing Dpn | announcing Dpn | announcing Dpn""",
    hap.Played: "= | = | = | thinking R | idle RU | idle U | = | = | =",
    hap.TimerFinished: """ringing Dpr | = | = | = | = | = | ringing Dpr | ringing Dpr | ringing Dpr""",
    hap.TimerCancelled: "= | = | = | = | = | idle XU | = | = | =",
    hap.DeadlinePassed: "= | = pc | = | = | = | = | = | = | =",
    hap.ShutdownRequested: """offline | offline CU | offline CU | offline CXRU | offline XRU | offline XU
        | = | = | =""",
}

HAPPENINGS: list[hap.Happening] = [
    hap.WakeWordHeard("okay_nabu", ended_at=19.8),
    hap.WakeRequested(),
    hap.ButtonPressed(),
    hap.StopRequested(),
    hap.StopPhraseHeard("stop"),
    hap.SpeechStarted(19.9),
    hap.SpeechStopped(19.9),
    hap.Muted(),
    hap.Unmuted(),
    hap.MicrophoneLost(),
    hap.MicrophoneFound(),
    hap.BrainAvailable("resident"),
    hap.BrainLost(),
    hap.SpeechEnded(1),
    hap.TranscriptArrived(1, "turn on the light"),
    hap.AnswerTextArrived(1, "The light is on."),
    hap.AnswerSoundStarted(1, Sound(SoundKind.ANSWER, 5)),
    hap.RunFinished(1),
    hap.RunFailed(1, "no speech to text", "stt-stream-failed"),
    hap.AnnouncementArrived(Sound(SoundKind.ANNOUNCEMENT, 5)),
    hap.TimerFinished("eggs"),
    hap.TimerCancelled("tea"),
    hap.DeadlinePassed(),
    hap.ShutdownRequested(),
]


def world_in(state: State) -> World:
    world = World()
    if state is not State.DEAF:
        world.tell(hap.MicrophoneFound())
    if state is not State.OFFLINE:
        world.tell(hap.BrainAvailable("resident"))
    match state:
        case State.LISTENING | State.THINKING | State.SPEAKING:
            world.tell(hap.WakeWordHeard("okay_nabu", ended_at=9.8))
            if state is not State.LISTENING:
                world.tell(hap.SpeechEnded(1))
                world.end_sound()
            if state is State.SPEAKING:
                world.tell(hap.AnswerSoundStarted(1, Sound(SoundKind.ANSWER, 0)))
        case State.ANNOUNCING:
            world.tell(hap.AnnouncementArrived(Sound(SoundKind.ANNOUNCEMENT, 0)))
        case State.RINGING:
            world.tell(hap.TimerFinished("tea", "tea"))
        case State.MUTED:
            world.tell(hap.Muted())
            world.end_sound()
    assert world.machine.state is state
    world.now = 20.0
    return world


def in_letters(done: list[actions.Action]) -> str:
    written = ""
    for action in done:
        if isinstance(action, actions.PlaySound):
            kind = action.sound.kind
            written += "p" + ("n" if kind is SoundKind.ANNOUNCEMENT else kind.value[0])
        elif not isinstance(action, actions.Notify | actions.ShowState):
            written += LETTERS[type(action)]
    return written


def expected_cell(kind: type[hap.Happening], state: State) -> tuple[str, str]:
    cells = EXPECTED[kind].split("|")
    assert len(cells) == len(COLUMNS)
    after, _, done = cells[COLUMNS.index(state.value)].strip().partition(" ")
    return (state.value if after == "=" else after), done


@pytest.mark.parametrize("happening", HAPPENINGS, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("state", State, ids=lambda each: each.value)
def test_a_happening_in_a_state(state: State, happening: hap.Happening) -> None:
    world = world_in(state)
    done = world.tell(happening)
    assert (world.machine.state.value, in_letters(list(done))) == expected_cell(type(happening), state)


@pytest.mark.parametrize("state", State, ids=lambda each: each.value)
def test_the_end_of_the_sound_that_plays(state: State) -> None:
    world = world_in(state)
    none = hap.Played(Sound(SoundKind.ANSWER, 3))
    done = world.tell(none) if world.playing is None else world.end_sound()
    assert (world.machine.state.value, in_letters(list(done))) == expected_cell(hap.Played, state)


def test_no_happening_is_left_out() -> None:
    every = set(hap.Happening.__args__)
    assert EXPECTED.keys() == every
    assert {type(happening) for happening in HAPPENINGS} | {hap.Played} == every
    assert [state.value for state in State] == list(COLUMNS)

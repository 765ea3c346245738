"""Whatever happens in whatever order, some things never do: see ``World``."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.satellite.core.world import AT_REST, World
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.happenings import MuteSource
from wyoming_lfm2.satellite.core.settings import CoreSettings, Listen
from wyoming_lfm2.satellite.core.sounds import Chime, Sound, SoundKind
from wyoming_lfm2.satellite.core.state import State

PLAIN = [
    hap.StopPhraseHeard("stop"),
    hap.MicrophoneLost(),
    hap.WakeRequested(),
    hap.StopRequested(),
    hap.ButtonPressed(),
    hap.Muted(),
    hap.Muted(MuteSource.HUB),
    hap.BrainLost(),
]
# Without these nothing comes of the others: they are as likely as all of those together.
ENABLING = [
    hap.MicrophoneFound(),
    hap.BrainAvailable("x"),
    hap.Unmuted(),
    hap.Unmuted(MuteSource.HUB),
]
MADE = ["wake", "speech", "silence", "end-of-speech", "transcript", "answer-text", "answer", "answer", "finish",
        "ask", "fail", "nothing-said", "announce", "timer", "cancel", "played", "played", "played"]  # fmt: skip
STEPS = st.one_of(
    st.sampled_from(PLAIN), st.sampled_from(ENABLING), st.sampled_from(MADE), st.sampled_from(MADE)
)
SEQUENCES = st.lists(
    st.tuples(STEPS, st.sampled_from([0.0, 0.05, 0.5, 3.0, 70.0]), st.integers(0, 2)), max_size=60
)
SETTINGS = st.builds(
    CoreSettings,
    listen=st.sampled_from(Listen),
    chimes=st.frozensets(st.sampled_from(Chime)),
    follow_up_s=st.sampled_from([0.0, 5.0]),
    duck_playback=st.booleans(),
)


def take_step(world: World, step: hap.Happening | str, back: int, numbers: dict[SoundKind, int]) -> None:
    """``back`` is how old a run or a timer is meant."""
    run = max(world.last_run - back, 0)

    def sound(kind: SoundKind) -> Sound:
        numbers[kind] = numbers.get(kind, -1) + 1
        return Sound(kind, numbers[kind])

    made: dict[str, Callable[[], hap.Happening]] = {
        "wake": lambda: hap.WakeWordHeard("okay_nabu", world.now - 0.2),
        "speech": lambda: hap.SpeechStarted(world.now - 0.1),
        "silence": lambda: hap.SpeechStopped(world.now - 0.2),
        "end-of-speech": lambda: hap.SpeechEnded(run),
        "transcript": lambda: hap.TranscriptArrived(run, "words"),
        "answer-text": lambda: hap.AnswerTextArrived(run, "words"),
        "answer": lambda: hap.AnswerSoundStarted(run, sound(SoundKind.ANSWER)),
        "finish": lambda: hap.RunFinished(run),
        "ask": lambda: hap.RunFinished(run, expects_reply=True),
        "fail": lambda: hap.RunFailed(run, "failed", "intent-failed"),
        "nothing-said": lambda: hap.RunFailed(run, "nothing", "stt-no-text-recognized"),
        "announce": lambda: hap.AnnouncementArrived(sound(SoundKind.ANNOUNCEMENT)),
        "timer": lambda: hap.TimerFinished(str(back)),
        "cancel": lambda: hap.TimerCancelled(str(back)),
    }
    if step == "played":
        if world.playing is not None:
            world.end_sound()
    else:
        world.tell(made[step]() if isinstance(step, str) else step)


@given(SEQUENCES, SETTINGS, st.booleans(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_whatever_happens(
    sequence: list[tuple[hap.Happening | str, float, int]], core: CoreSettings, muted: bool, ready: bool
) -> None:
    world = World(core, muted=muted)
    numbers: dict[SoundKind, int] = {}
    if ready:
        world.tell(hap.MicrophoneFound())
        world.tell(hap.BrainAvailable("x"))
    for step, pause, back in sequence:
        world.wait(pause)
        take_step(world, step, back, numbers)
    world.tell(hap.ShutdownRequested())
    assert world.machine.state in AT_REST and world.machine.deadline is None
    assert world.playing is None and not world.others_ducked and not world.playback_ducked
    assert all(world.reported[sound] == 1 for sound in world.begun)


@given(SEQUENCES, SETTINGS)
@settings(max_examples=150, deadline=None)
def test_if_nobody_does_anything_more_it_comes_to_rest(
    sequence: list[tuple[hap.Happening | str, float, int]], core: CoreSettings
) -> None:
    """Whatever the brain owes, every sound ends and so does every wait."""
    world = World(core)
    world.tell(hap.MicrophoneFound())
    world.tell(hap.BrainAvailable("x"))
    numbers: dict[SoundKind, int] = {}
    for step, pause, back in sequence:
        world.wait(pause)
        take_step(world, step, back, numbers)
    for _ in range(200):
        if world.playing is not None and world.playing.kind is not SoundKind.RING:
            world.end_sound()
        world.wait(5.0)
        if world.machine.state in AT_REST:
            break
        if core.listen is Listen.ALWAYS and world.machine.state is State.LISTENING:
            break
    else:
        raise AssertionError(world.machine.state)

"""What the machine does over time."""

from __future__ import annotations

import pytest

from tests.satellite.core.world import World
from wyoming_lfm2.satellite.core import actions
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.settings import CoreSettings, Listen
from wyoming_lfm2.satellite.core.sounds import Chime, Sound, SoundKind
from wyoming_lfm2.satellite.core.state import State


def answer(number: int) -> Sound:
    return Sound(SoundKind.ANSWER, number)


def announcement(number: int) -> Sound:
    return Sound(SoundKind.ANNOUNCEMENT, number)


def ready(settings: CoreSettings | None = None) -> World:
    world = World(settings)
    world.tell(hap.MicrophoneFound())
    world.tell(hap.BrainAvailable("x"))
    return world


def speaking(*, expects_reply: bool = False) -> World:
    """The whole answer is there and is being heard."""
    world = ready()
    world.tell(hap.WakeWordHeard("okay_nabu", world.now - 0.2, pipeline="english"))
    world.tell(hap.TranscriptArrived(1, "what time is it"))
    world.tell(hap.AnswerSoundStarted(1, answer(0)))
    world.tell(hap.RunFinished(1, expects_reply=expects_reply))
    return world


def of(kind: type[actions.Action], done: object) -> list[actions.Action]:
    assert isinstance(done, list)
    return [action for action in done if isinstance(action, kind)]


def chimes(done: object) -> list[Chime | None]:
    return [play.sound.chime for play in of(actions.PlaySound, done) if isinstance(play, actions.PlaySound)]


def test_a_run_hears_from_the_end_of_the_wake_word_on() -> None:
    world = ready()
    done = world.tell(hap.WakeWordHeard("okay_nabu", 9.8, pipeline="english"))
    assert of(actions.StartRun, done) == [actions.StartRun(1, 9.8, "okay_nabu", "english")]


def test_the_chime_follows_the_wake_word_if_nobody_speaks() -> None:
    world = ready()
    world.tell(hap.SpeechStarted(9.2))
    world.tell(hap.WakeWordHeard("okay_nabu", 9.8))
    world.tell(hap.SpeechStopped(9.85), after=0.1)
    assert chimes(world.wait(0.19)) == []
    assert chimes(world.wait(0.02)) == [Chime.AWAKE]


def test_the_chime_waits_for_a_detector_that_is_slow_to_find_the_end_of_the_wake_word() -> None:
    world = ready()
    world.tell(hap.SpeechStarted(9.2))
    world.tell(hap.WakeWordHeard("okay_nabu", 9.8))
    assert chimes(world.wait(0.5)) == []
    assert chimes(world.tell(hap.SpeechStopped(9.85))) == [Chime.AWAKE]


@pytest.mark.parametrize("detector", ["one stretch", "two stretches"])
def test_no_chime_disturbs_a_command_in_one_breath(detector: str) -> None:
    world = ready()
    world.tell(hap.SpeechStarted(9.2))
    world.tell(hap.WakeWordHeard("okay_nabu", 9.8))
    if detector == "two stretches":
        world.tell(hap.SpeechStopped(9.85), after=0.1)
        world.tell(hap.SpeechStarted(10.05), after=0.1)
    assert chimes(world.wait(2.0)) == []
    assert chimes(world.tell(hap.SpeechStopped(world.now - 0.2))) == []
    assert chimes(world.wait(2.0)) == []


def test_speech_that_was_the_wake_word_itself_does_not_keep_the_chime_away() -> None:
    """The wake word's detector was faster than that of speech."""
    world = ready()
    world.tell(hap.WakeWordHeard("okay_nabu", 9.8))
    world.tell(hap.SpeechStarted(9.3))
    world.tell(hap.SpeechStopped(9.8), after=0.1)
    assert chimes(world.wait(0.3)) == [Chime.AWAKE]


def test_a_chime_that_is_switched_off_is_not_played() -> None:
    world = ready(CoreSettings(chimes=frozenset({Chime.ERROR})))
    world.tell(hap.WakeWordHeard("okay_nabu", 9.8))
    assert chimes(world.wait(1.0)) == []
    assert chimes(world.tell(hap.SpeechEnded(1))) == []
    assert chimes(world.tell(hap.RunFailed(1, "no", "tts-failed"))) == [Chime.ERROR]


def test_the_same_wake_word_heard_twice_is_one_call_and_a_later_one_another() -> None:
    world = ready()
    world.tell(hap.WakeWordHeard("okay_nabu", 9.8))
    assert not of(actions.StartRun, world.tell(hap.WakeWordHeard("okay_nabu", 10.7), after=1.0))
    done = world.tell(hap.WakeWordHeard("okay_nabu", 12.8), after=2.0)
    assert of(actions.CancelRun, done) == [actions.CancelRun(1)]
    assert of(actions.StartRun, done) == [actions.StartRun(2, 12.8, "okay_nabu")]


def test_the_parts_of_an_answer_are_heard_in_their_order() -> None:
    world = ready()
    world.tell(hap.WakeRequested())
    world.tell(hap.SpeechEnded(1))
    for number in range(3):
        world.tell(hap.AnswerSoundStarted(1, answer(number)))
    world.tell(hap.RunFinished(1))
    heard = []
    while world.machine.state is State.SPEAKING:
        heard.append(world.playing)
        world.end_sound()
    assert heard == [answer(0), answer(1), answer(2)]
    assert world.machine.state is State.IDLE


def test_an_answer_that_comes_slowly_is_waited_for() -> None:
    world = ready()
    world.tell(hap.WakeRequested())
    world.tell(hap.SpeechEnded(1))
    world.tell(hap.AnswerSoundStarted(1, answer(0)))
    world.end_sound()
    assert world.machine.state is State.THINKING
    world.tell(hap.AnswerSoundStarted(1, answer(1)), after=1.0)
    world.tell(hap.RunFinished(1))
    world.end_sound()
    assert world.machine.state is State.IDLE


def test_barge_in_stops_the_answer_and_listens() -> None:
    world = speaking()
    done = world.tell(hap.WakeWordHeard("okay_nabu", world.now - 0.2))
    order = [type(action) for action in done if not isinstance(action, actions.Notify)]
    assert order == [actions.StopSound, actions.ReportPlayed, actions.StartRun, actions.ShowState]
    # What still comes of the old answer is not heard, and whoever sends it need not wait.
    late = world.tell(hap.AnswerSoundStarted(1, answer(1)))
    assert late == [actions.ReportPlayed(answer(1))]
    assert world.machine.state is State.LISTENING


def test_speech_over_our_own_sound_makes_it_quieter_for_a_while() -> None:
    world = speaking()
    assert of(actions.DuckPlayback, world.tell(hap.SpeechStarted(world.now)))
    assert of(actions.UnduckPlayback, world.tell(hap.SpeechStopped(world.now), after=0.5))
    world.tell(hap.SpeechStarted(world.now))
    assert not of(actions.UnduckPlayback, world.wait(2.9))
    assert of(actions.UnduckPlayback, world.wait(0.2))


def test_who_mutes_while_speaking_over_our_sound_hears_it_as_loud_as_it_was() -> None:
    world = speaking()
    world.tell(hap.SpeechStarted(world.now))
    assert of(actions.UnduckPlayback, world.tell(hap.Muted()))
    world.tell(hap.Unmuted())
    assert of(actions.DuckPlayback, world.tell(hap.SpeechStarted(world.now)))


def test_parts_of_an_answer_that_wait_are_dropped_with_it() -> None:
    world = ready()
    world.tell(hap.WakeRequested())
    world.tell(hap.AnswerSoundStarted(1, answer(0)))
    world.tell(hap.AnswerSoundStarted(1, answer(1)))
    world.tell(hap.StopPhraseHeard("stop"))
    assert world.machine.state is State.IDLE and world.playing is None
    assert world.reported == {answer(0): 1, answer(1): 1}


def test_a_sound_that_is_told_twice_is_played_once() -> None:
    world = ready()
    for _ in range(2):
        world.tell(hap.AnnouncementArrived(announcement(0)))
    world.end_sound()
    world.tell(hap.AnnouncementArrived(announcement(0)))
    assert world.machine.state is State.IDLE
    assert world.reported == {announcement(0): 1}


def test_a_reply_is_listened_to_when_our_own_voice_has_died_away() -> None:
    world = speaking(expects_reply=True)
    done = world.end_sound()
    assert of(actions.StartRun, done) == [actions.StartRun(2, pytest.approx(world.now + 0.4), follow_up=True)]
    assert not of(actions.UnduckOthers, done)
    assert of(actions.CancelRun, world.wait(5.5)) == [actions.CancelRun(2)]
    assert world.machine.state is State.IDLE


def test_a_reply_that_has_begun_is_listened_to_the_end() -> None:
    world = speaking(expects_reply=True)
    world.end_sound()
    world.tell(hap.SpeechStarted(world.now), after=4.0)
    assert not of(actions.CancelRun, world.wait(10.0))


@pytest.mark.parametrize("missing", [hap.Muted(), hap.MicrophoneLost(), hap.BrainLost()])
def test_no_reply_is_waited_for_where_none_can_be_heard(missing: hap.Happening) -> None:
    world = speaking(expects_reply=True)
    world.tell(missing)
    world.end_sound()
    assert world.machine.state not in {State.LISTENING, State.IDLE}


def test_a_brain_that_says_nothing_is_given_up() -> None:
    world = ready()
    world.tell(hap.WakeRequested())
    world.end_sound()
    done = world.wait(30.5)
    assert of(actions.CancelRun, done) and chimes(done) == [Chime.ERROR]
    assert world.events[-1].data["code"] == "timeout"
    assert world.machine.state is State.IDLE


def test_another_satellite_that_answers_is_left_to_it_silently() -> None:
    world = ready()
    world.tell(hap.WakeWordHeard("okay_nabu", 9.8))
    done = world.tell(hap.RunFailed(1, "Duplicate wake-up detected", "duplicate_wake_up_detected"))
    assert not chimes(done) and not of(actions.Notify, done)
    assert world.machine.state is State.IDLE


def test_an_error_amid_the_answer_is_heard_after_it() -> None:
    world = ready()
    world.tell(hap.WakeRequested())
    world.tell(hap.AnswerSoundStarted(1, answer(0)))
    done = world.tell(hap.RunFailed(1, "voice broken", "tts-failed"))
    assert of(actions.FinishSound, done) == [actions.FinishSound(answer(0))] and not chimes(done)
    assert chimes(world.end_sound()) == [Chime.ERROR]


def test_a_timer_rings_after_what_is_being_said() -> None:
    world = speaking()
    world.tell(hap.TimerFinished("1", "tea"))
    assert world.machine.state is State.SPEAKING
    world.end_sound()
    assert world.machine.state is State.RINGING


def test_a_timer_does_not_wait_longer_than_its_time() -> None:
    world = speaking()
    world.tell(hap.TimerFinished("1", "tea"))
    assert of(actions.StopSound, world.wait(5.1)) == [actions.StopSound(answer(0))]
    assert world.machine.state is State.RINGING
    assert world.reported[answer(0)] == 1


def test_a_ring_has_an_end() -> None:
    world = ready()
    world.tell(hap.TimerFinished("1", "tea"))
    world.wait(600)
    world.tell(hap.TimerFinished("2", "eggs"))
    world.wait(899)
    assert world.machine.state is State.RINGING
    world.wait(2)
    assert world.machine.state is State.IDLE
    dismissed = [event.data["name"] for event in world.events if event.event == "timer-dismissed"]
    assert dismissed == ["tea", "eggs"]


def test_cancelling_one_of_two_ringing_timers_leaves_the_other() -> None:
    world = ready()
    world.tell(hap.TimerFinished("1", "tea"))
    world.tell(hap.TimerFinished("2", "eggs"))
    world.tell(hap.TimerCancelled("1"))
    assert world.machine.state is State.RINGING
    world.tell(hap.TimerCancelled("2"))
    assert world.machine.state is State.IDLE


def test_a_timer_that_is_cancelled_before_it_could_ring_does_not() -> None:
    world = speaking()
    world.tell(hap.TimerFinished("1", "tea"))
    world.tell(hap.TimerCancelled("1"))
    world.wait(10)
    assert world.playing == answer(0)
    world.end_sound()
    assert world.machine.state is State.IDLE


def test_an_announcement_waits_for_the_ring_and_stop_silences_those_that_wait() -> None:
    world = ready()
    world.tell(hap.TimerFinished("1", "tea"))
    world.tell(hap.AnnouncementArrived(announcement(0)))
    world.tell(hap.AnnouncementArrived(announcement(1)))
    assert world.machine.state is State.RINGING
    world.tell(hap.StopPhraseHeard("stop"))
    assert world.playing == announcement(0)
    world.tell(hap.StopPhraseHeard("stop"))
    assert world.machine.state is State.IDLE
    assert world.reported[announcement(0)] == world.reported[announcement(1)] == 1


def test_announcements_are_heard_while_muted_and_nothing_said_meanwhile_counts() -> None:
    world = ready()
    world.tell(hap.Muted())
    world.tell(hap.AnnouncementArrived(announcement(0)))
    for said in (hap.WakeWordHeard("x", 9.9), hap.StopPhraseHeard("stop"), hap.SpeechStarted(9.9)):
        assert world.tell(said) == []
    world.end_sound()
    assert world.machine.state is State.MUTED


def test_two_who_mute_must_both_unmute() -> None:
    world = ready()
    world.tell(hap.Muted())
    world.tell(hap.Muted(hap.MuteSource.HUB))
    world.tell(hap.Unmuted(hap.MuteSource.HUB))
    assert world.machine.state is State.MUTED
    world.tell(hap.Unmuted())
    assert world.machine.state is State.IDLE


def test_only_what_a_person_mutes_is_remembered() -> None:
    world = ready()
    assert not of(actions.RememberMute, world.tell(hap.Muted(hap.MuteSource.HUB)))
    assert of(actions.RememberMute, world.tell(hap.Muted())) == [actions.RememberMute(muted=True)]
    assert World(muted=True).machine.state is State.MUTED


def test_speech_begins_a_run_where_that_is_wanted() -> None:
    world = ready(CoreSettings(listen=Listen.ON_SPEECH))
    done = world.tell(hap.SpeechStarted(9.9))
    assert of(actions.StartRun, done) == [actions.StartRun(1, pytest.approx(9.65))]
    assert not chimes(world.wait(1.0))


def test_the_end_of_our_own_voice_begins_none() -> None:
    world = ready(CoreSettings(listen=Listen.ON_SPEECH))
    world.tell(hap.AnnouncementArrived(announcement(0)))
    world.end_sound()
    assert not of(actions.StartRun, world.tell(hap.SpeechStarted(world.now + 0.1), after=0.2))
    assert of(actions.StartRun, world.tell(hap.SpeechStarted(world.now + 0.3), after=0.4))


def test_one_run_follows_the_other_where_that_is_wanted_and_not_faster_after_errors() -> None:
    world = ready(CoreSettings(listen=Listen.ALWAYS))
    assert of(actions.StartRun, world.wait(0.0))
    assert not world.others_ducked
    pauses = []
    for run in range(1, 9):
        world.tell(hap.RunFailed(run, "no", "stt-stream-failed"))
        failed = world.now
        while world.machine.state is not State.LISTENING:
            world.wait(0.5)
        pauses.append(world.now - failed)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    world.tell(hap.RunFinished(9))
    assert of(actions.StartRun, world.wait(0.0))


def test_what_a_person_wants_stopped_stops_though_nothing_of_ours_plays() -> None:
    world = ready()
    world.tell(hap.StopRequested())
    assert world.events[-1] == actions.Notify("stop", {"state": "idle", "phrase": ""})


def test_a_lost_brain_lets_the_answer_be_heard_to_its_end() -> None:
    world = ready()
    world.tell(hap.WakeRequested())
    world.tell(hap.AnswerSoundStarted(1, answer(0)))
    world.tell(hap.BrainLost())
    world.end_sound()
    assert world.machine.state is State.OFFLINE
    assert world.reported[answer(0)] == 1


def test_after_the_end_nothing_is_played_and_nobody_is_kept_waiting() -> None:
    world = speaking()
    world.tell(hap.ShutdownRequested())
    assert world.tell(hap.AnnouncementArrived(announcement(0))) == [actions.ReportPlayed(announcement(0))]
    assert world.tell(hap.ButtonPressed()) == []
    assert world.tell(hap.TimerFinished("1")) == []

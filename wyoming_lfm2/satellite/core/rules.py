"""What each happening leads to. Each rule is one cell of the table; see ``table.py`` for which."""

from __future__ import annotations

from wyoming_lfm2.satellite.core import actions
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.settings import Listen
from wyoming_lfm2.satellite.core.situation import Deadline, Situation
from wyoming_lfm2.satellite.core.sounds import Chime, SoundKind
from wyoming_lfm2.satellite.core.state import AT_REST, State

Call = hap.WakeWordHeard | hap.WakeRequested | hap.ButtonPressed


def ignore(_situation: Situation, _happening: hap.Happening) -> None:
    """Nothing to do."""


# Calling the satellite, and stopping it


def begin(situation: Situation, call: Call) -> None:
    """Listen, whatever was going on; a sound that plays is stopped, and the answer that is due is not wanted."""
    situation.cancel_run()
    situation.stop_playing()
    if isinstance(call, hap.WakeWordHeard):
        situation.notify("wake", wake_word=call.wake_word)
        situation.begin_run(call.ended_at, wake_word=call.wake_word, pipeline=call.pipeline)
        situation.expect_chime()
    else:
        situation.begin_run(situation.now, pipeline=call.pipeline)
        situation.chime(Chime.AWAKE)


def begin_again(situation: Situation, heard: hap.WakeWordHeard) -> None:
    """The wake word amid a command: somebody has thought better of it. Not the same word heard twice."""
    assert situation.run is not None
    if situation.now - situation.run.began >= situation.settings.wake_again_s:
        begin(situation, heard)


def refuse(situation: Situation, _call: Call) -> None:
    """It cannot listen, and says so."""
    situation.notify("refused", state=situation.state.value)
    situation.chime(Chime.MUTED if situation.muted_by else Chime.ERROR)


def stop(situation: Situation, happening: hap.Happening) -> None:
    """Everything that is going on ends."""
    _notify_stop(situation, happening)
    situation.cancel_run()
    situation.stop_playing()
    situation.drop_waiting(lambda sound: sound.kind is SoundKind.ANNOUNCEMENT)
    situation.rest()


def end_ring(situation: Situation, happening: hap.Happening) -> None:
    """The ringing ends; an announcement that waited is heard now."""
    _notify_stop(situation, happening)
    situation.end_ring()


def stop_by_voice(situation: Situation, heard: hap.StopPhraseHeard | hap.WakeWordHeard) -> None:
    """A phrase that came before the microphone was muted, and was understood after it, does not count."""
    if situation.muted_by:
        return
    (end_ring if situation.doing is State.RINGING else stop)(situation, heard)


def begin_by_voice(situation: Situation, heard: hap.WakeWordHeard) -> None:
    """Likewise a wake word."""
    if situation.microphone and not situation.muted_by:
        begin_on_request(situation, heard)


def begin_on_request(situation: Situation, call: Call) -> None:
    """Interrupt what is going on, and listen, if that is possible."""
    if situation.muted_by or not situation.microphone or not situation.brain:
        stop(situation, call)
        refuse(situation, call)
    else:
        begin(situation, call)


def tell_stop(situation: Situation, happening: hap.Happening) -> None:
    """Nothing of ours to stop; a hook may stop the music."""
    _notify_stop(situation, happening)


# Speech


def speech_started(situation: Situation, heard: hap.SpeechStarted) -> None:
    """Somebody speaks."""
    if situation.muted_by:
        return
    situation.speech_since = heard.at
    run = situation.run
    if situation.doing is State.LISTENING and run is not None:
        situation.deadlines.pop(Deadline.FOLLOW_UP, None)
        if heard.at >= run.called_until:  # else it is the wake word itself
            situation.forget_chime()
    elif situation.doing is not State.THINKING:
        situation.duck_playback()


def begin_on_speech(situation: Situation, heard: hap.SpeechStarted) -> None:
    """Somebody speaks while nothing goes on."""
    speech_started(situation, heard)
    if situation.settings.listen is Listen.ON_SPEECH and heard.at >= situation.quiet_after:
        situation.stop_playing()
        situation.begin_run(heard.at - situation.settings.speech_lead_s)


def speech_stopped(situation: Situation, heard: hap.SpeechStopped) -> None:
    """Nobody speaks any more. If it was the wake word only, the chime is due."""
    situation.speech_since = None
    situation.unduck_playback()
    run = situation.run
    if situation.doing is not State.LISTENING or run is None or not run.chime_due:
        return
    if heard.at - run.called_until >= situation.settings.chime_after_s:
        situation.forget_chime()
    elif Deadline.CHIME not in situation.deadlines:
        run.chime_due = False
        situation.chime(Chime.AWAKE)


# What the satellite needs


def mute(situation: Situation, muted: hap.Muted) -> None:
    """The microphone is off from now on; an answer or a ring goes on."""
    before = bool(situation.muted_by)
    situation.muted_by.add(muted.source)
    if muted.source is hap.MuteSource.PERSON:
        situation.do(actions.RememberMute(muted=True))
    if before:
        return
    situation.notify("muted", source=muted.source.value)
    situation.speech_since = None
    situation.unduck_playback()
    situation.deadlines.pop(Deadline.RETRY, None)
    if situation.doing is State.LISTENING:
        situation.cancel_run()
        situation.rest(Chime.MUTED)
    elif situation.doing in AT_REST:
        situation.chime(Chime.MUTED)


def unmute(situation: Situation, unmuted: hap.Unmuted) -> None:
    """One reason less to be deaf."""
    before = bool(situation.muted_by)
    situation.muted_by.discard(unmuted.source)
    if unmuted.source is hap.MuteSource.PERSON:
        situation.do(actions.RememberMute(muted=False))
    if before and not situation.muted_by:
        situation.notify("unmuted", source=unmuted.source.value)
        _rest_anew(situation)


def microphone_lost(situation: Situation, _lost: hap.MicrophoneLost) -> None:
    """No command can be heard; an answer goes on."""
    if not situation.microphone:
        return
    situation.microphone = False
    situation.speech_since = None
    situation.unduck_playback()
    situation.notify("microphone-lost")
    if situation.doing is State.LISTENING:
        situation.cancel_run()
        situation.rest(Chime.ERROR)


def microphone_found(situation: Situation, _found: hap.MicrophoneFound) -> None:
    """Commands can be heard."""
    if not situation.microphone:
        situation.microphone = True
        situation.notify("microphone-found")
        _rest_anew(situation)


def brain_available(situation: Situation, available: hap.BrainAvailable) -> None:
    """Commands can be answered."""
    if not situation.brain:
        situation.brain = True
        situation.failures = 0
        situation.notify("connected", brain=available.name)
        _rest_anew(situation)


def brain_lost(situation: Situation, _lost: hap.BrainLost) -> None:
    """No answer comes any more; what there is of one is played to its end."""
    if not situation.brain:
        return
    situation.brain = False
    situation.notify("disconnected")
    if situation.doing in {State.LISTENING, State.THINKING}:
        situation.cancel_run()
        situation.rest(Chime.ERROR)
        return
    if situation.run is not None:
        situation.cancel_brain_run(situation.run)
    situation.finish_brain_sounds()


# Announcements, timers, the end


def announce(situation: Situation, arrived: hap.AnnouncementArrived) -> None:
    """It goes before a run: Home Assistant has ended its own by then. It waits while something rings."""
    if not situation.is_new(arrived.sound):
        return
    situation.waiting.append(arrived.sound)
    if situation.doing in {State.ANNOUNCING, State.RINGING}:
        return
    situation.cancel_run()
    situation.stop_playing()
    situation.start_waiting()


def timer_finished(situation: Situation, finished: hap.TimerFinished) -> None:
    """It rings, after what is being said."""
    situation.notify("timer-finished", timer_id=finished.timer_id, name=finished.name)
    situation.ringing[finished.timer_id] = finished.name
    if situation.doing is State.RINGING:
        situation.expect(Deadline.RING_END, situation.settings.longest_ring_s)
        return
    situation.wait_to_ring()
    if situation.doing in AT_REST:
        situation.stop_playing()
        situation.start_waiting()
    elif Deadline.RING_START not in situation.deadlines:
        situation.expect(Deadline.RING_START, situation.settings.ring_waits_s)


def timer_cancelled(situation: Situation, cancelled: hap.TimerCancelled) -> None:
    """If it was the only one that rings, the ringing ends."""
    if situation.ringing.pop(cancelled.timer_id, None) is None or situation.ringing:
        return
    if situation.doing is State.RINGING:
        situation.end_ring()
    else:
        situation.deadlines.pop(Deadline.RING_START, None)
        situation.drop_waiting(lambda sound: sound.kind is SoundKind.RING)


def shut_down(situation: Situation, _requested: hap.ShutdownRequested) -> None:
    """Everything ends, and others' loudness is as it was."""
    situation.closed = True
    situation.cancel_run()
    situation.stop_playing()
    situation.drop_waiting(lambda _sound: True)
    situation.ringing.clear()
    situation.brain = False
    situation.rest()
    situation.deadlines.clear()


def _notify_stop(situation: Situation, happening: hap.Happening) -> None:
    by = happening.phrase if isinstance(happening, hap.StopPhraseHeard) else ""
    situation.notify("stop", state=situation.state.value, phrase=by)


def _rest_anew(situation: Situation) -> None:
    """Something that was missing at rest is there."""
    if situation.doing is State.IDLE:
        situation.rest()

"""Which rule applies to which happening in which state: every pair has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.rules import (
    announce,
    begin,
    begin_again,
    begin_by_voice,
    begin_on_request,
    begin_on_speech,
    brain_available,
    brain_lost,
    end_ring,
    ignore,
    microphone_found,
    microphone_lost,
    mute,
    refuse,
    shut_down,
    speech_started,
    speech_stopped,
    stop,
    stop_by_voice,
    tell_stop,
    timer_cancelled,
    timer_finished,
    unmute,
)
from wyoming_lfm2.satellite.core.run_rules import (
    answer_sound_started,
    answer_text_arrived,
    deadline_passed,
    played,
    run_failed,
    run_finished,
    speech_ended,
    transcript_arrived,
)
from wyoming_lfm2.satellite.core.situation import Situation
from wyoming_lfm2.satellite.core.state import State

Rule = Callable[[Situation, Any], None]

_COLUMNS = tuple(State)


def _row(*rules: Rule) -> Mapping[State, Rule]:
    return dict(zip(_COLUMNS, rules, strict=True))


def _always(rule: Rule) -> Mapping[State, Rule]:
    return dict.fromkeys(State, rule)


# fmt: off
TABLE: Mapping[type[hap.Happening], Mapping[State, Rule]] = {
    #                          idle, listening, thinking, speaking, announcing, ringing, muted, offline, deaf
    hap.WakeWordHeard: _row(
        begin, begin_again, begin_by_voice, begin_by_voice, begin_by_voice, stop_by_voice, ignore, refuse, ignore,
    ),
    hap.WakeRequested: _row(
        begin, ignore, begin_on_request, begin_on_request, begin_on_request, end_ring, refuse, refuse, refuse,
    ),
    hap.ButtonPressed: _row(begin, stop, stop, stop, stop, end_ring, refuse, refuse, refuse),
    hap.StopRequested: _row(tell_stop, stop, stop, stop, stop, end_ring, tell_stop, tell_stop, tell_stop),
    hap.StopPhraseHeard: _row(
        tell_stop, ignore, stop_by_voice, stop_by_voice, stop_by_voice, stop_by_voice, ignore, tell_stop, ignore,
    ),
    hap.SpeechStarted: _row(
        begin_on_speech, speech_started, speech_started, speech_started, speech_started, speech_started,
        ignore, speech_started, ignore,
    ),
    hap.SpeechStopped: _always(speech_stopped),
    hap.Muted: _always(mute),
    hap.Unmuted: _always(unmute),
    hap.MicrophoneLost: _always(microphone_lost),
    hap.MicrophoneFound: _always(microphone_found),
    hap.BrainAvailable: _always(brain_available),
    hap.BrainLost: _always(brain_lost),
    # A step of a run that is over does nothing, in whatever state.
    hap.SpeechEnded: _always(speech_ended),
    hap.TranscriptArrived: _always(transcript_arrived),
    hap.AnswerTextArrived: _always(answer_text_arrived),
    hap.AnswerSoundStarted: _always(answer_sound_started),
    hap.RunFinished: _always(run_finished),
    hap.RunFailed: _always(run_failed),
    hap.AnnouncementArrived: _always(announce),
    hap.Played: _always(played),
    hap.TimerFinished: _always(timer_finished),
    hap.TimerCancelled: _always(timer_cancelled),
    hap.DeadlinePassed: _always(deadline_passed),
    hap.ShutdownRequested: _always(shut_down),
}
# fmt: on

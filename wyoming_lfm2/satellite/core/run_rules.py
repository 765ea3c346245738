"""What the brain's steps, the end of a sound and the passing of time lead to."""

from __future__ import annotations

from collections.abc import Callable

from wyoming_lfm2.satellite.core import actions
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.settings import Listen
from wyoming_lfm2.satellite.core.situation import Deadline, Run, Situation
from wyoming_lfm2.satellite.core.sounds import Chime
from wyoming_lfm2.satellite.core.state import State

DUPLICATE_WAKE_UP = "duplicate_wake_up_detected"
"""Another satellite has heard the same word, and answers; Home Assistant's code."""

NOTHING_SAID = "stt-no-text-recognized"
"""There was no command; Home Assistant's code."""

_SHORT_RUN_S = 3.0
# A run without speech that ends sooner than this did not wait for any: it counts as a failure.

RunStep = (
    hap.SpeechEnded
    | hap.TranscriptArrived
    | hap.AnswerTextArrived
    | hap.AnswerSoundStarted
    | hap.RunFinished
    | hap.RunFailed
)


def _run_of(situation: Situation, step: RunStep) -> Run | None:
    """The run that a step belongs to; None: it is over."""
    run = situation.run
    return run if run is not None and run.number == step.run else None


def _end_of_command(situation: Situation, run: Run) -> None:
    """The brain has heard enough."""
    if situation.doing is State.LISTENING:
        situation.do(actions.EndAudio(run.number))
        situation.think()


def speech_ended(situation: Situation, ended: hap.SpeechEnded) -> None:
    """The command is complete."""
    run = _run_of(situation, ended)
    if run is not None and situation.doing is State.LISTENING:
        _end_of_command(situation, run)
        situation.notify("speech-ended", run=run.number)
        situation.chime(Chime.DONE)


def transcript_arrived(situation: Situation, arrived: hap.TranscriptArrived) -> None:
    """What was said is known; some brains say so before, or instead of, the end of speech."""
    if (run := _run_of(situation, arrived)) is not None:
        if situation.doing is State.LISTENING:
            _end_of_command(situation, run)
            situation.chime(Chime.DONE)
        situation.notify("transcript", run=run.number, text=arrived.text)


def answer_text_arrived(situation: Situation, arrived: hap.AnswerTextArrived) -> None:
    """What is going to be said is known."""
    if (run := _run_of(situation, arrived)) is not None:
        _end_of_command(situation, run)
        situation.notify("answer", run=run.number, text=arrived.text)


def answer_sound_started(situation: Situation, started: hap.AnswerSoundStarted) -> None:
    """The answer can be heard, or waits for an earlier part of it. A stale one is over before it began."""
    if not situation.is_new(started.sound):
        return
    run = _run_of(situation, started)
    if run is None:
        situation.do(actions.ReportPlayed(started.sound))
    elif situation.doing is State.SPEAKING:
        situation.waiting.append(started.sound)
    else:
        _end_of_command(situation, run)
        _speak(situation, run)
        situation.play(started.sound)


def run_finished(situation: Situation, finished: hap.RunFinished) -> None:
    """Nothing more comes of this run; what plays is played to its end."""
    if (run := _run_of(situation, finished)) is None:
        return
    run.finished, run.expects_reply = True, finished.expects_reply
    situation.failures = 0
    if situation.doing is not State.SPEAKING:
        _run_is_over(situation, run)


def run_failed(situation: Situation, failed: hap.RunFailed) -> None:
    """Likewise, with an error that is heard, unless there is nothing wrong."""
    if (run := _run_of(situation, failed)) is None:
        return
    nothing_wrong = failed.code in {DUPLICATE_WAKE_UP, NOTHING_SAID}
    if not nothing_wrong or situation.now - run.began < _SHORT_RUN_S:
        situation.failures += 1
    if failed.code != DUPLICATE_WAKE_UP:
        situation.notify("error", run=run.number, text=failed.text, code=failed.code)
    run.finished, run.failed = True, not nothing_wrong
    if situation.doing is not State.SPEAKING:
        chime = None
        if failed.code == NOTHING_SAID and situation.doing is State.LISTENING:
            chime = Chime.DONE
        _run_is_over(situation, run, chime)
        return
    situation.finish_brain_sounds()


def played(situation: Situation, happening: hap.Played) -> None:
    """A sound has been heard to its end; one that was stopped is not waited for."""
    if happening.sound != situation.playing:
        return
    situation.sound_is_over()
    run = situation.run
    if situation.doing is State.SPEAKING and run is not None:
        if (more := situation.next_answer()) is not None:
            situation.play(more)
        elif run.finished:
            _run_is_over(situation, run)
        else:
            situation.think()
    elif situation.doing is State.ANNOUNCING:
        situation.rest()
    elif situation.doing is State.RINGING:
        # A ring repeats: it ends by itself only if it cannot be played.
        situation.end_ring()


def deadline_passed(situation: Situation, _passed: hap.DeadlinePassed) -> None:
    """Do what is due, the earliest first."""
    for deadline in sorted(situation.deadlines, key=lambda each: situation.deadlines[each]):
        # An earlier one may have made a later one pointless.
        if situation.deadlines.get(deadline, float("inf")) <= situation.now:
            situation.deadlines.pop(deadline)
            _DUE[deadline](situation)


def _speak(situation: Situation, run: Run) -> None:
    situation.doing = State.SPEAKING
    situation.deadlines.pop(Deadline.RUN, None)
    situation.duck_others()
    situation.notify("speaking", run=run.number)


def _run_is_over(situation: Situation, run: Run, chime: Chime | None = None) -> None:
    """Listen to the reply, if one is expected, or rest."""
    situation.forget_run()
    settings = situation.settings
    can_listen = situation.brain and situation.microphone and not situation.muted_by
    if run.expects_reply and settings.follow_up_s > 0 and can_listen and not situation.waiting:
        situation.begin_run(max(situation.quiet_after, situation.now), follow_up=True)
        until = situation.quiet_after - situation.now
        situation.expect(Deadline.FOLLOW_UP, settings.follow_up_s + max(until, 0.0))
    else:
        situation.rest(Chime.ERROR if run.failed else chime)


def _chime_is_due(situation: Situation) -> None:
    """Somebody who still speaks may be at the end of the wake word: then its end decides."""
    if situation.speech_since is None and situation.run is not None:
        situation.run.chime_due = False
        situation.chime(Chime.AWAKE)


def _no_reply(situation: Situation) -> None:
    situation.cancel_run()
    situation.rest()


def _run_takes_too_long(situation: Situation) -> None:
    situation.notify("error", text="The brain did not answer in time.", code="timeout")
    situation.failures += 1
    situation.cancel_run()
    situation.rest(Chime.ERROR)


def _ring_waits_no_longer(situation: Situation) -> None:
    situation.cancel_run()
    situation.stop_playing()
    situation.start_waiting()


def _retry(situation: Situation) -> None:
    if situation.settings.listen is Listen.ALWAYS and situation.state is State.IDLE:
        situation.begin_run(situation.now)


_DUE: dict[Deadline, Callable[[Situation], None]] = {
    Deadline.CHIME: _chime_is_due,
    Deadline.FOLLOW_UP: _no_reply,
    Deadline.RUN: _run_takes_too_long,
    Deadline.RING_END: Situation.end_ring,
    Deadline.RING_START: _ring_waits_no_longer,
    Deadline.UNDUCK_PLAYBACK: Situation.unduck_playback,
    Deadline.RETRY: _retry,
}

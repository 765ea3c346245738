"""One worker thread that owns the model and gives every request its turn."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Sequence as Items
from concurrent.futures import Future
from typing import Any, Generic, Protocol, TypeVar

from wyoming_lfm2.engine.errors import (
    ContextFullError,
    EngineBusyError,
    EngineClosedError,
    EngineError,
    GaveWayError,
)
from wyoming_lfm2.engine.metrics import EngineMetrics
from wyoming_lfm2.engine.model.kv_cache import KvCache, Sequence
from wyoming_lfm2.engine.requests.dialogue_history import DialogueHistory
from wyoming_lfm2.engine.requests.steps import GenerateAudioFrame, Instant, Step
from wyoming_lfm2.engine.scheduling.admission import AdmissionQueue
from wyoming_lfm2.engine.scheduling.policy import SchedulingPolicy
from wyoming_lfm2.engine.scheduling.request import OutputSink, Request, RequestSpec, RunningRequest

_LOGGER = logging.getLogger(__name__)

_LONGEST_STEP_S = 60.0
"""No step takes longer, even on a machine that is nearly stalled."""


class Model(Protocol):
    """What the scheduler needs of a :class:`~wyoming_lfm2.engine.model.runner.ResidentModel`."""

    @property
    def sequences(self) -> KvCache:
        """Where requests get their sequences from."""
        ...

    @property
    def command_rows(self) -> int:
        """Rows of context that the longest command takes."""
        ...

    def run(self, turn: Items[tuple[Sequence, Step]]) -> Items[Any]:
        """Carry out one step, or several of one kind that go together."""
        ...

    def close(self) -> None:
        """Free everything."""
        ...


M = TypeVar("M", bound=Model)

_GAVE_WAY = "nobody waits for this, and the model is needed for something else"


class Scheduler(Generic[M]):
    """Runs requests step by step on the one model that it loads and owns.

    Requests wait in a bounded queue until a sequence and enough context are free, in the order that
    :class:`AdmissionQueue` says. Those that have a sequence take turns, one step each, in the order
    that :class:`SchedulingPolicy` says; when it is the turn of one that decodes a token, all that decode
    a token go along, because llama.cpp reads the weights once for all of them. So do those
    that generate an audio frame.

    What is done as best effort, because nobody waits for it, is begun only when nothing else is here, and is
    dropped before its next step when something else comes.
    """

    def __init__(self, open_model: Callable[[], M], most_requests: int) -> None:
        """Start the thread, which calls ``open_model`` first.

        :param most_requests: running and waiting, before one more is refused.
        """
        self._open_model = open_model
        self._most_requests = most_requests
        self._changed = threading.Condition()
        self._waiting = AdmissionQueue()
        self._running: deque[RunningRequest] = deque()
        self._forgotten: list[DialogueHistory] = []
        self._policy = SchedulingPolicy()
        self._closing = False
        self._step_began: float | None = None
        self.metrics = EngineMetrics()
        """What was done, and what is here; may be read from any thread."""
        self.loaded: Future[M] = Future()
        """Done when the model is loaded; raises what loading raised."""
        self.ended: Future[None] = Future()
        """Done when the thread has ended, asked to or not; cannot be cancelled."""
        self.ended.set_running_or_notify_cancel()
        self._thread = threading.Thread(target=self._work, name="lfm2-engine", daemon=True)
        # A library that is torn down while it computes crashes the process on its way out.
        atexit.register(self.close, _LONGEST_STEP_S)
        self._thread.start()

    def stalled_s(self) -> float:
        """Seconds since the step in progress began; 0 if there is none, also while the model is loaded.

        From any thread. A step takes a second or a few; a library that hangs never returns from it.
        """
        began = self._step_began
        return 0.0 if began is None else max(0.0, time.monotonic() - began)

    def submit(
        self, spec: RequestSpec, sink: OutputSink, best_effort: Callable[[], bool] | None = None
    ) -> Request:
        """Queue a request; from any thread.

        :param best_effort: whether nobody waits for it, asked whenever something else comes; default:
            somebody does. From any thread.
        :raises EngineBusyError: too many requests are here already.
        :raises GaveWayError: it is best effort, and something else is here; its sink may get this later, too.
        :raises ContextFullError: it would not fit even if it were alone.
        :raises EngineClosedError: the scheduler is closing or has failed.
        """
        with self._changed:
            if self._closing:
                raise EngineClosedError("the engine is shut down")
            capacity = self.loaded.result(timeout=0).sequences.capacity
            if spec.rows > capacity:
                raise ContextFullError(
                    f"the request needs {spec.rows} rows of context and the model has {capacity}"
                )
            request = Request(spec, sink, best_effort)
            here = [other for other in self._requests() if not other.cancelled]
            if request.best_effort and here:
                raise GaveWayError(_GAVE_WAY)
            dropped = [other for other in here if other.best_effort]
            if len(here) - len(dropped) >= self._most_requests:
                raise EngineBusyError("too many requests are waiting; try again later")
            for other in dropped:
                self._drop(other, GaveWayError.code)
            self._waiting.add(request)
            self.metrics.queue_length = len(self._waiting)
            self._changed.notify()
        for other in dropped:
            other.sink.finished(GaveWayError(_GAVE_WAY))
        return request

    def cancel(self, request: Request) -> None:
        """Stop a request before its next step; its sink hears nothing more. From any thread."""
        with self._changed:
            self._drop(request, "cancelled")
            self._changed.notify()

    def forget_dialogue(self, history: DialogueHistory) -> None:
        """Free what is kept of a dialogue in the model's memory, if anything is, after the step in progress.

        From any thread.
        """
        with self._changed:
            self._forgotten.append(history)
            self._changed.notify()

    def close(self, timeout_s: float) -> bool:
        """Stop after the step in progress, fail what is left and free the model. Blocks.

        :returns: false when the step in progress takes longer than ``timeout_s``; the
            thread then ends with it, and the process no sooner.
        """
        self.begin_close()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def begin_close(self) -> None:
        """Refuse new requests and fail those that are here at once; the model is freed later."""
        with self._changed:
            self._closing = True
            left = [request for request in self._requests() if not request.cancelled]
            for request in left:
                self._drop(request, EngineClosedError.code)
            self._changed.notify()
        for request in left:
            request.sink.finished(EngineClosedError("the engine is shut down"))

    def _requests(self) -> list[Request]:
        return [*(running.request for running in self._running), *self._waiting]

    def _drop(self, request: Request, outcome: str) -> None:
        request.cancelled = True
        self._waiting.discard(request)
        self.metrics.queue_length = len(self._waiting)
        self._end(request, outcome)

    def _end(self, request: Request, outcome: str) -> None:
        """Note how it ended; what comes after that, such as a cancelled request's last step, is not counted."""
        if request.times.outcome:
            return
        request.times.note_end(outcome)
        self.metrics.note_end(request.times)
        _LOGGER.debug("%s", request.times)

    def _work(self) -> None:
        try:
            self._load_and_serve()
        finally:
            atexit.unregister(self.close)
            self.ended.set_result(None)

    def _load_and_serve(self) -> None:
        try:
            model = self._open_model()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller of load gets it
            with self._changed:
                self._closing = True
            self.loaded.set_exception(error)
            return
        self.loaded.set_result(model)
        try:
            self._serve(model)
        except BaseException:
            # A library's panic is no Exception, and what a thread raises nobody hears.
            _LOGGER.exception("the engine has failed and is shut down")
        finally:
            self.begin_close()
            for running in self._running:
                running.close()
            model.close()

    def _serve(self, model: M) -> None:
        while True:
            with self._changed:
                while not (self._closing or self._waiting or self._running or self._forgotten):
                    self._changed.wait()
                if self._closing:
                    return
                forgotten, self._forgotten = self._forgotten, []
            for history in forgotten:
                model.sequences.forget(history)
            self._drop_cancelled(model)
            self._admit(model)
            if self._running:
                self._take_turn(model)
            self.metrics.sequences_taken = len(self._running)
            self.metrics.rows_taken = model.sequences.rows_taken

    def _drop_cancelled(self, model: M) -> None:
        for running in [running for running in self._running if running.request.cancelled]:
            self._leave(model, running)

    def _admit(self, model: M) -> None:
        while True:
            with self._changed:
                admitted = self._waiting.admit(model.sequences, model.command_rows, self._running)
                if admitted is None:
                    return
                request, sequence = admitted
                self.metrics.queue_length = len(self._waiting)
                if sequence is not None:
                    request.times.note_begun()
                    running = RunningRequest(request, sequence)
                    self._running.append(running)
                else:
                    self._end(request, GaveWayError.code)
            if sequence is not None:
                self._advance(model, running, None)
            else:
                request.sink.finished(GaveWayError(_GAVE_WAY))

    def _take_turn(self, model: M) -> None:
        turn = self._policy.choose(self._running)
        with self._changed:
            for running in turn:
                self._running.remove(running)
                self._running.append(running)
        try:
            results = self._run(model, turn)
        except Exception as error:  # noqa: BLE001 - one request's failure is not the daemon's
            for running in turn:
                self._fail(model, running, error)
            return
        for running, result in zip(turn, results, strict=True):
            self._advance(model, running, result)

    def _run(self, model: M, turn: Items[RunningRequest]) -> Items[Any]:
        """Carry out the steps of ``turn`` and note how long it took."""
        step = turn[0].step
        began = self._step_began = time.monotonic()
        try:
            results = model.run([(running.sequence, running.step) for running in turn])
        finally:
            self._step_began = None
        took = time.monotonic() - began
        name = type(step).__name__
        self.metrics.note_step(name, took)
        for running in turn:
            running.request.times.note_step(name, took)
        if isinstance(step, GenerateAudioFrame):
            self._waiting.pace.note(len(turn), took)
        return results

    def _advance(self, model: M, running: RunningRequest, result: Any) -> None:
        if running.request.cancelled:
            return
        try:
            goes_on = running.advance(result)
            while goes_on and isinstance(running.step, Instant):
                (result,) = self._run(model, [running])
                goes_on = running.advance(result)
        except Exception as error:  # noqa: BLE001 - one request's failure is not the daemon's
            self._fail(model, running, error)
            return
        if not goes_on:
            self._leave(model, running)
            self._finish(running.request, None)

    def _fail(self, model: M, running: RunningRequest, error: Exception) -> None:
        if not isinstance(error, EngineError):
            _LOGGER.error("a request failed unexpectedly", exc_info=error)
            error = EngineError(f"the engine failed ({type(error).__name__})")
        self._leave(model, running)
        self._finish(running.request, error)

    def _finish(self, request: Request, error: EngineError | None) -> None:
        with self._changed:
            if request.cancelled:
                return
            self._end(request, error.code if error is not None else "done")
        request.sink.finished(error)

    def _leave(self, model: M, running: RunningRequest) -> None:
        running.close()
        model.sequences.give_back(running.sequence)
        # Last, so that its sink is told with all others if the sequence cannot be given back.
        with self._changed:
            self._running.remove(running)

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
from wyoming_lfm2.engine.model.kv_cache import KvCache, Sequence
from wyoming_lfm2.engine.requests.steps import Instant, Step
from wyoming_lfm2.engine.scheduling.policy import SchedulingPolicy
from wyoming_lfm2.engine.scheduling.request import OutputSink, Request, RequestSpec
from wyoming_lfm2.engine.scheduling.running import RunningRequest

_LOGGER = logging.getLogger(__name__)

_LONGEST_STEP_S = 60.0
"""No step takes longer, even on a machine that is nearly stalled."""


class Model(Protocol):
    """What the scheduler needs of a :class:`~wyoming_lfm2.engine.model.runner.ResidentModel`."""

    @property
    def sequences(self) -> KvCache:
        """Where requests get their sequences from."""
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

    Requests wait in a bounded queue until a sequence and enough context are free, first
    come, first served. Those that have a sequence take turns, one step each, in the order
    that :class:`SchedulingPolicy` says; when it is the turn of one that decodes a token, all that decode
    a token go along, because llama.cpp reads the weights once for all of them. So do those
    that speak a frame.

    What is spare, because nobody waits for it, is begun only when nothing else is here, and is
    dropped before its next step when something else comes.
    """

    def __init__(self, open_model: Callable[[], M], most_jobs: int) -> None:
        """Start the thread, which calls ``open_model`` first.

        :param most_jobs: requests, running and waiting, before one more is refused.
        """
        self._open_model = open_model
        self._most_jobs = most_jobs
        self._changed = threading.Condition()
        self._waiting: deque[Request] = deque()
        self._running: deque[RunningRequest] = deque()
        self._turns = SchedulingPolicy()
        self._closing = False
        self._step_began: float | None = None
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
        self, work: RequestSpec, client: OutputSink, spare: Callable[[], bool] | None = None
    ) -> Request:
        """Queue a request; from any thread.

        :param spare: whether nobody waits for it, asked whenever something else comes; default:
            somebody does. From any thread.
        :raises EngineBusyError: too many requests are here already.
        :raises GaveWayError: it is spare, and something else is here; its client may get this later, too.
        :raises ContextFullError: it would not fit even if it were alone.
        :raises EngineClosedError: the scheduler is closing or has failed.
        """
        with self._changed:
            if self._closing:
                raise EngineClosedError("the engine is shut down")
            capacity = self.loaded.result(timeout=0).sequences.capacity
            if work.rows > capacity:
                raise ContextFullError(
                    f"the request needs {work.rows} rows of context and the model has {capacity}"
                )
            job = Request(work, client, spare)
            here = [other for other in self._jobs() if not other.cancelled]
            if job.spare and here:
                raise GaveWayError(_GAVE_WAY)
            dropped = [other for other in here if other.spare]
            if len(here) - len(dropped) >= self._most_jobs:
                raise EngineBusyError("too many requests are waiting; try again later")
            for other in dropped:
                self._drop(other)
            self._waiting.append(job)
            self._changed.notify()
        for other in dropped:
            other.client.finished(GaveWayError(_GAVE_WAY))
        return job

    def cancel(self, job: Request) -> None:
        """Stop a request before its next step; its client hears nothing more. From any thread."""
        with self._changed:
            self._drop(job)
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
            jobs = self._jobs()
            self._waiting.clear()
            left = [job for job in jobs if not job.cancelled]
            for job in left:
                job.cancelled = True
            self._changed.notify()
        for job in left:
            job.client.finished(EngineClosedError("the engine is shut down"))

    def _jobs(self) -> list[Request]:
        return [*(running.job for running in self._running), *self._waiting]

    def _drop(self, job: Request) -> None:
        job.cancelled = True
        if job in self._waiting:
            self._waiting.remove(job)

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
                running.request.close()
            model.close()

    def _serve(self, model: M) -> None:
        while True:
            with self._changed:
                while not (self._closing or self._waiting or self._running):
                    self._changed.wait()
                if self._closing:
                    return
            self._drop_cancelled(model)
            self._admit(model)
            if self._running:
                self._take_turn(model)

    def _drop_cancelled(self, model: M) -> None:
        for running in [running for running in self._running if running.job.cancelled]:
            self._leave(model, running)

    def _admit(self, model: M) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    return
                job = self._waiting[0]
                # The one at the head waits for its room: nobody overtakes it for ever.
                spare = job.spare
                sequence = model.sequences.take(job.work.rows, job.work.after, spare=spare)
                if sequence is None and not spare:
                    return
                self._waiting.popleft()
                if sequence is not None:
                    running = RunningRequest(job, sequence)
                    self._running.append(running)
            if sequence is not None:
                self._advance(model, running, None)
            else:
                job.client.finished(GaveWayError(_GAVE_WAY))

    def _take_turn(self, model: M) -> None:
        turn = self._turns.choose(self._running)
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
        """Carry out the steps of ``turn``."""
        self._step_began = time.monotonic()
        try:
            return model.run([(running.sequence, running.step) for running in turn])
        finally:
            self._step_began = None

    def _advance(self, model: M, running: RunningRequest, result: Any) -> None:
        if running.job.cancelled:
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
            running.job.client.finished(None)

    def _fail(self, model: M, running: RunningRequest, error: Exception) -> None:
        if not isinstance(error, EngineError):
            _LOGGER.error("a request failed unexpectedly", exc_info=error)
            error = EngineError(f"the engine failed ({type(error).__name__})")
        self._leave(model, running)
        if not running.job.cancelled:
            running.job.client.finished(error)

    def _leave(self, model: M, running: RunningRequest) -> None:
        running.request.close()
        model.sequences.give_back(running.sequence)
        # Last, so that its client is told with all others if the sequence cannot be given back.
        with self._changed:
            self._running.remove(running)

"""A request between two of its steps."""

from __future__ import annotations

from typing import Any

from wyoming_lfm2.engine.model.kv_cache import Sequence
from wyoming_lfm2.engine.requests.steps import Output, Step
from wyoming_lfm2.engine.scheduling.request import Request


class RunningRequest:
    """A job that holds a sequence, and the step it wants to do next."""

    def __init__(self, job: Request, sequence: Sequence) -> None:
        self.job = job
        self.sequence = sequence
        self.listener = job.work.listener
        self.request = job.work.run()
        self.step: Step

    def advance(self, result: Any) -> bool:
        """Go on with a step's result up to the next step; false when the request is complete."""
        try:
            item = self.request.send(result)
            while isinstance(item, Output):
                self.job.client.output(item.value)
                item = self.request.send(None)
        except StopIteration:
            return False
        self.step = item
        return True

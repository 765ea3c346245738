"""How the learning rate rises and falls over a run."""

from __future__ import annotations

import math


def learning_rate(step: int, done: float, peak: float, warm_up: int, level: float = 0.0) -> float:
    """Linear warm-up over ``warm_up`` steps, ``peak`` for a share ``level`` of the time, then a cosine down to 2 %.

    :param done: share of the time that is spent; what is above 1 counts as 1.
    """
    fall = min(1.0, max(0.0, (done - level) / (1 - level)))
    return peak * min(1.0, (step + 1) / warm_up) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * fall)))

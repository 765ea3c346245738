"""Under what circumstances something is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wyoming_lfm2.gguf.quantization import Quantization


@dataclass(frozen=True)
class Configuration:
    """One column of the table."""

    quantization: Quantization
    threads: int
    wait_policy: Literal["passive", "active"]
    busy: bool
    """Whether another program keeps one processor busy meanwhile."""

    @property
    def title(self) -> str:
        """Heading of the column."""
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        # A single thread waits for nobody.
        waiting = f", {self.wait_policy}" if self.threads > 1 else ""
        return f"{self.quantization.value}, {threads}{waiting}{', busy' if self.busy else ''}"

    @property
    def quiet_twin(self) -> Configuration:
        """The same without the other program."""
        return Configuration(self.quantization, self.threads, self.wait_policy, busy=False)


def default_configurations() -> list[Configuration]:
    """Q4_0 in every way, Q8_0 in the default one."""
    q4_0 = [
        Configuration(Quantization.Q4_0, threads, policy, busy)
        for busy in (False, True)
        for threads, policy in _WAYS
    ]
    return [*q4_0, Configuration(Quantization.Q8_0, 2, "passive", busy=False)]


_WAYS: tuple[tuple[int, Literal["passive", "active"]], ...] = ((2, "passive"), (2, "active"), (1, "passive"))

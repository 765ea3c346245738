"""Several processes, one thread each, that train one model.

On a busy machine this beats one process with several threads, which wait for each
other in every operation; here they wait once a step. Started by ``torchrun``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor


class Workers:
    """The processes of this run; a run without ``torchrun`` is one worker."""

    def __init__(self) -> None:
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        if self.size > 1:
            dist.init_process_group("gloo")

    def average(self, gradients: Iterable[Tensor], done: float) -> float:
        """Replace each gradient by the mean over all workers, and return the mean of ``done``.

        So all workers agree on how far the run is and stay the same to the bit.
        """
        tensors = list(gradients)
        if self.size == 1:
            return done
        flat = torch.cat([torch.tensor([done]), *(t.flatten() for t in tensors)]).bfloat16()
        dist.all_reduce(flat)
        mean = flat.float() / self.size
        for tensor, part in zip(tensors, mean[1:].split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))
        return float(mean[0])

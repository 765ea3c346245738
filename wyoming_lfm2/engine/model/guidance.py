"""Classifier-free guidance: away from what would be said if the text were not known.

Ho and Salimans 2022 (arXiv:2207.12598), on logits as Sanchez et al. 2023 (arXiv:2306.17806) apply it to language
models. What is unlikely with the text stays out of the question however much unlikelier it is without:
the plausibility constraint of contrastive decoding (Li et al. 2023, arXiv:2210.15097).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_IMPLAUSIBLE = 4.0
"""Nats below the likeliest code with the text from which a code is not drawn: 2 % of its probability."""


def guided(told: NDArray[np.float32], untold: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """Logits to draw from.

    :param told: logits given the text: float32, shape ``(codes,)``.
    :param untold: logits without it, the same shape.
    :param scale: 1 is ``told`` without what is implausible, more leads further away from ``untold``.
    :returns: float32, shape ``(codes,)``; ``-inf`` where a code is implausible.
    """
    leads = told + np.float32(scale - 1) * (told - untold)
    leads[told < told.max() - _IMPLAUSIBLE] = -np.inf
    return leads

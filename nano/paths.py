"""Where corpora and training state live: the folder named by ``NANO_WORK``, ``nano/work`` unless it is set."""

from __future__ import annotations

import os
from pathlib import Path

WORK = Path(os.environ.get("NANO_WORK", Path(__file__).parent / "work"))

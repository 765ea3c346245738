"""``python -m wyoming_lfm2``."""

from __future__ import annotations

import sys

from wyoming_lfm2.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

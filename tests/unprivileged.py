"""Processes that are refused what ordinary users are refused, even where the tests run as root."""

from __future__ import annotations

import ctypes
import subprocess
import sys

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


def run_python(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with ``words``; permissions of files count for it, whoever it is."""
    libc = ctypes.CDLL(None)

    def give_up_privileges() -> None:
        # Refused to anybody but root, who is the only one who has them.
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)

    return subprocess.run(
        [sys.executable, *words],
        preexec_fn=give_up_privileges,
        capture_output=True,
        text=True,
        check=False,
    )

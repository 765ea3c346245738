"""Processes that are refused what ordinary users are refused, even where the tests run as root."""

from __future__ import annotations

import subprocess
import sys

_GIVE_UP = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
    # Refused to anybody but root, who is the only one who has them.
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def run_python(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with ``words``; permissions of files count for it, whoever it is."""
    command = [sys.executable, "-c", _GIVE_UP, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)

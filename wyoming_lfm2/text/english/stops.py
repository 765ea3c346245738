"""The dot of an abbreviation that is also the stop of its sentence."""

from __future__ import annotations

import re

_END = re.compile(
    r"[\s\"')\]]*$"
    # A name goes on: "Wed. Jan. 3", "7 p.m. Monday", "7 p.m. EST".
    r"|\s+(?!(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|UTC)|[A-Z]{1,3}T\b)[\"'(]*[A-Z]"
)


def stop_behind(found: re.Match[str]) -> str:
    """A dot if the one at the end of ``found`` also ends its sentence, else nothing."""
    return "." if found[0].endswith(".") and _END.match(found.string, found.end()) else ""

"""Words that this server adds to the Wyoming protocol. Other servers and clients pass over them."""

from __future__ import annotations

VAD_OFF = "off"
"""``vad_sensitivity`` of ``transcribe`` for a recording, which has an end of its own: do not listen for one."""

HEALTH_CHECK = "health_check"
"""In the ``context`` of ``transcribe``, true: nobody has said this, it is only to find out whether the model answers.
It is answered like any other, but neither logged nor saved."""

STALLED_S = "stalled_s"
"""In ``pong``: seconds that the model has been busy with one step, 0 if with none."""

STALLED_CODE = "stalled"
"""Of the ``error`` that says that the model hangs in a step."""

"""The tests share a machine with whatever else runs there: idle threads sleep, as they do by default when serving."""

from __future__ import annotations

from wyoming_lfm2.engine.process_environment import prepare

prepare("passive")

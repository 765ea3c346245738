from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path

import pytest

from wyoming_lfm2.satellite.hooks import Hooks, HookSettings

WRITE = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
SLEEP_AND_WRITE = (
    "import sys, time; time.sleep(float(sys.argv[2])); open(sys.argv[1], 'a').write(sys.stdin.read())"
)


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def test_a_command_gets_its_event_as_json(tmp_path: Path) -> None:
    out = tmp_path / "out"
    hooks = Hooks(HookSettings({"transcript": [python(WRITE, out)]}))
    hooks.fire("transcript", {"text": "schöne $HOME `date`; rm", "run": 3})
    hooks.fire("answer", {"text": "not wanted"})
    await hooks.close()
    assert lines(out) == [{"event": "transcript", "text": "schöne $HOME `date`; rm", "run": 3}]


async def test_a_command_for_every_event_sees_their_order_though_the_first_is_slow(tmp_path: Path) -> None:
    out = tmp_path / "out"
    hooks = Hooks(
        HookSettings({"*": [python(SLEEP_AND_WRITE, out, 0)], "wake": [python(SLEEP_AND_WRITE, out, 0.5)]})
    )
    for event in ("wake", "listening", "idle"):
        hooks.fire(event, {})
    await hooks.close()
    assert [line["event"] for line in lines(out)] == ["wake", "wake", "listening", "idle"]


async def test_unduck_comes_after_duck_though_it_is_another_program(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "python"
    other.symlink_to(sys.executable)
    hooks = Hooks(
        HookSettings(
            {"duck": [python(SLEEP_AND_WRITE, out, 0.5)], "unduck": [[str(other), "-c", WRITE, str(out)]]},
            most_at_once=1,
        )
    )
    hooks.fire("duck", {})
    hooks.fire("unduck", {})
    await hooks.close()
    assert [line["event"] for line in lines(out)] == ["duck", "unduck"]


async def test_nobody_waits_for_a_slow_command_and_it_is_ended_with_its_children(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pid_file = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "open(sys.argv[1] + '.new', 'w').write(str(child.pid))\n"
        "import os; os.rename(sys.argv[1] + '.new', sys.argv[1]); time.sleep(60)"
    )
    hooks = Hooks(HookSettings({"wake": [python(code, pid_file)]}, limit_s=3.0))
    before = time.monotonic()
    hooks.fire("wake", {})
    assert time.monotonic() - before < 1.0
    await hooks.close()
    child = int(pid_file.read_text())
    for _ in range(200):
        if not is_running(child):
            break
        await asyncio.sleep(0.05)
    assert not is_running(child)
    assert "took over 3 s" in caplog.text


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["/no/such/program"], "No such file"),
        (python("import sys; sys.exit('the lamp is off')"), "the lamp is off"),
        ([], "cannot be started"),
        (["nul\0byte"], "cannot be started"),
    ],
)
async def test_a_command_that_fails_is_one_line_in_the_log(
    command: list[str], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    hooks = Hooks(HookSettings({"wake": [command]}))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            hooks.fire("wake", {})
        await hooks.close()
    (record,) = caplog.records
    assert text in record.getMessage()


async def test_a_command_may_leave_its_input_unread(caplog: pytest.LogCaptureFixture) -> None:
    hooks = Hooks(HookSettings({"answer": [python("import os; os.close(0)")]}))
    hooks.fire("answer", {"text": "x" * 1_000_000})
    await hooks.close()
    assert caplog.records == []


async def test_too_many_commands_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    out = tmp_path / "out"
    hooks = Hooks(HookSettings({"wake": [python(WRITE, out)]}, most_at_once=2))
    for _ in range(5):
        hooks.fire("wake", {})
    await hooks.close()
    assert len(lines(out)) == 2
    assert "still running" in caplog.text
    hooks.fire("wake", {})
    await hooks.close()
    assert len(lines(out)) == 3


async def test_ctrl_c_is_for_the_satellite_alone(tmp_path: Path) -> None:
    out = tmp_path / "group"
    code = "import os, sys; open(sys.argv[1], 'w').write(str(os.getpgrp()))"
    hooks = Hooks(HookSettings({"wake": [python(code, out)]}))
    hooks.fire("wake", {})
    await hooks.close()
    assert int(out.read_text()) != os.getpgrp()

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import json, os, re, signal, socket, sys, threading, time
from wyoming_lfm2.cli.main import main

def stop_when_it_answers(path):
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
                client.sendall(b'{"type": "describe"}\\n')
                if client.recv(10):
                    break
        except OSError:
            time.sleep(0.05)
    time.sleep(0.5)
    # Not getrusage: that counts what the process was before it became this program, too.
    peak = int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
    print(json.dumps([sorted(sys.modules), peak]), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

path, *arguments = sys.argv[1:]
threading.Thread(target=stop_when_it_answers, args=(path,), daemon=True).start()
sys.exit(main(arguments))
"""


def test_a_satellite_without_a_model_loads_no_llama_cpp_and_no_engine(tmp_path: Path) -> None:
    path = tmp_path / "hub.sock"
    arguments = [
        *("satellite", "--no-discovery", "--uri", f"unix://{path}", "--cache", str(tmp_path)),
        *("--control", str(tmp_path / "control.sock")),
        *("--set", f"satellite.microphone_command={sys.executable},-c,import time; time.sleep(60)"),
        *("--set", "satellite.loudspeaker_command=cat"),
    ]
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    modules, kilobytes = json.loads(run.stdout.splitlines()[-1])
    assert "wyoming_lfm2.satellite.runtime" in modules
    heavy = ("llama_cpp", "wyoming_lfm2.engine.engine", "wyoming_lfm2.engine.llama", "torch", "gguf")
    assert [name for name in modules if name.startswith(heavy)] == []
    assert kilobytes < 250_000
    assert "Traceback" not in run.stderr
    # A machine that is very busy makes it end at its deadline, without having tidied up.
    assert not path.exists() or "left behind" in run.stderr

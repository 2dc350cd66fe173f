"""Many inputs in child processes: who crashes, hangs or grows names the input, and is replaced."""

import json
import mmap
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzz.child import OURS, PLACE, content_of

TESTS = Path(__file__).resolve().parents[1]


@dataclass
class Findings:
    """Hold what came of many inputs: how many of each target, and which broke a promise."""

    done: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    broken: list[dict[str, Any]] = field(default_factory=list)

    def of(self, target):
        """Give what is wrong with a target, a line each."""
        return [told(one) for one in self.broken if one["target"] == target]


def told(one):
    """Write a finding as a line."""
    where = f" at {one['where']}" if one["where"] else ""
    return f"{one['target']} {one['index']}: {one['kind']}: {one['what']}{where}"


def run(seed, counts, processes=2, patience=60.0, saved=None, first=0):
    """Try so many inputs of every target, counted from `first`; save the wrong ones in a folder."""
    findings = Findings()
    lanes = [
        [f"{name}:{first + lane}:{first + count}:{processes}" for name, count in counts.items()]
        for lane in range(processes)
    ]
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda jobs: _lane(seed, jobs, patience, findings), lanes))
    if saved:
        _save(seed, findings, Path(saved))
    return findings


def _lane(seed, jobs, patience, findings):
    """Do jobs in one child after the other, each going on where the last one ended."""
    while jobs:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            jobs = _child(seed, jobs, patience, findings, Path(folder))


def _child(seed, jobs, patience, findings, folder):
    """Run one child; give the jobs that are left when it ends."""
    note = folder / "place"
    note.write_bytes(PLACE.pack(0, -1))
    work = folder / "work"
    work.mkdir()
    command = [sys.executable, "-m", "fuzz.child", str(seed), str(note), *jobs]
    paths = [str(TESTS), str(TESTS.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "XDG_CONFIG_HOME": str(work),
        "HOME": str(work),
    }
    with open(folder / "said", "wb") as said, open(note, "rb") as file:
        process = subprocess.Popen(
            command, cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=said, text=True,
        )  # fmt: skip
        place = mmap.mmap(file.fileno(), PLACE.size, access=mmap.ACCESS_READ)
        listening = threading.Thread(target=_listen, args=(process.stdout, findings))
        listening.start()
        hung = _watch(process, place, patience)
        listening.join()
    process.stdout.close()
    if process.returncode == 0:
        return []
    number, index = PLACE.unpack_from(place, 0)
    if index < 0 or process.returncode == OURS:
        raise RuntimeError((folder / "said").read_text(errors="replace")[-3000:])
    kind = "hang" if hung else _name_of(process.returncode)
    trace = (
        Path(f"{note}.trace").read_text() + (folder / "said").read_text(errors="replace")[-2000:]
    )
    target, _, last, step = jobs[number].split(":")
    told_so = {"what": trace.strip().splitlines()[0] if trace.strip() else "", "where": ""}
    findings.broken.append(
        {"target": target, "index": index, "kind": kind, "trace": trace, "digest": "", **told_so}
    )
    return [f"{target}:{index + int(step)}:{last}:{step}", *jobs[number + 1 :]]


def _listen(stream, findings):
    for line in stream:
        said = json.loads(line)
        if "kind" in said:
            findings.broken.append(said)
        else:
            findings.done[said["target"]] += said["done"]
            findings.refused[said["target"]] += said["refused"]


def _watch(process, place, patience):
    """Wait for a child's end; end it where it stays at one input for too long."""
    seen, since = None, 0.0
    while True:
        try:
            process.wait(0.5)
            return False
        except subprocess.TimeoutExpired:
            now = bytes(place[:])
            since = since + 0.5 if now == seen else 0.0
            seen = now
            if since >= patience:
                process.kill()
                process.wait()
                return True


def _name_of(code):
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _save(seed, findings, folder):
    """Write the bytes of every finding, and what is known of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in findings.broken:
        path = folder / f"{one['target']}-{one['kind']}-{one['index']}"
        path.write_bytes(content_of(seed, one["target"], one["index"]))
        path.with_name(path.name + ".txt").write_text(told(one) + "\n" + one["trace"])

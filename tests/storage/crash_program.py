"""A program that works on a run folder and kills itself at the n-th thing it asks of the disk.

    python crash_program.py < COMMANDS

Each line of the commands is `SCENARIO FOLDER N`; a process is forked for it (so that PyTorch is
imported once), does what the scenario says, and gets SIGKILL just before it opens, renames, links,
truncates or deletes for the N-th time (0: never). Then one line of JSON says how it ended:
`killed`, and `acknowledged`, the checkpoints that had been reported as saved.
"""

import json
import os
import signal
import sys

import torch

from redraw.storage.checkpoint import Checkpoint
from redraw.storage.run_folder import RunFolder

CONFIG = {"scenario": "crash"}
EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.truncate", "os.mkdir", "os.rmdir"}
LAST = 3


def checkpoint(step):
    """What the checkpoint of `step` holds: enough for several writes."""
    tensors = {
        "weight": torch.full((40_000,), float(step)),
        "moment": torch.arange(40_000) * step,
    }
    return Checkpoint(step, {"step again": step}, tensors)


def entry(step):
    """What the log says of `step`."""
    return {"step": step, "loss": 1 / (step + 1)}


def work(run, report):
    """Go on from the last checkpoint to `LAST`, as a fit does."""
    latest = run.latest_checkpoint()
    run.rewind(latest)
    for step in range(latest.step + 1 if latest else 0, LAST + 1):
        run.append_log(entry(step))
        run.frame_path(step).write_bytes(b"png")
        run.save_checkpoint(checkpoint(step))
        report(step)


def fill(path):
    """What a run can't be without."""
    (path / "picture.safetensors").write_bytes(b"picture")


def fit(path, report):
    """A new run."""
    with RunFolder.create(path, CONFIG, fill=fill) as run:
        work(run, report)


def resume(path, report):
    """A run that exists."""
    with RunFolder.open(path) as run:
        work(run, report)


def replace(path, report):
    """A new run in place of one that exists."""
    with RunFolder.create(path, {**CONFIG, "another": True}, force=True, fill=fill) as run:
        work(run, report)


def kill_at(count):
    """Kill this process at the `count`-th event of the file system."""
    seen = 0

    def hook(event, arguments):
        nonlocal seen
        if event in EVENTS:
            seen += 1
            if seen == count:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main():
    """Serve the commands on standard input."""
    for line in sys.stdin:
        scenario, path, count = line.split()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            kill_at(int(count))
            {"fit": fit, "resume": resume, "replace": replace}[scenario](
                path, lambda step, pipe=writing: os.write(pipe, bytes([step]))
            )
            os._exit(0)
        os.close(writing)
        acknowledged = list(os.read(reading, 100))
        while more := os.read(reading, 100):
            acknowledged += more
        os.close(reading)
        status = os.waitpid(child, 0)[1]
        result = {
            "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            "finished": status == 0,
            "acknowledged": acknowledged,
        }
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

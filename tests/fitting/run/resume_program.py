"""A program that fits, and is killed in the middle.

    python resume_program.py < COMMANDS

Each line of the commands is a JSON object: `run`, the run folder; `engine`; `footprint`, if labels
are to be fitted that compare their pixels through one; and how it is to be killed by SIGKILL:
`after` that many seconds, or `at` the n-th thing that it asks of the disk `in`
the checkpoints or anywhere in the run folder (opening, syncing, renaming, deleting), or never. A
process is forked for it, so that PyTorch is imported once; nothing of it is used before the fork.
The process begins the run, or resumes it where there is one. Then one line of JSON says how it
ended: `killed` or `finished`, and how many things it asked of the disk.
"""

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch

from redraw.engines import engines
from redraw.errors import RedrawError
from redraw.fields import FieldConfig
from redraw.fitting.plan.config import RunConfig, TrainConfig
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.run import Run
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.storage.run_config import is_run_folder

OPENING = {"open", "os.rename", "os.link", "os.remove", "os.truncate", "os.mkdir"}
STEPS = 100


def picture():
    """Rings in colour, with a hole in the middle."""
    y, x = np.mgrid[:14, :17]
    away = np.hypot(x - 8, y - 6)
    values = np.stack([0.5 + 0.5 * np.sin(away * k) for k in (0.7, 0.9, 1.1)], -1)
    colour = Colour("rgb", alpha=False, depth=8)
    return Picture(values.astype(np.float32), colour, known=away > 2)


def config(engine):
    """Everything that has a state: Adam, batches across epochs, jitter, sharpening, warm-up."""
    return RunConfig(
        "siren",
        FieldConfig(channels=3, hidden=(16, 12), omega=10.0, omega_first=10.0, output="sigmoid"),
        TrainConfig(
            steps=STEPS,
            batch=37,
            lr_max=5e-3,
            warmup=0.1,
            footprint="box",
            samples=4,
            sharpen=6.0,
        ),
        seed=11,
        engine=engine,
        threads=1,
        frames=12,
        checkpoint_every=1e-3,
    )


def of_labels(engine, footprint):
    """Labels and their optimizer, with colours where they began, and the detail that follows."""
    return prepare(
        picture(),
        model="cel",
        steps=STEPS,
        engine=engine,
        threads=1,
        seed=11,
        frames=12,
        settings={"footprint": footprint, "checkpoint_every": 1e-3},
    )


def fit(command, note):
    """Begin the run or continue it, to its end."""
    folder = Path(command["run"])
    engine, footprint = command["engine"], command.get("footprint")
    if not is_run_folder(folder):
        plan = of_labels(engine, footprint) if footprint else config(engine)
        run = Run.start(picture(), plan, folder)
    else:
        try:
            run = Run.resume(folder)
        except RedrawError:
            # Killed before the picture was in the folder: nothing was learned yet.
            if (folder / "picture.safetensors").exists():
                raise
            note["begun again"] = True
            plan = of_labels(engine, footprint) if footprint else config(engine)
            run = Run.start(picture(), plan, folder, force=True)
    for _ in run.events():
        pass


def work(command, report):
    """In the child: count what it asks of the disk, die when told, say that it finished."""
    torch.set_num_threads(1)
    where = str(Path(command["run"]) / command.get("in", ""))
    note = {"finished": True, "asked": 0}

    def ask(path):
        if str(path).startswith(where):
            note["asked"] += 1
            if note["asked"] == command.get("at"):
                os.kill(os.getpid(), signal.SIGKILL)

    def audit(event, arguments):
        if event in OPENING and isinstance(arguments[0], (str, os.PathLike)):
            ask(arguments[0])

    def syncing(descriptor):
        # Without syncing: what a killed process has written is not lost, only what it has not.
        ask(os.readlink(f"/proc/self/fd/{descriptor}"))

    os.fsync = syncing
    sys.addaudithook(audit)
    fit(command, note)
    os.write(report, json.dumps(note).encode())


def main():
    """The server: a child for every command."""
    # Before forking: the engines, and what the first step of torch.optim imports, for seconds.
    engines()
    importlib.import_module("torch._dynamo")
    for line in sys.stdin:
        command = json.loads(line)
        read, write = os.pipe()
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            try:
                work(command, write)
            except BaseException:
                import traceback

                traceback.print_exc()
            os._exit(0)
        os.close(write)
        if "after" in command:
            while time.monotonic() - began < command["after"]:
                if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    break
                time.sleep(5e-4)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        note = json.loads(os.read(read, 1000) or b"{}")
        os.close(read)
        note["killed"] = os.WIFSIGNALED(status) and not note
        note["seconds"] = time.monotonic() - began
        sys.stdout.write(json.dumps(note) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

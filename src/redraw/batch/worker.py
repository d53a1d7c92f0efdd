"""The process that carries out tasks: `python -m redraw.batch.worker`, spoken to by lines of JSON.

The first line is the settings of all tasks, each further one a task; each answer is a line too.
It ends when nobody is at the other end any more, whatever it is doing: a killed command leaves no
processes behind. Started as a program of its own, so that a script that asks for many fits needs no
`if __name__ == "__main__"`.
"""

import json
import os
import queue
import signal
import sys
import threading

from redraw.batch.task import Settings, carry_out, plain, task_from


def main() -> None:
    """Answer until the input ends."""
    # Ctrl-C in a terminal reaches the whole group; the command decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    orders: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            orders.put(line)
        os._exit(0)  # nobody waits for an answer any more

    threading.Thread(target=listen, daemon=True).start()
    settings = Settings(**json.loads(orders.get()))
    from redraw.fitting.run.run import Run  # noqa: F401 (while the first picture is looked for)

    answers.write('{"ready":true}\n')
    answers.flush()
    while True:
        done = carry_out(task_from(json.loads(orders.get())), settings)
        answers.write(json.dumps(plain(done)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

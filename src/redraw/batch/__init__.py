"""Many pictures: one command, a process per core, a manifest that a later command goes on from.

inputs.py    names, folders, patterns and lists to pictures, and where each field file goes
manifest.py  what became of each picture, line by line, so that nothing is lost or done twice
task.py      one picture's fit, described in plain values: what a worker or a cluster is sent
worker.py    the process that carries out tasks, one after another
workers.py   several such processes, and how many tasks they may have at once
batch.py     all of it: what is left to do, what came of it
api.py       `redraw.fit_many`, for Python
places.py    Where pictures and fields lie
"""

"""One fit: what is asked for, the run, and what it leaves behind.

api.py    `redraw.fit`, for Python
start.py  the start of a fit, with its early first frame, for every face
early.py  the first frame of a fit that has so many seconds, before these are tried
timing.py a fit that keeps to its seconds, however large its picture
large/    a picture larger than memory, tile by tile
plan/     what a fit will do, decided before it begins
run/      a fit in progress
subject/  a signal in the hands of a run
result/   the fitted field
"""

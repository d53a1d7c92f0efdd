"""One fit: what is asked for, the run, and what it leaves behind.

api.py    `redraw.fit`, for Python
start.py  the start of a fit, with its early first frame, for every face
plan/     what a fit will do, decided before it begins
run/      a fit in progress
subject/  a signal in the hands of a run
result/   the fitted field
"""

"""One fit: what is asked for, the run, and what it leaves behind.

api.py    `redraw.fit`, for Python
plan/     what a fit will do, decided before it begins
run/      a fit in progress
subject/  a signal in the hands of a run
result/   the fitted field
"""

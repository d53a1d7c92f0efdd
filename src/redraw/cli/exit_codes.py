"""What the process says when it ends, beside 0 (done), 1 (failed) and 2 (wrong usage)."""

INTERRUPTED = 130  # by Ctrl-C or SIGTERM; what was learned is saved, and resumable

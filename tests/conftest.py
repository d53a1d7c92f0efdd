"""What every test may rely on."""

import os

# Before anything imports NumPy or PyTorch, and inherited by programs that tests start: the suite
# runs one process per core, where further pools of threads would only get in each other's way.
for pool in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(pool, "1")

# A user's own settings must not decide whether the tests pass.
for name in [name for name in os.environ if name.startswith("REDRAW_")]:
    del os.environ[name]

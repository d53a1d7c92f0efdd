"""`python -m redraw`, the same as `redraw`."""

import sys

from redraw.cli import main

if __name__ == "__main__":
    sys.exit(main())

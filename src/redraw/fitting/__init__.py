"""One fit: what is asked for, the loop, and what it reports."""

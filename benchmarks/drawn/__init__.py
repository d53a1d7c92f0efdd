"""The benchmarks' own drawings: each file draws one, at any size."""

"""One fit of a picture larger than memory: two passes over it, in tiles, kept on the disk.

fit.py       the whole fit: read, find the step, write the blocks, put the file together
asked.py     what such a fit can be asked for
progress.py  how far it is
scratch.py   what is kept on the disk meanwhile, so that a killed fit goes on
passes.py    a pass over one level: tiles by threads
spread.py    how the coefficients of all bands spread, and which step makes a wanted quality of that
squares.py   squares with fields of their own, which draw the picture larger
together.py  the file, put together from what was kept
samples.py   parts of the picture that are fitted in memory first: what is true of the estimate
"""

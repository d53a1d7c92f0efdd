"""Coded pictures: found in one go, drawn from whole numbers.

answer.py   The coded picture that a fit asks for, in NumPy and kernels alone
drawer.py   Drawing coded pictures: pixels to the bit, and smooth between them
flat_colours.py  The quality that keeps colours which a picture has exactly over areas
mosaic_drawer.py  Drawing pictures larger than memory
session.py  A session of a coded picture: its start finds one, its steps make it better
solver.py   The coding solver, as the table of solvers has it
stored.py   What a coded field holds, as whole numbers
tiles.py    A picture's tiles, unpacked when a drawing first shows them
"""

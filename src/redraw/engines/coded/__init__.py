"""Coded pictures: found in one go, drawn from whole numbers.

solver   what the table of solvers is told
answer   the coded picture that a fit asks for, in NumPy and kernels alone
session  a session, whose steps have nothing left to do
drawer   pixels to the bit, and the spline between them

answer.py   The coded picture that a fit asks for
drawer.py   Drawing coded pictures
mosaic_drawer.py  Drawing pictures larger than memory
session.py  A session of a coded picture: its start does all, its steps nothing
solver.py   The coding solver, as the table of solvers has it
stored.py   What a coded field holds, as whole numbers
"""

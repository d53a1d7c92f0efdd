"""Coded pictures: found in one go, drawn from whole numbers.

solver   what the table of solvers is told
answer   the coded picture that a fit asks for, in NumPy and kernels alone
session  a session, whose steps have nothing left to do
drawer   pixels to the bit, and the spline between them
"""

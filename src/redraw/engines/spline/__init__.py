"""Spline pyramids: the closed form they start from, and the steps that follow.

solver.py              what the table of solvers is told of all this
alternating.py         which coefficients stay and which transform each cell takes, in turns
alternating_passes.py  the passes of a step in PyTorch
passes.py              what a pass is, whoever runs it
kernel_passes.py       the same passes by kernels
card_passes.py         the same passes on a card
card_drawer.py          drawing there
card_session.py        a session whose arrays are all there
size.py                how many coefficients a quality takes
start.py               the best linear answer, without PyTorch
session.py             the session and the drawer of such a field
drawer.py              pixel averages of any window, for drawing
"""

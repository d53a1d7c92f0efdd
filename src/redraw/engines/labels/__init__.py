"""Fields of labels: the analysis that they start from, the steps that follow, drawing.

analysis.py  a drawing taken apart: pure pixels, components, labels, colours, mixtures
start.py     the field that the analysis gives, before any step
tables.py    where the field's numbers lie, and its pixels in blocks, for kernels
session.py   the steps
"""

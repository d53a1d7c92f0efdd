"""Plots and time-lapses: from numbers and frames of a run to pictures.

plots.py        learning curves, and how a figure is saved
table_plots.py  what was learned of a table: curves, maps, residuals
timelapse.py    frames as GIF, WebP, MP4 or one sheet
"""

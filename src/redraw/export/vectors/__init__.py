"""Fields of regions as paths: where labels meet, followed, smoothed and filled.

labelled.py  a field as labels and colours: its own labels, or the two sides of one half
planar.py    the lines where regions meet, and the nodes where lines do
regions.py   connected areas, and the lines around them
corners.py   where a line turns at once
curves.py    lines to straight pieces and cubic curves
fills.py     a colour, a gradient or a small picture for each region
drawing.py   all of it: shapes in the order in which they are painted
svg.py       as SVG
pdf.py       as PDF
palette.py   fewer colours, or black alone
raster.py    as pixels, to compare
"""

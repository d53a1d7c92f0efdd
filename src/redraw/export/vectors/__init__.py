"""Fields of regions as paths: where labels meet, followed, smoothed and filled.

labelled.py  a field as labels and colours: its own labels, or the two sides of one half
planar.py    the lines where regions meet, and the nodes where lines do
regions.py   connected areas, and the lines around them
slivers.py   regions that are not worth their nodes become part of others
settling.py  edges where the field's values show them
borders.py   edges that reach the picture's border, straight on
sides.py     where a line heads at its end, by as much of it as is straight
nodes.py     where lines meet: which go on as one edge
chains.py    each edge as one curve, cut where others end on it
crossing.py  where curves cross that should not
corners.py   where a line turns at once
curves.py    lines to pieces: straight, arcs, cubic curves
pieces.py    what these are
circles.py   circles, ellipses and arcs through points
smooth.py    few pieces along a line without corners
fewer.py     nodes left out where that is hardly seen
shown.py     what a region shows that was several
fills.py     a colour, a gradient or a small picture for each region
painting.py  what each region is painted with, asked inside of it
layers.py    what goes on beneath what is painted later
drawing.py   all of it: shapes in the order in which they are painted
svg.py       as SVG
pdf.py       as PDF
palette.py   fewer colours, or black alone
cover.py     which samples an area covers
raster.py    as pixels, to compare
"""

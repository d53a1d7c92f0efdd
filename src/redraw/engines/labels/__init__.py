"""Fields of labels: the analysis that they start from, the steps that follow, drawing.

analysis.py  a drawing analysed: pure pixels, components, labels, colours, mixtures
photographs.py  what of it is a photograph: one area, which detail mends
strokes.py   pale thin strokes in the colour that they are a shade of
two_tones.py  pages of two tones: all strokes in one ink
colours.py   colours of labels everywhere, in tiles
rounds.py    where fits begin; of a blurred drawing, after fits that find what the blur hid
seen.py      the picture as its pixels see the page, and that undone
noisy.py     the picture without its noise, and what of differences is more than that
start.py     the field that the analysis gives, before any step
tables.py    where the field's numbers lie, and its pixels in blocks, for kernels
drawn.py     fields whose numbers are whole steps
whole_start.py  what a field in whole numbers is to draw
whole.py     a fitted field in few whole numbers
fineness.py  how finely such numbers are told, and how finely for a size or an error
small.py     whole numbers of a wanted size or nearness
solver.py    what the table of solvers has of it
session.py   the steps, by kernels
plain.py     the steps in PyTorch, the definition
detail.py    what is left over of the pixels near edges, after the steps
axes.py      the cells of a drawing, cut at pixels
drawer.py    drawing, by kernels
"""

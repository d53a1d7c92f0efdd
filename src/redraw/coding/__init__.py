"""Pictures in few bytes, in whole numbers: the same pixels on every machine. No PyTorch.

description.py  What the bytes of a coded picture mean
pyramid.py      The bands of a wavelet pyramid, and how finely each is quantised
tables.py       The entropy coder's tables, and what its model begins with
streams.py      The coefficients of a tile as bytes, and back
aiming.py       What coefficients aim at, so that each makes up for what the others miss
colour_rows.py  Colour rows of a picture's own, by which its planes are least alike
filter_fit.py   The filter that brings decoded planes nearer to a picture's, in closed form
filter_weights.py  Its weights as bytes and back, in plain Python
lookahead.py    The coefficients of a tile chosen anew, with an eye to later bits
filtered_choice.py  The same by what the filter makes of each
stronger.py     A coded picture made smaller at the same quality, with time
exact.py        A picture's own pixels, beside a coded one that is near them
analysis.py     The wavelet coefficients of a picture, from which it is written at any step
picture.py      Coefficients in whole steps to bytes, and back to pixels
search.py       The step at which a picture has a wanted size or quality, found on one analysis
blocks/         Large pictures in blocks that are read alone
drawings.py     A field of labels as whole numbers, and these as bytes
drawing_description.py  What the bytes of a coded drawing mean
drawing_places.py  Where these numbers are
networks.py     Networks in whole numbers: few bits for each weight
grids.py        Hash grids in whole numbers, which such networks read
"""

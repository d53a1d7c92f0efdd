"""Pictures in few bytes, in whole numbers: the same pixels on every machine. No PyTorch.

description  what the bytes of a coded picture mean
pyramid      the bands of a wavelet pyramid, and how finely each is quantised
tables       the entropy coder's tables, and what its model begins with
streams      the numbers of a tile as bytes, and back
aiming       what numbers aim at, so that each makes up for what the others miss
picture      pixels to numbers to bytes, and back
networks     networks in whole numbers: few bits for each weight
search       the step at which a picture has a wanted size or quality

aiming.py       What numbers aim at, so that each makes up for what the others miss
blocks/         Large pictures in blocks that are read alone
description.py  What the bytes of a coded picture mean
networks.py     Networks in whole numbers
picture.py      A picture as whole numbers
pyramid.py      Where the numbers of a wavelet pyramid are, and how finely each band is quantised
search.py       The step at which a picture has a wanted size or quality, found on one analysis
streams.py      The numbers of a tile as bytes, and back
tables.py       The tables of the entropy coder, and the state that a stream begins with
"""

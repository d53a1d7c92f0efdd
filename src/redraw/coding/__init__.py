"""Pictures in few bytes, in whole numbers: the same pixels on every machine. No PyTorch.

description  what the bytes of a coded picture mean
pyramid      the bands of a wavelet pyramid, and how finely each is quantised
tables       the entropy coder's tables, and what its model begins with
streams      the numbers of a tile as bytes, and back
picture      pixels to numbers to bytes, and back
search       the step at which a picture has a wanted size or quality
"""

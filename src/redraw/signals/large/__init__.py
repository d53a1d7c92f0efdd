"""Pictures that are larger than memory, read in strips of whole rows.

strips.py     what every such source answers
opening.py    which source a name means
headers.py    what a header says that strips must follow, by the parsers of ordinary reading
vips.py       files that libvips opens: TIFF, BigTIFF, PNG, JPEG and more
deep_zoom.py  a folder of tiles, as viewers take it (.dzi)
arrays.py     arrays: in memory, mapped from a file (.npy), and of zarr
"""
